"""What is wrong is said in Chinese and English, with its values in place: pages, API, command line."""

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation
from typer.testing import CliRunner

import zhiheng
from tests.accounts.people import person
from tests.epcis import corpus
from tests.shared import shared
from tests.trace.build import document
from zhiheng.cli import app
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.problems import TERMS, said
from zhiheng.knowledge.codes import charset, keys
from zhiheng.trace import said as told
from zhiheng.trace.capture import submit
from zhiheng.trace.epcis import decode, vocab
from zhiheng.trace.epcis.errors import Fault
from zhiheng.trace.prepare import pieces

PACKAGE = Path(zhiheng.__file__).parent
PO = PACKAGE / "locale/zh_Hans/LC_MESSAGES/django.po"
RAISING = [
    *sorted((PACKAGE / "trace/epcis").glob("*.py")),
    *(
        PACKAGE / f"knowledge/codes/{name}.py"
        for name in ("charset", "checkdigit", "digital_link", "epc_urn", "keys")
    ),
    PACKAGE / "knowledge/codes/errors.py",
    PACKAGE / "trace/capture.py",
    PACKAGE / "trace/said.py",
    PACKAGE / "knowledge/methods/draw.py",
    PACKAGE / "knowledge/methods/draw_list.py",
]
# Where a sentence stands in a call: the positions of what is wrong and what to do, after code (and place).
SENTENCES = {
    "Fault": (2, 3), "_fault": (2, 3), "CodeError": (1, 2), "fail": (1, 2), "_problem": (1, 2), "wrong": (1, 2),
    "refuse_foreign": (3,), "said": (0,), "unexpected": (0,), "_matched": (1,), "_wrong_type": (1,),
    "_named": (3,), "_look": (1,),
}  # fmt: skip


class _File:
    """The sentences that one file of ours can say."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its in zip(target.elts, value.elts, strict=True):
                self._assign(one, its)

    def texts(self, node: ast.expr, deep: int = 2) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp():
                yield from self.texts(node.body, deep)
                yield from self.texts(node.orelse, deep)
            case ast.Call(func=ast.Attribute(attr="get", value=table), args=[_, other]):
                yield from self.texts(table, deep)
                yield from self.texts(other, deep)
            case ast.Dict():
                for value in node.values:
                    yield from self.texts(value, deep)
            case ast.Name(id=name) if deep:
                for value in self.assigned.get(name, []):
                    yield from self.texts(value, deep - 1)
                if name.startswith("OF_"):  # imported from there
                    yield getattr(charset, name)
            case ast.JoinedStr():
                assert ast.unparse(node) == "f'{wanted.decode()!r} is wanted'", (
                    "a sentence has {names} and values"
                )

    def sentences(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                for place in SENTENCES.get(name, ()):
                    if place < len(node.args):
                        yield from self.texts(node.args[place])
                if name in ("Outcome", "create"):
                    for keyword in node.keywords:
                        if keyword.arg in ("message", "remedy"):
                            yield from self.texts(keyword.value)
            elif (
                isinstance(node, ast.FunctionDef) and node.name == "problem"
            ):  # of jsonld: (sentence, values)
                for inner in ast.walk(node):
                    match inner:
                        case ast.Tuple(elts=[says, _]):
                            yield from self.texts(says)
            elif isinstance(node, ast.FunctionDef) and node.name in ("__init__", "refuse_foreign"):
                for default in node.args.defaults:
                    yield from self.texts(default)


def terms() -> set[str]:
    """Values that are words of ours."""
    named = {*(q.name for q in keys.QUALIFIER.values()), *(k.name for k in keys.PRIMARY.values())}
    kinds = {decode._kind(value) for value in (None, "", True, 1, 1.5, [], object())}
    return {
        *(name for name in named if any(letter in string.ascii_lowercase for letter in name)),
        *(one.name for one in vocab.ALL), *decode._WORDS_FOR.values(), *kinds, "inputs", "outputs",
        *(f"{mark!r} is wanted" for mark in "{[:}]"),
    }  # fmt: skip


def sentences() -> set[str]:
    """Every sentence that a fault, an identifier's error or an outcome of capture can say."""
    found = {text for path in RAISING for text in _File(path).sentences() if text}
    return found | terms() | {sentence for _, sentence in told._PLACES}


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="zh_Hans") if m.id}


