"""Personal data at rest: encrypted with Fernet, masked for display, fingerprinted for equality search.

``settings.DATA_KEYS`` holds the keys, newest first. Everything is written with the newest; every key in the
list can read. To rotate: put a new key in front, run ``zhiheng rotate-keys``, keep the last key for fingerprints.
"""

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

from zhiheng.core.problems import Problem

# The compound surnames in use; a mask that shows only 欧 of 欧阳 would name a wrong family.
COMPOUND_SURNAMES = frozenset(
    name
    for names in (
        "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐",
        "夏侯司徒南宫端木独孤长孙宇文轩辕呼延闻人",
    )
    for name in map("".join, zip(names[::2], names[1::2], strict=True))
)


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """The ciphertext of a text under the newest key."""
    return _box(tuple(settings.DATA_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a ciphertext written under any of the keys."""
    return decrypt_bytes(token.encode()).decode()


def decrypt_bytes(token: bytes) -> bytes:
    """The content of a file written under any of the keys."""
    try:
        return _box(tuple(settings.DATA_KEYS)).decrypt(token)
    except InvalidToken:
        raise Problem(
            "undecryptable",
            "Encrypted data cannot be read with the keys that are configured.",
            status=500,
            remedy="Put the key they were written with last into ZHIHENG_DATA_KEY or the file data_key.",
        ) from None


def encrypt_bytes(data: bytes) -> bytes:
    """The ciphertext of a file under the newest key."""
    return _box(tuple(settings.DATA_KEYS)).encrypt(data)


def renew(token: str) -> str:
    """The same text under the newest key; a ciphertext that already is stays as it is."""
    return renew_bytes(token.encode()).decode()


def renew_bytes(token: bytes) -> bytes:
    """The same content under the newest key; a ciphertext that already is stays as it is."""
    try:
        Fernet(settings.DATA_KEYS[0]).decrypt(token)
    except InvalidToken:
        return encrypt_bytes(decrypt_bytes(token))
    return token


class EncryptedTextField(models.TextField):
    """A text that is ciphertext in the database and plain text on the model.

    Two encryptions of one text differ, so it cannot be searched or sorted: store a ``fingerprint`` beside it
    where equality matters. Lookups other than ``isnull`` are refused rather than silently finding nothing.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; empty stays empty, it tells nothing."""
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt on the way out."""
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only ``isnull`` means anything on ciphertext."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


@lru_cache(maxsize=4)
def _fingerprint_key(key: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"zhiheng fingerprint").derive(key.encode())


def fingerprint(value: str) -> str:
    """A keyed hash for equality search: the same value always gives the same 64 hex digits.

    Keyed by the oldest (last) data key, so that adding a newer key in front does not change it.
    """
    normal = unicodedata.normalize("NFKC", value).strip()
    return hmac.new(_fingerprint_key(settings.DATA_KEYS[-1]), normal.encode(), hashlib.sha256).hexdigest()


def mask_name(name: str) -> str:
    """The surname and a star for every further character: 张三丰 is 张**, 欧阳修 is 欧阳*."""
    name = name.strip()
    keep = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    if len(name) <= 1:
        return "*" * len(name)
    return name[:keep] + "*" * (len(name) - keep)


def mask_phone(phone: str) -> str:
    """The first three and last four digits of a mobile number; of a shorter one only the last two."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("86") and len(digits) == 13:
        digits = digits[2:]
    if len(digits) >= 11:
        return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]
    return "*" * max(len(digits) - 2, 0) + (digits[-2:] if len(digits) > 4 else "*" * min(len(digits), 2))
