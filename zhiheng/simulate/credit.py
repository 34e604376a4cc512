"""Credit in a province in a box: known propensities to fail, what is on record of them, and what comes after.

``calibrate`` needs no database: every simulated organisation has a latent propensity, its record of three years comes
of it, the rules score the record, and what happens in the year after is compared with the class. ``prepare`` fills the
demonstration through the real actions.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np

TODAY = date(2026, 11, 26)
PAST, NEXT = 1095, 365  # days on record, days that follow
Say = Callable[[str], None]


@dataclass(frozen=True)
class Calibration:
    """How classes agree with what came after.

    ``by_class``: organisations, failures in the year after, and the rate. ``auc``: the chance that one that fails later
    has more points than one that does not (ties half). ``brier``: mean squared error of the class's rate, learned on
    one half and judged on the other; ``brier_base`` is that of the overall rate alone. ``latent``: rank correlation of
    points with the true propensity.
    """

    by_class: dict[str, tuple[int, int, float]]
    auc: float
    brier: float
    brier_base: float
    latent: float


def calibrate(organisations: int = 20_000, seed: int = 7) -> Calibration:
    """Score simulated records and compare with the year after."""
    points, classes, later, latent = simulate(organisations, seed)
    by_class = {
        value: (
            int((classes == value).sum()),
            int(later[classes == value].sum()),
            float(later[classes == value].mean()),
        )
        for value in "ABCD"
        if (classes == value).any()
    }
    return Calibration(by_class, auc(points, later), *_brier(classes, later), _ranked(points, latent))


def simulate(organisations: int, seed: int, worse: float = 1.0) -> tuple[Any, Any, Any, Any]:
    """Points, classes, whether each failed in the year after, and the latent propensity (arrays of that length).

    The propensity p is the chance to fail a check, Beta(0.8, 12): most are good and a few are bad. Checks come about
    once in two years; a violation follows a bad firm about 1.5 p times a year, a complaint found true about p times;
    whoever fails does not put right with a chance of p. ``worse`` multiplies every propensity, for the watch on drift.
    All invented: what is measured is the rules, not a province.
    """
    from zhiheng.systems.credit import scoring
    from zhiheng.systems.credit.scoring import Said

    random = np.random.default_rng(seed)
    latent = np.minimum(1.0, worse * random.beta(0.8, 12, organisations))
    points = np.empty(organisations)
    classes = np.empty(organisations, dtype="<U1")
    checks = random.poisson(PAST / 730, organisations)
    penalties = random.poisson(1.5 * latent * PAST / 365)
    complaints = random.poisson(latent * PAST / 365)
    table = scoring.table()
    for n, p in enumerate(latent):
        record = []
        for _ in range(checks[n]):
            on = TODAY - timedelta(days=int(random.integers(1, PAST)))
            failed = random.random() < p
            record.append(Said("check_failed" if failed else "check_passed", on))
            if failed and random.random() < p:
                record.append(Said("not_rectified", min(TODAY, on + timedelta(days=60))))
        for _ in range(penalties[n]):
            on = TODAY - timedelta(days=int(random.integers(1, PAST)))
            record.append(
                Said(
                    "penalty",
                    on,
                    {"kinds": ["fine"], "tier": "minor" if random.random() < 0.5 else "ordinary"},
                )
            )
        record += [
            Said("complaint_upheld", TODAY - timedelta(days=int(random.integers(1, PAST))))
            for _ in range(complaints[n])
        ]
        points[n], classes[n], _lines = scoring.score(record, TODAY, table)
    # Within the year after: a failed check or a penalty.
    hazard = latent * (NEXT / 730 + 1.5 * NEXT / 365)
    later = random.random(organisations) < 1 - np.exp(-hazard)
    return points, classes, later, latent


def drift(organisations: int, seed: int, worse: float) -> float | None:
    """The stability index between two simulated registers, the second with every propensity so many times as high."""
    from collections import Counter

    from zhiheng.systems.credit import scoring

    before, after = (
        Counter(str(scoring.bin_of(p)) for p in simulate(organisations, seed + n, w)[0])
        for n, w in ((0, 1.0), (1, worse))
    )
    return scoring.stability(before, after)


def auc(points: Any, later: Any) -> float:
    """The area under the ROC curve by ranks (Mann-Whitney), ties counted half."""
    from scipy.stats import rankdata

    ranks, failed = rankdata(points), int(later.sum())
    fine = len(later) - failed
    return float((ranks[later].sum() - failed * (failed + 1) / 2) / (failed * fine))


def _brier(classes: Any, later: Any) -> tuple[float, float]:
    """Brier scores on the second half: of the class's rate, and of the overall rate, both learned on the first half."""
    half = len(later) // 2
    overall = later[:half].mean()
    rates = {
        v: later[:half][classes[:half] == v].mean() if (classes[:half] == v).any() else overall
        for v in "ABCD"
    }
    told = np.array([rates[v] for v in classes[half:]])
    truth = later[half:].astype(float)
    return float(((told - truth) ** 2).mean()), float(((overall - truth) ** 2).mean())


