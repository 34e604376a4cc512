"""The documents say what there is: links lead somewhere, and lists that mirror the code are whole."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from zhiheng import cli
from zhiheng.core.accounts.rules import PERMISSIONS
from zhiheng.trace import breaks, completeness, openapi, query

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The anchors that a Markdown page makes of its headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    plain = [re.sub(r"[^\w\- ]", "", head.lower()) for head in heads]
    return {head.strip().replace(" ", "-") for head in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (anchor and anchor not in anchors(found.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def dependencies() -> Iterator[str]:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    for one in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        yield re.split(r"[\[<>=!~ ]", one)[0]


def test_every_dependency_has_its_line_and_no_line_is_left_over() -> None:
    listed = re.findall(r"^\| ([A-Za-z][\w.-]*) \|", read("docs/dependencies.md"), re.M)
    assert sorted(set(listed) - {"package", "program"}) == sorted(dependencies())


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_the_commands_that_there_are(readme: Path) -> None:
    shown = set(re.findall(r"^    (?:\$ )?zhiheng ([a-z-]+)", readme.read_text(encoding="utf-8"), re.M))
    assert shown == set(get_command(cli.app).commands)  # type: ignore[attr-defined]


def test_both_readmes_have_the_same_commands_links_and_settings() -> None:
    def facts(path: Path) -> tuple[list[str], list[str], list[str]]:
        text = path.read_text(encoding="utf-8")
        code = [line.split("#")[0].rstrip() for line in text.splitlines() if line.startswith("    ")]
        links = [target for target in LINK.findall(text) if not target.startswith("README")]
        return [line for line in code if line], links, re.findall(r"^\| `(\w+=?)`", text, re.M)

    english, chinese = (facts(path) for path in READMES)
    assert sorted(set(english[1]) ^ set(chinese[1])) in ([], ["#not-there-yet", "#还没有的"])
    assert english[2] == chinese[2]
    commands = [
        [line for line in code if "zhiheng " in line or "curl" in line] for code in (english[0], chinese[0])
    ]
    assert commands[0] == commands[1]


def test_every_setting_is_in_the_readme() -> None:
    used = set(re.findall(r'"(ZHIHENG_[A-Z_]+)"', read("zhiheng/settings.py")))
    used |= {f"ZHIHENG_{name.upper()}" for name in re.findall(r'_kept\("(\w+)"', read("zhiheng/settings.py"))}
    assert used <= set(re.findall(r"^\| `(ZHIHENG_[A-Z_]+)`", read("README.md"), re.M))


def fault_codes() -> set[str]:
    """The first argument of every fault that the reading of documents can make."""
    found = set()
    for path in (ROOT / "zhiheng/trace/epcis").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"Fault", "fail", "_fault"}:
                first = node.args[0]
                parts = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                found |= {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}
    return found


def test_every_fault_code_is_explained() -> None:
    codes = fault_codes()
    assert len(codes) > 30
    assert codes <= set(re.findall(r"`([\w-]+)`", read("docs/trace.md")))


def test_every_query_parameter_is_explained_also_those_that_are_not_supported() -> None:
    named = set(re.findall(r"`(\w+)`", read("docs/trace.md")))
    wanted = {parameter["name"] for parameter in openapi.QUERY} | set(query.NOT_YET)
    kinds = ("EQ_source_", "EQ_destination_")
    assert {name for name in wanted if not name.startswith(kinds)} <= named


def test_every_break_and_every_profile_has_its_rule() -> None:
    for kind in breaks.KINDS:
        assert f"| `{kind}` |" in read("docs/architecture.md")
    for profile in completeness.profiles():
        assert f"| {profile.id} |" in read("docs/platforms.md")


def test_every_decision_says_its_status_and_what_follows() -> None:
    for path in sorted((ROOT / "docs/adr").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert "Status: " in text, path.name
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, path.name


def test_the_table_of_permissions_is_the_one_that_is_enforced() -> None:
    lines = [
        line.strip("|").split("|") for line in read("docs/security.md").splitlines() if line.startswith("| ")
    ]
    roles = next([cell.strip() for cell in cells[1:]] for cells in lines if cells[0].strip() == "permission")
    told = {
        role: {cells[0].strip() for cells in lines if len(cells) > n and cells[n].strip() == "✓"}
        for n, role in enumerate(roles, 1)
    }
    assert told == {role: set(may) for role, may in PERMISSIONS.items()}
