"""Search by any part of a name: the same answers on SQLite and on PostgreSQL."""

import pytest

from tests.accounts.people import organisation
from zhiheng.core.registry import search
from zhiheng.core.registry.models import Organisation
from zhiheng.knowledge.codes import uscc

pytestmark = pytest.mark.django_db
NAMES = [
    "广州医药科技有限公司",
    "广州科技医药有限公司",
    "TCL 王牌电器(惠州)有限公司",
    "好e家3M粤",
    "O'Neil & 子公司",
    "华为",
]


@pytest.fixture
def firms():
    return {
        name: organisation(uscc.make(f"91440101MA00E{i:04d}"), "440105", name) for i, name in enumerate(NAMES)
    }


def found(text):
    return set(search.matching(Organisation.objects.all(), text).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("医药科技", {NAMES[0]}),
        ("科技", {NAMES[0], NAMES[1]}),
        ("有限公司", {NAMES[0], NAMES[1], NAMES[2]}),
        ("医药 科技", {NAMES[0], NAMES[1]}),
        ("药科", {NAMES[0]}),
        ("粤", {NAMES[3]}),
        ("司", {NAMES[0], NAMES[1], NAMES[2], NAMES[4]}),
        ("tcl", {NAMES[2]}),
        ("TC", {NAMES[2]}),
        ("TCL王牌", {NAMES[2]}),
        ("(惠州)", {NAMES[2]}),
        ("3m", {NAMES[3]}),
        ("neil", {NAMES[4]}),
        ("91440101MA00E0005", {NAMES[5]}),
        ("91440101ma00e", set(NAMES)),
        ("华为", {NAMES[5]}),
        ("为华", set()),
        ("不存在", set()),
        ("'\"*&|!:()", set()),
        ("医药 OR 华为", set()),
    ],
)
def test_what_is_found(firms, text, names):
    assert found(text) == names


def test_nothing_asked_is_everything_and_strange_input_is_no_error(firms):
    assert found("") == set(NAMES)
    for text in ("\\", "%", "_", "\ud83d\ude00", "医" * 500, "a" * 5000, "AND NOT", "-x", "词\uf8ff词"):
        found(text)


def test_the_index_follows_changes_and_deletions(firms):
    row = firms["华为"]
    row.name, row.search = "小米", ""
    row.save()
    assert found("华为") == set()
    assert found("小米") == {"小米"}
    row.delete()
    assert found("小米") == set()


def test_bulk_creation_is_found_too():
    Organisation.objects.bulk_create(
        [Organisation(uscc=uscc.make("91440101MA00E9999"), name="成批登记厂", region="440105")]
    )
    assert found("批登") == {"成批登记厂"}
