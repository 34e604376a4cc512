import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from tests.accounts.people import person
from zhiheng.core import crypto
from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem


def stored(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT display_name FROM accounts_user WHERE id = %s", [user.pk])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_database_holds_ciphertext_and_the_model_the_name():
    user = person("county", display_name="张三丰")
    assert "张三丰" not in stored(user)
    assert stored(user).startswith("gAAAA")
    assert User.objects.get(pk=user.pk).display_name == "张三丰"
    with pytest.raises(FieldError):
        User.objects.filter(display_name="张三丰").exists()


@pytest.mark.django_db
def test_a_new_key_in_front_reads_what_was_written_before_and_keeps_the_fingerprints(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.DATA_KEYS = [old]
    user = person("county", display_name="欧阳锋")
    mark = crypto.fingerprint("欧阳锋")
    settings.DATA_KEYS = [new, old]
    assert User.objects.get(pk=user.pk).display_name == "欧阳锋"
    assert crypto.fingerprint("欧阳锋") == mark
    settings.DATA_KEYS = [new]
    with pytest.raises(Problem, match="cannot be read"):
        User.objects.get(pk=user.pk)


def test_what_is_under_the_newest_key_is_not_written_anew(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.DATA_KEYS = [old]
    token = crypto.encrypt("欧阳锋")
    assert crypto.renew(token) == token
    settings.DATA_KEYS = [new, old]
    renewed = crypto.renew(token)
    assert renewed != token
    assert crypto.renew(renewed) == renewed
    settings.DATA_KEYS = [new]
    assert crypto.decrypt(renewed) == "欧阳锋"


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("张三丰", "张**"),
        ("李四", "李*"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        ("", ""),
        (" 王五 ", "王*"),
    ],
)
def test_names_are_masked_after_the_surname(name, mask):
    assert crypto.mask_name(name) == mask


@pytest.mark.parametrize(
    ("phone", "mask"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("020-12345678", "020****5678"),
        ("12345678", "******78"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_phones_are_masked(phone, mask):
    assert crypto.mask_phone(phone) == mask


def test_fingerprints_find_equals_and_need_the_key(settings):
    assert crypto.fingerprint(" 张三丰") == crypto.fingerprint("张三丰")
    assert crypto.fingerprint("１３８") == crypto.fingerprint("138")
    assert crypto.fingerprint("张三") != crypto.fingerprint("张四")
    before = crypto.fingerprint("张三")
    settings.DATA_KEYS = [Fernet.generate_key().decode()]
    assert crypto.fingerprint("张三") != before