def names(sentence: str) -> set[str]:
    """The values that a sentence has room for; a term has none, whatever braces it shows."""
    return (
        set()
        if " is wanted" in sentence and sentence[0] == "'"
        else set(re.findall(r"(?<!\{)\{(\w+)\}", sentence))
    )


def test_every_sentence_has_its_chinese_and_no_chinese_is_left_over(chinese: dict[str, str]) -> None:
    found = sentences()
    assert len(found) > 300
    assert sorted(found - chinese.keys()) == []
    assert sorted(chinese.keys() - found) == []


def test_the_values_are_the_same_in_both_languages(chinese: dict[str, str]) -> None:
    for english, translated in chinese.items():
        assert names(translated) == names(english), english
        assert re.search("[\u4e00-\u9fff。，]", translated), english


@pytest.mark.oracle
def test_whatever_the_corpus_and_its_damage_raise_is_said_in_both(
    chinese: dict[str, str], tmp_path: Path
) -> None:
    raised: list[Fault] = []
    file = tmp_path / "damaged"
    for folder in ("json", "xml20", "xml12", "invalid", "query", "conformance10/events"):
        for path in sorted(shared(f"data/epcis/{folder}").iterdir()):
            data = path.read_bytes()
            for wrong, right in (
                (b"", b""),
                (b"ADDED", b"ADD"),
                (b"urn:epc:id:x", b"urn:epc:id:s"),
                (b"", b"}"),
            ):
                file.write_bytes(data.replace(right, wrong) if right else data)
                raised += corpus.verdict(file, path.name).faults
    assert len({fault.code for fault in raised}) > 15
    for fault in raised:
        assert fault.says in chinese, fault
        assert fault.mend in chinese, fault
        with translation.override("zh-hans"):
            shown = said(fault.says, fault.values)
            assert all(fault.values[name] in shown for name in names(fault.says) - TERMS)
        with translation.override("en"):
            assert said(fault.says, fault.values) == fault.message


BAD = {
    "type": "ObjectEvent", "eventTime": "2026-06-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE", "bizStep": "shiping", "epcList": ["https://id.gs1.org/01/06901234567890/21/1"],
}  # fmt: skip
STEP = "'shiping' 不是 CBV 2.0 的业务步骤（bizStep），也没有命名空间"
DIGIT = "GTIN 06901234567890 第 14 位的校验码是 0，应为 2"


@pytest.fixture
def key(db: Any, settings: Any) -> dict[str, str]:
    from zhiheng.core.accounts.actions import create_key

    _, token = create_key(person("system"), "k", ["epcis:capture"])
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("header", "title", "remedy", "language"),
    [
        ({}, "'shiping' is not a bizStep of CBV 2.0 and has no namespace", "did you mean shipping?", "en"),
        (
            {"HTTP_ACCEPT_LANGUAGE": "de, en;q=0.5"},
            "'shiping' is not a bizStep",
            "did you mean shipping?",
            "en",
        ),
        ({"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.8"}, STEP, "是不是 shipping？", "zh-hans"),
    ],
)
def test_the_api_answers_in_english_unless_asked_for_chinese(
    client: Client, key: dict[str, str], header: dict[str, str], title: str, remedy: str, language: str
) -> None:
    job = run_now(submit(None, [document([BAD])]))
    assert client.get("/epcis/capture", **header).json()["title"].isascii() is (language == "en")
    sent = client.post(
        "/epcis/events", json.dumps(BAD | {"@context": []}), "application/json", **key, **header
    )
    assert sent.status_code == 422
    assert title in sent.json()["title"]
    assert sent["Content-Language"] == language
    answer = client.get(f"/epcis/capture/{job.pk}", **key, **header).json()
    first, *_, last = answer["errors"]
    assert first["title"].startswith(title)
    assert first["remedy"].startswith(remedy)
    assert set(first) == {"type", "title", "code", "event", "place", "remedy"}
    assert last["code"] == "rolled_back"
    assert "words" not in last
    assert ("所以一个都没有收" in last["title"]) is (language == "zh-hans")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "message"), [("", "is not a bizStep"), ("C.UTF-8", "is not a"), ("zh_CN.UTF-8", STEP)]
)
def test_the_command_line_speaks_the_language_of_its_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, message: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    file = tmp_path / "events.json"
    file.write_bytes(document([BAD]))
    answer = json.loads(CliRunner().invoke(app, ["capture", str(file), "--json"]).stdout)
    assert message in answer["rejections"][0]["message"]
    file.write_bytes(document([BAD])[:-40])
    broken = json.loads(CliRunner().invoke(app, ["capture", str(file), "--json"]).stdout)["rejections"][-1]
    assert broken["code"] == "truncated"
    assert ("文件在对象或列表中间断了" in broken["message"]) is lang.startswith("zh")


