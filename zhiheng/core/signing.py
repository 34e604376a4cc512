"""The platform's own signing key, from the settings."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from zhiheng.core import package


@lru_cache(maxsize=1)
def _key(text: str) -> Ed25519PrivateKey:
    return package.private_key(text)


def key() -> Ed25519PrivateKey:
    """The platform's signing key."""
    return _key(settings.SIGNING_KEY)


def public_pem() -> bytes:
    """The platform's public key, as it is published."""
    return package.public_pem(key().public_key())


def fingerprint() -> str:
    """By which the platform's key is known."""
    return package.fingerprint(key().public_key())
