"""How allauth behaves here: accounts are given, not taken; the secrets of the second factor are encrypted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from zhiheng.core import crypto
from zhiheng.core.accounts.auth import client_ip


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, sign-out and password pages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody gives himself an account; people with accounts.manage do."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address that the rate limit and the lock-out count."""
        return client_ip(request)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """We keep no mail addresses."""

    def set_password(self, user: Any, password: str) -> None:
        """Every change of a password is in the ledger, whoever asked for it."""
        from zhiheng.core.accounts.actions import change_own_password

        change_own_password(user, password)


class MFAAdapter(DefaultMFAAdapter):
    """The shared secrets of the second factor lie encrypted in the database."""

    def encrypt(self, text: str) -> str:
        """Under the newest data key."""
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Under any data key."""
        return crypto.decrypt(encrypted_text)
