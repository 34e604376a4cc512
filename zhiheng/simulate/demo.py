"""The demonstration: a simulated province in the database, people to sign in as, and the doors to open.

Everything goes the way real records go: contracts, capture, actions, ledger. Each step sees whether it was done,
so an interrupted fill goes on where it stopped.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

SEED = 7
TABLES = ("organisations", "sites", "products", "people", "licences", "aliases")
STORIES = ("food", "drugs", "pork", "vegetables", "fertiliser", "lifts", "rare_earth")
BASIS = "《国务院办公厅关于加快推进重要产品追溯体系建设的意见》（国办发〔2015〕95号）；模拟数据，仅作演示"
Say = Callable[[str], None]

# user name, role, region, what the organisation does (of the first clean chain of a story), name shown
OFFICERS = (
    ("demo-province", "province", "440000", "省局 何处长（模拟）"),
    ("demo-guangzhou", "city", "440100", "广州市局 罗科长（模拟）"),
    ("demo-shenzhen", "city", "440300", "深圳市局 林科长（模拟）"),
    ("demo-haizhu", "county", "440105", "海珠区局 陈所长（模拟）"),
    ("demo-police", "police", "440105", "海珠区公安 赵警官（模拟）"),
    ("demo-procurator", "procurator", "440105", "海珠区检察院 钱检察官（模拟）"),
    ("demo-watcher", "watcher", "440105", "社会监督员 孙女士（模拟）"),
    ("demo-leading", "leading", "440000", "领导小组办公室 张主任（模拟）"),
    ("demo-auditor", "auditor", "440000", "审计 黄专员（模拟）"),
    ("demo-system", "system", "440000", "系统管理员 吴工（模拟）"),
)
FIRMS = (
    ("demo-food", "enterprise", "food", "食品企业 质量安全总监（模拟）"),
    ("demo-shop", "enterprise", "shop", "超市 质量安全员（模拟）"),
    ("demo-drugs", "enterprise", "drugs", "药品企业 首席质量官（模拟）"),
    ("demo-laboratory", "laboratory", "laboratory", "检验检测机构（模拟）"),
)


def prepare(scale: float, say: Say) -> None:
    """Fill the database for the demonstration. Safe to run again."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.jobs.runner import work
    from zhiheng.simulate import aftercare, bodies, credit, enforcement, insight, inspection, justice, listing

    started = time.monotonic()
    summary = _simulate(settings.HOME / "simulated", scale, say)
    folder = settings.HOME / "simulated"
    _officers(say)
    province = User.objects.get(username="demo-province")
    for table in TABLES:
        _load(province, folder / f"{table}.csv", table, say)
    _capture(folder / "epcis", summary, say)
    _firms(summary, say)
    _disclose(province, summary, say)
    bodies.prepare(say)
    enforcement.prepare(say)
    inspection.prepare(say)
    aftercare.prepare(say)
    _complaints(say)
    justice.prepare(say)
    insight.prepare(say)
    listing.prepare(say)
    credit.prepare(say)  # last of the rooms: it classes by what the others put on record
    before = time.monotonic()
    work(until_idle=True)  # what comes after capture: looking for breaks
    say(f"looked for breaks in the chains: {_findings():,} found ({time.monotonic() - before:.1f} s)")
    say(f"ready after {time.monotonic() - started:.0f} s")


def _simulate(folder: Path, scale: float, say: Say) -> dict[str, Any]:
    from zhiheng.simulate.province import write

    kept = folder / "province.json"
    if kept.exists():
        summary: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        other = f"; --scale {scale:g} is for an empty ZHIHENG_HOME" if summary["scale"] != scale else ""
        say(f"the simulated province of scale {summary['scale']:g} is there{other}")
        return summary
    before = time.monotonic()
    summary = write(folder, seed=SEED, scale=scale)
    say(
        f"simulated {summary['organisations']:,} organisations and {summary['events']:,} events "
        f"({time.monotonic() - before:.1f} s)"
    )
    return summary


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _finish(job: Any) -> Any:
    """Run the job here, or go on with one whose worker was stopped: its lease ends after a minute at most."""
    from zhiheng.core.jobs.models import Job
    from zhiheng.core.jobs.runner import lease, run, run_now

    while job.state == Job.State.RUNNING:
        mine = lease()
        if mine is not None:
            run(mine)
        else:
            time.sleep(1)
        job.refresh_from_db()
    return run_now(job)