@pytest.mark.django_db
@pytest.mark.parametrize("behaviour", ["proceed", "rollback"])
def test_the_command_line_counts_a_document_that_cannot_be_read(tmp_path: Path, behaviour: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"x")
    run = CliRunner().invoke(app, ["capture", str(file), "--behaviour", behaviour, "--json"])
    assert run.exit_code == 1
    answer = json.loads(run.stdout)
    assert (answer["captured"], answer["rejected"]) == (0, 1)
    (told,) = answer["rejections"]
    assert (told["event"], told["code"], told["place"]) == (None, "not-epcis", "byte 0")


@pytest.mark.django_db
def test_pages_say_it_in_the_readers_language_with_the_values_in_place(client: Client, settings: Any) -> None:
    settings.DEMO = True  # no second factor
    officer = person("province")
    client.force_login(officer)
    job = run_now(submit(officer, [document([BAD])]))
    cut = run_now(submit(officer, [document([BAD])[:-40]], behaviour="proceed"))

    def page(address: str, **headers: str) -> str:
        return client.get(f"/desk/captures/{address}", **headers).content.decode().replace("&#x27;", "'")

    chinese = page(f"{job.pk}/")
    assert STEP in chinese
    assert DIGIT in chinese
    assert "is not a bizStep" not in chinese
    assert re.search(r"第 \d+ 行第 \d+ 列（第 \d+ 字节）: 文件在对象或列表中间断了", page(f"{cut.pk}/"))
    english = page(f"{job.pk}/", HTTP_ACCEPT_LANGUAGE="en")
    assert "The check digit of GTIN 06901234567890 at place 14 is 0; it should be 2." in english
    assert "校验码" not in english
    found = page(f"{job.pk}/?outcomes-q=词表里没有")
    assert STEP in found
    assert DIGIT not in found


@pytest.mark.parametrize(
    ("place", "chinese"),
    [
        ("line 4, column 68 (byte 700)", "第 4 行第 68 列（第 700 字节）"),
        ("line 4, column 68", "第 4 行第 68 列"),
        ("line 4", "第 4 行"),
        ("byte 0", "第 0 字节"),
        ("epcisBody.eventList[3].action (line 57)", "epcisBody.eventList[3].action（第 57 行）"),
        ("epcisBody.eventList[3].action", "epcisBody.eventList[3].action"),
        ("", ""),
    ],
)
def test_places_are_said_too(place: str, chinese: str) -> None:
    assert told.of_place(place) == chinese
    with translation.override("en"):
        assert told.of_place(place) == place


def test_a_piece_of_a_helper_process_keeps_the_values(tmp_path: Path) -> None:
    import msgspec
    from django.utils import timezone

    from zhiheng.trace.prepare import Piece

    file = tmp_path / "events.json"
    file.write_bytes(document([BAD]))
    piece = next(pieces(str(file), None, timezone.now()))
    back = msgspec.msgpack.decode(msgspec.msgpack.encode(piece), type=Piece)
    assert back.faults == piece.faults
    assert back.faults[0][1].values["word"] == "'shiping'"
