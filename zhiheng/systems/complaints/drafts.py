"""Filings that are not sent yet: kept encrypted under a secret link, for a week; sent once and only once."""

import hashlib
import json
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import crypto
from zhiheng.core.files import Checked
from zhiheng.core.problems import Problem
from zhiheng.systems.complaints import actions, rules
from zhiheng.systems.complaints.actions import Receipt
from zhiheng.systems.complaints.models import Draft, DraftFile
from zhiheng.systems.complaints.rules import Filing

KEPT = timedelta(days=7)
RECEIPT_KEPT = timedelta(hours=1)
MOST_BYTES = 40 * 1024 * 1024
Answers = dict[str, Any]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def start() -> tuple[Draft, str]:
    """A new draft and the secret of its link, which is not kept."""
    secret = secrets.token_urlsafe(24)
    draft = Draft.objects.create(digest=_digest(secret), answers="{}", expires_at=timezone.now() + KEPT)
    return draft, secret


def find(secret: str) -> Draft | None:
    """The draft of a secret link, unless its time is over."""
    if not secret:
        return None
    return Draft.objects.filter(digest=_digest(secret), expires_at__gt=timezone.now()).first()


def answers(draft: Draft) -> Answers:
    """What was answered so far."""
    return dict(json.loads(draft.answers or "{}"))


def save(draft: Draft, page: str, given: Answers) -> Answers:
    """Keep the answers of a page. Another path after a changed answer asks its own pages again."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        kept = answers(locked)
        if "receipt" in kept:
            raise _sent()
        kept |= given
        if page:
            kept["done"] = sorted({*kept.get("done", []), page})
        locked.answers = json.dumps(kept, ensure_ascii=False)
        locked.expires_at = timezone.now() + KEPT
        locked.save()
    draft.answers = locked.answers
    return kept


def add_file(draft: Draft, file: Checked) -> DraftFile:
    """Keep a file that was checked. Raises ``too_many_files``, ``files_too_large``."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        if "receipt" in answers(locked):
            raise _sent()
        sizes = list(locked.files.values_list("size", flat=True))
        if len(sizes) >= rules.MOST_FILES:
            raise Problem(
                "too_many_files", _("最多 %(most)d 个文件。") % {"most": rules.MOST_FILES}, status=422,
                remedy=_("请先删去一些，或把照片合成一份 PDF。"),
            )  # fmt: skip
        if sum(sizes) + len(file.data) > MOST_BYTES:
            raise Problem(
                "files_too_large", _("文件加起来超过 %(most)d MB。") % {"most": MOST_BYTES // 2**20}, status=413,
                remedy=_("请删去一些，或压缩后再传。"),
            )  # fmt: skip
        return DraftFile.objects.create(
            draft=locked, name=file.name, content_type=file.content_type, size=len(file.data),
            data=crypto.encrypt_bytes(file.data),
        )  # fmt: skip


def drop_file(draft: Draft, pk: int) -> None:
    """Take a file out again."""
    draft.files.filter(pk=pk).delete()


def send(draft: Draft, language: str) -> Receipt:
    """File what the draft holds. The draft becomes the receipt, for an hour: sending twice gives the same one."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        kept = answers(locked)
        if "receipt" in kept:
            raise _sent()
        if rules.next_page(kept) != "check":
            raise Problem(
                "not_complete", _("还有没填的内容。"), status=422, remedy=_("请从头看一遍，补全后再提交。")
            )
        files = [
            Checked(one.name, one.content_type, crypto.decrypt_bytes(bytes(one.data)))
            for one in locked.files.all()
        ]
        receipt = actions.file(filing(kept, language), files, source="web")
        locked.files.all().delete()
        locked.answers = json.dumps({"receipt": {"numbers": receipt.numbers, "secret": receipt.secret}})
        locked.expires_at = timezone.now() + RECEIPT_KEPT
        locked.save()
    return receipt


def discard(draft: Draft) -> None:
    """Throw a draft away at once."""
    draft.delete()


def filing(kept: Answers, language: str) -> Filing:
    """The answers as a filing."""

    def day(key: str) -> date | None:
        return date.fromisoformat(kept[key]) if kept.get(key) else None

    def text(key: str) -> str:
        return str(kept.get(key) or "")

    report_only = kept.get("want") == rules.REPORT
    return Filing(
        kind=text("want"), facts=text("facts"), respondent=text("respondent"),
        respondent_address=text("respondent_address"), uscc=text("uscc"), name=text("name"), phone=text("phone"),
        address=text("address"), anonymous=bool(kept.get("anonymous")), problem=text("problem") or "other",
        category=text("category") or "other", product=text("product"), gtin=text("gtin"), code=text("code"),
        quantity=kept.get("quantity"), amount=Decimal(kept["amount"]) if kept.get("amount") else None,
        purchased_on=day("purchased_on"), known_on=day("known_on"), claim="" if report_only else text("claim"),
        claim_kinds=tuple(kept.get("claim_kinds") or ()), channel=text("channel") or "shop", where=text("where"),
        platform_uscc=text("platform_uscc"), platform_name=text("platform_name"),
        platform_region=text("platform_region"), shown=text("shown"),
        publish_consent=bool(kept.get("publish_consent")), delegate_consent=bool(kept.get("delegate_consent")),
        share=bool(kept.get("share")), language=language,
    )  # fmt: skip


def forget(most: int = 100) -> int:
    """Delete drafts whose time is over, with their files; returns how many."""
    old = list(Draft.objects.filter(expires_at__lte=timezone.now()).values_list("pk", flat=True)[:most])
    Draft.objects.filter(pk__in=old).delete()
    return len(old)


def _sent() -> Problem:
    return Problem(
        "already_sent", _("已经提交过了。"), status=409, remedy=_("请用回执上的编号和密码查看进度。")
    )