def _load(actor: Any, path: Path, contract: str, say: Say) -> None:
    from zhiheng.core.exchange.actions import submit

    before = time.monotonic()
    job = submit(actor, contract, _bytes(path), path.name, "text/csv", False, timezone.localdate())
    if job.state == "done":
        return
    job = _finish(job)
    trouble = f", {job.rejected:,} rejected" if job.rejected else ""
    trouble += f", stopped: {job.error['title']}" if job.error else ""
    say(f"{path.name}: {job.accepted:,} rows{trouble} ({time.monotonic() - before:.1f} s)")


def _capture(folder: Path, summary: dict[str, Any], say: Say) -> None:
    from zhiheng.core.jobs.models import Job
    from zhiheng.trace.capture import KIND, submit

    before, done, accepted = time.monotonic(), 0, 0
    for path in sorted(folder.glob("*.json")):
        done += 1
        name = f"simulated/{path.name}"
        job = Job.objects.filter(kind=KIND, filename=name).exclude(state=Job.State.FAILED).first()
        if job is not None and job.state == Job.State.DONE:
            continue
        job = _finish(job or submit(None, _bytes(path), filename=name, behaviour="proceed"))
        accepted += job.accepted
        trouble = f", {job.rejected:,} rejected" if job.rejected else ""
        trouble += f", stopped: {job.error['title']}" if job.error else ""
        if trouble or done % 5 == 0 or done == summary["documents"]:
            took = f"({time.monotonic() - before:.1f} s)"
            say(f"EPCIS {done} of {summary['documents']}: {accepted:,} events{trouble} {took}")


# -- people ------------------------------------------------------------------------------------------------


def _officers(say: Say) -> None:
    from zhiheng.core.accounts.actions import create_user
    from zhiheng.core.accounts.models import User

    made = 0
    for username, role, region, shown in OFFICERS:
        if not User.objects.filter(username=username).exists():
            create_user(None, username, role, region=region, display_name=shown, demo=True)
            made += 1
    if made:
        say(f"{made} officers to sign in as")


def _firms(summary: dict[str, Any], say: Say) -> None:
    """The firms' people: those of the clean food and drug chains, so that their desks have something on them."""
    from zhiheng.core.accounts.actions import create_user
    from zhiheng.core.accounts.models import User
    from zhiheng.core.registry.models import Organisation

    chains = _chains(summary)
    made = 0
    for username, role, doing, shown in FIRMS:
        if User.objects.filter(username=username).exists():
            continue
        chain = chains["drugs" if doing == "drugs" else "food"]
        index = next(i for r, i in sorted(chain.taken) if r == doing)
        one = chain.actors.get(doing, index)
        organisation = Organisation.objects.get(uscc=one.uscc)
        create_user(None, username, role, organisation=organisation, display_name=shown, demo=True)
        made += 1
    if made:
        say(f"{made} people of firms to sign in as")


# -- what the public sees --------------------------------------------------------------------------------------


def _chains(summary: dict[str, Any]) -> dict[str, Any]:
    from zhiheng.simulate.province import examples

    return examples(summary["seed"], summary["scale"], STORIES)


def _product(chain: Any) -> str:
    """The end of a chain as a consumer meets it: a lot or a serial of the product that went furthest."""
    sold = [one for one, (state, _) in chain.single.items() if "/21/" in one and state != "in_transit"]
    lots = [lot for lot, spots in chain.stock.items() if any(q > 0 for q in spots.values())]
    return str(sold[-1] if sold and not lots else max(lots, key=lambda lot: len(chain.stock[lot])))


def _examples(chains: dict[str, Any]) -> dict[str, str]:
    """For each chain the code on the thing that a consumer would scan."""
    found = {}
    for story, chain in chains.items():
        singles = [o for o in chain.single if "/21/" in o]
        # Medicines and lifts are scanned one by one, everything else by its lot.
        found[story] = singles[-1] if story in {"drugs", "lifts"} and singles else _product(chain)
    return found


def _disclose(actor: Any, summary: dict[str, Any], say: Say) -> None:
    """Publish the products of the clean chains: what they are, their way, and who had a hand in it."""
    from zhiheng.core.disclosure.actions import publish
    from zhiheng.core.disclosure.models import Disclosure
    from zhiheng.core.registry.models import Organisation
    from zhiheng.core.registry.queries import products

    chains = _chains(summary)
    rows: list[tuple[str, str, str, dict[str, str]]] = []
    gtins = [code.split("/")[4] for code in _examples(chains).values()]
    for gtin, product in products(gtins).items():
        body = {
            "产品": product.name,
            "规格": product.spec,
            "执行标准": product.standard,
            "生产者": product.organisation.name,
        }
        way = {"产品": product.name, "公开内容": "流通环节和所在城市"}
        rows += [("product", gtin, product.name, body), ("trace", gtin, f"{product.name}：追溯信息", way)]
    # Producers, wholesalers and pharmacies are named to the public; shops and carriers only by their city.
    named = {
        chain.actors.get(role, index).uscc
        for chain in chains.values()
        for role, index in chain.taken
        if role not in {"shop", "carrier", "laboratory", "restaurant"}
    }
    for one in Organisation.objects.filter(uscc__in=named):
        rows.append(("organisation", one.uscc, one.name, {"名称": one.name, "统一社会信用代码": one.uscc}))
    made = 0
    for kind, code, title, what in rows:
        if not Disclosure.objects.filter(kind=kind, subject=f"{kind}:{code}").exists():
            publish(actor, kind, f"{kind}:{code}", title, what, BASIS, timezone.now())
            made += 1
    if not Disclosure.objects.filter(kind="notice", subject="notice:demo").exists():
        publish(
            actor, "notice", "notice:demo", "本平台的数据都是模拟的",
            {"说明": "主体、产品、人员和流转记录均为程序生成，与任何真实单位和个人无关。"}, BASIS, timezone.now(),
        )  # fmt: skip
        made += 1
    if made:
        say(f"{made} disclosures published")


def _complaints(say: Say) -> None:
    from zhiheng.simulate import complaints

    before = time.monotonic()
    complaints.fill(lambda text: say(f"{text} ({time.monotonic() - before:.1f} s)"))


def _findings() -> int:
    from zhiheng.trace.models import Finding

    return Finding.objects.filter(gone_at=None).count()


# -- the last screen -----------------------------------------------------------------------------------------


def doors(base_url: str, console: Any) -> None:
    """Say which pages to open, and as whom."""
    from zhiheng.simulate.province import CONTAMINATED

    summary = json.loads((settings.HOME / "simulated" / "province.json").read_text(encoding="utf-8"))
    good = _examples(_chains(summary))
    rows = [
        json.loads(r)
        for r in (settings.HOME / "simulated" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    lots = [r for r in rows if r["kind"] == "contaminated_lot"][: len(CONTAMINATED)]

    def line(what: str, path: str) -> None:
        console.print(f"  {what:<34} {base_url}{path}", soft_wrap=True, markup=False)

    console.print(
        "\n[bold]质衡 Zhiheng: a simulated province is ready[/bold] (everything in it is invented)\n"
    )
    line("public home", reverse("web:home"))
    line("a food, as its label is scanned", good["food"].removeprefix("https://id.gs1.org"))
    line("a medicine, one single box", good["drugs"].removeprefix("https://id.gs1.org"))
    line("complain about something", reverse("complaints:start"))
    line("sign in with one click", reverse("accounts:demo"))
    console.print("\n  then, as [bold]demo-province[/bold] (省局):\n")
    for lot in lots:
        line(
            f"a contaminated lot ({lot['story']})",
            f"{reverse('trace:explore')}?code={quote(lot['item'], safe='')}",
        )
    line(f"breaks in chains ({_findings()})", reverse("trace:findings"))
    line("organisations", reverse("registry:organisations"))
    console.print("\n  as [bold]demo-haizhu[/bold] (区局): penalty cases at their stages\n")
    line("enforcement", reverse("enforcement:index"))
    line("lists: proposals, entries, exits", reverse("listing:index"))
    line("spot checks, as demo-province", reverse("inspection:index"))
    line("my day, as demo-haizhu", reverse("cases:day"))
    line("complaints and reports, as demo-haizhu", reverse("complaints:desk"))
    line("credit files and risk classes", f"{reverse('credit:index')}, {reverse('credit:classes')}")
    line("redress, watchers", f"{reverse('redress:desk')}, {reverse('watchers:desk')}")
    console.print(
        "\n  as [bold]demo-police-haizhu[/bold], [bold]demo-procurator-haizhu[/bold]: what was handed over\n"
    )
    line("after a spot check", reverse("inspection:after"))
    line("criminal justice", reverse("justice:desk"))
    console.print(
        "\n  as [bold]demo-watcher[/bold]: tasks and clues; for everybody: what the consumer laws give\n"
    )
    line("tasks and clues", reverse("watchers:mine"))
    line("compensation calculator", reverse("redress:calculator"))
    console.print(
        "\n  and as [bold]demo-food[/bold], [bold]demo-shop[/bold] or [bold]demo-drugs[/bold]: the desk of a firm."
    )
    console.print("  Stop with Ctrl-C; the same command goes on with what is there.\n")