def _ranked(points: Any, latent: Any) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(points, latent).statistic)


# -- the demonstration ------------------------------------------------------------------------------------------


def prepare(say: Say) -> None:
    """Facts, a commitment, a consent, a partner with a package, a doubtful record, an objection, classes: once."""
    from zhiheng.core.facts.models import Fact
    from zhiheng.core.registry.models import Organisation
    from zhiheng.systems.credit.models import Partner, Run

    before = time.monotonic()
    if not Partner.objects.exists():
        firms = list(Organisation.objects.filter(merged_into=None).order_by("pk")[:400])
        if firms:
            _facts(firms)
            _doubtful(firms[0])
            _partner()
    _firm()
    if not Run.objects.exists():
        from zhiheng.core.facts.gathering import gather
        from zhiheng.core.ui import dates
        from zhiheng.systems.credit.classes import run_all

        gather()
        run = run_all(None, dates.today())
        say(
            f"credit: {Fact.objects.count():,} facts, {run.organisations:,} organisations classed"
            f" ({time.monotonic() - before:.1f} s)"
        )


def _facts(firms: list[Any]) -> None:
    from zhiheng.core.facts.actions import record_facts
    from zhiheng.core.facts.models import Fact
    from zhiheng.core.ui import dates

    chance, today = Random(7), dates.today()  # noqa: S311
    made = []
    for firm in firms:
        for n in range(chance.randrange(4)):
            failed = chance.random() < 0.12
            on = today - timedelta(days=chance.randrange(5, 900))
            made.append(
                Fact(
                    organisation=firm, kind="check_failed" if failed else "check_passed", on=on,
                    title="产品质量监督抽查（模拟）", reference=f"sample:demo-{firm.pk}-{n}",
                    source="省市场监督管理局（模拟）",
                    basis="产品质量监督抽查管理暂行办法（模拟）", region=firm.region,
                    public_from=on if failed else None, public_until=on + timedelta(days=365) if failed else None,
                )
            )  # fmt: skip
    record_facts(None, made, told_by="simulated:facts")


def _doubtful(firm: Any) -> None:
    """A recall that another office sent without a code, of just the name of a firm that is registered."""
    from zhiheng.core.exchange.actions import submit
    from zhiheng.core.jobs.runner import run_now
    from zhiheng.core.ui import dates

    head = "name,number,title,on,source,basis,region\n"
    row = f"{firm.name},召〔2026〕1号,标签有误（模拟）,2026-06-10,邻省市场监督管理局（模拟）,模拟依据,{firm.region}\n"
    run_now(submit(None, "recalls", [(head + row).encode()], "recalls.csv", "text/csv", False, dates.today()))


def _partner() -> None:
    from zhiheng.core.ui import dates
    from zhiheng.systems.credit import packages
    from zhiheng.systems.credit.models import Partner

    yesterday = dates.today() - timedelta(days=1)
    partner = packages.set_partner(
        None,
        Partner(
            key="demo-credit", name="省公共信用信息平台（模拟）", region="440000", since=yesterday,
            kinds=list(packages.SENDS),
            takes=list(packages.TAKES),
        ),
    )  # fmt: skip
    packages.make(None, partner, yesterday)


def _firm() -> None:
    """The food firm of the demonstration signs its commitment and lets a bank look."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.problems import Problem
    from zhiheng.core.ui import dates
    from zhiheng.systems.credit import commitments, verification
    from zhiheng.systems.credit.models import Commitment, Consent

    user = User.objects.filter(username="demo-food").select_related("organisation").first()
    if user is None or user.organisation is None:
        return
    if not Commitment.objects.filter(organisation=user.organisation).exists():
        try:
            commitments.sign(user, user.organisation)
        except Problem:  # nobody is registered as its representative: the page says so
            return
    if not Consent.objects.filter(organisation=user.organisation).exists():
        _given, code = verification.give(
            user, user.organisation, recipient="示例银行（模拟）", purpose="贷款审查（模拟）",
            groups=["licence", "certificate", "check", "penalty"], until=dates.today() + timedelta(days=90),
        )  # fmt: skip
        verification.look(code, "示例银行 信贷部（模拟）", "page", dates.today())
