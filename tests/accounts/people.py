"""People for tests of any room: one of each role, and a second factor for those who need one."""

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation

REGION = {
    "province": "440000",
    "city": "440100",
    "county": "440105",
    "leading": "440000",
    "auditor": "440000",
}


def organisation(
    uscc: str = "91440101MA5CKXTM2G", region: str = "440105", name: str = "广州白云食品有限公司"
) -> Organisation:
    return Organisation.objects.create(uscc=uscc, name=name, region=region)


def person(
    role: str, *, org: Organisation | None = None, username: str = "", region: str | None = None, **fields
) -> User:
    """A user of a role, in a region that fits it."""
    return User.objects.create_user(
        username=username or role,
        password=fields.pop("password", None),
        role=role,
        region=REGION.get(role, "") if region is None else region,
        organisation=org,
        **fields,
    )


def with_second_factor(user: User) -> str:
    """Set up TOTP; returns the secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret
