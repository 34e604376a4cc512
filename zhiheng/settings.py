"""Settings, from the environment, with defaults that are safe on one machine.

ZHIHENG_HOME           where data lives (database, submissions, keys); default: ``var/`` in the checkout
ZHIHENG_DATABASE_URL   ``postgres://…`` moves everything to PostgreSQL; default: SQLite in ZHIHENG_HOME
ZHIHENG_SECRET_KEY     signs sessions; default: made once and kept in ZHIHENG_HOME/secret_key
ZHIHENG_DATA_KEY       encrypts personal data at rest (Fernet keys, comma separated, newest first);
                       default: made once and kept in ZHIHENG_HOME/data_key
ZHIHENG_SIGNING_KEY    signs what is handed to justice (base64 of an Ed25519 private key's 32 bytes);
                       default: made once and kept in ZHIHENG_HOME/signing_key
ZHIHENG_HOSTS          host names served, comma separated; default: loopback only
ZHIHENG_BASE_URL       the public address in codes and receipts; default: http://127.0.0.1:8000
ZHIHENG_DEMO           1 shows the demo sign-in and says everywhere that the data is simulated
ZHIHENG_DEBUG          1 shows stack traces; never on a public address
ZHIHENG_TLS            1 when a TLS front end serves us: secure cookies and HSTS
ZHIHENG_LOG            how much is logged: DEBUG, INFO, WARNING (default), ERROR
ZHIHENG_MAX_BODY       largest submission accepted, bytes; default 512 MiB
ZHIHENG_MAP            a reviewed map of the 21 cities (GeoJSON) in place of the tile map
ZHIHENG_MAP_REVIEW     its map-review number (审图号), shown under it; without one it is not shown
ZHIHENG_RATE           requests a minute for a person or an anonymous address, ten times that for an API key;
                       default 600; 0 = no limit
"""

import base64
import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("ZHIHENG_HOME") or PACKAGE.parent / "var").expanduser().resolve()


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _kept(name: str, make: Any) -> str:
    """A secret from the environment, else from its file in HOME, else made now and kept there."""
    if value := os.environ.get(f"ZHIHENG_{name.upper()}"):
        return value
    path = HOME / name
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first
            pass
        else:
            with os.fdopen(fd, "w") as file:
                file.write(make())
    value = path.read_text().strip()
    if not value:
        raise ImproperlyConfigured(f"{path} is empty; remove it only if no data was written with it")
    return value


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _signing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


DEBUG = _flag("ZHIHENG_DEBUG")
DEMO = _flag("ZHIHENG_DEMO")
TLS = _flag("ZHIHENG_TLS")
SECRET_KEY = _kept("secret_key", lambda: secrets.token_urlsafe(48))
DATA_KEYS = _kept("data_key", _fernet_key).split(",")
SIGNING_KEY = _kept("signing_key", _signing_key)
BASE_URL = os.environ.get("ZHIHENG_BASE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip(
    "/"
)
ALLOWED_HOSTS = os.environ.get("ZHIHENG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
MAX_BODY = int(os.environ.get("ZHIHENG_MAX_BODY", 512 * 1024 * 1024))
MAP = os.environ.get("ZHIHENG_MAP", "")
MAP_REVIEW = os.environ.get("ZHIHENG_MAP_REVIEW", "").strip()
RATE = int(os.environ.get("ZHIHENG_RATE", 600))
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
SUBMISSIONS = HOME / "submissions"
FILES = HOME / "files"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "zhiheng.core.accounts",  # before allauth: its templates replace allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "zhiheng.core.ui",
    "zhiheng.core.ledger",
    "zhiheng.core.registry",
    "zhiheng.core.disclosure",
    "zhiheng.core.jobs",
    "zhiheng.core.exchange",
    "zhiheng.core.facts",
    "zhiheng.core.cases",
    "zhiheng.trace",
    "zhiheng.systems.enforcement",
    "zhiheng.systems.complaints",
    "zhiheng.systems.justice",
    "zhiheng.systems.redress",
    "zhiheng.systems.watchers",
    "zhiheng.systems.inspection",
    "zhiheng.systems.credit",
    "zhiheng.systems.listing",
    "zhiheng.systems.agriculture",
    "zhiheng.systems.construction",
    "zhiheng.insight",
    "zhiheng.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhiheng.core.accounts.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zhiheng.urls"
WSGI_APPLICATION = "zhiheng.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhiheng.core.ui.context.ui",
            ],
            "builtins": ["zhiheng.core.ui.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("ZHIHENG_DATABASE_URL") or f"sqlite:///{HOME / 'zhiheng.sqlite3'}",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # One writer at a time, and everybody waits for it instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # WAL lets readers go on while a batch is written; FULL makes a commit durable before it is answered.
        # The log is brought over to the database in quiet moments (jobs.runner.checkpoint), or by who commits
        # when it has 256 MiB: a page of an index that many batches change is then written back once. 2 GiB is
        # the most that SQLite maps.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-262144; PRAGMA mmap_size=2147418112; PRAGMA temp_store=MEMORY; "
            "PRAGMA wal_autocheckpoint=64000;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # no mail address is kept
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts failures, and keeps the count in the database
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser, or after SESSION_COOKIE_AGE
ACCOUNT_ADAPTER = "zhiheng.core.accounts.adapter.AccountAdapter"
MFA_ADAPTER = "zhiheng.core.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Zhiheng 质衡"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "zhiheng.core.accounts.auth.client_ip"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_SSL_REDIRECT = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "zhiheng.core.ui.formats"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
FILE_UPLOAD_TEMP_DIR = None

CACHES = {
    # Small counters only (request rates); room enough that addresses do not push one another out.
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ZHIHENG_LOG", "WARNING")},
}
