"""Finding organisations by any part of a name, on SQLite (FTS5) and PostgreSQL (tsvector and GIN).

Chinese has no spaces and most words have two characters, so a name is indexed by every pair of neighbouring
characters (and its last character alone, so that one character is a prefix of some token wherever it stands).
Runs of letters and digits are one token each. The index narrows down to the rows that have all tokens of what
is sought; the ``search`` column, which holds the tokens in order, then says exactly whether they stand together.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import connections, models
from django.db.models.expressions import RawSQL

MAX_TOKENS = 40
_RUNS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
_NAME_BREAK = "\uf8ff"  # between two names: no phrase reaches over it


def _runs(text: str) -> list[str]:
    """The runs of letters and digits, and of other letters, without punctuation."""
    return _RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def _tokens(run: str) -> list[str]:
    if run.isascii():
        return [run]
    return [run[i : i + 2] for i in range(len(run))]


def document(name: str, uscc: str, others: Iterable[str] = ()) -> str:
    """The searchable text of an organisation: tokens of its name, its other names and its code."""
    parts = [" ".join(t for run in _runs(text) for t in _tokens(run)) for text in (name, *others, uscc)]
    return f" {_NAME_BREAK} ".join(dict.fromkeys(part for part in parts if part))


def matching(queryset: models.QuerySet, text: str) -> models.QuerySet:
    """The rows of ``queryset`` (of organisations) whose names or code have ``text`` in them.

    Words apart must all be found; a run of letters or digits, and a single character, count as a beginning.
    """
    runs = [run[:200] for run in _runs(text)[:MAX_TOKENS]]
    if not runs:
        return queryset.none() if text.strip() else queryset
    exact: list[str] = []
    prefixes: list[str] = []
    for run in runs:
        if run.isascii() or len(run) == 1:
            prefixes.append(run)
        else:
            exact += _tokens(run)[:-1]
            if len(run) > 2:  # what the index cannot see: that the pairs stand next to each other
                queryset = queryset.filter(search__contains=" ".join(_tokens(run)[:-1]))
    exact, prefixes = list(dict.fromkeys(exact))[:MAX_TOKENS], list(dict.fromkeys(prefixes))
    if connections[queryset.db].vendor == "postgresql":
        wanted = " & ".join([f"'{t}'" for t in exact] + [f"'{t}':*" for t in prefixes])
        found = RawSQL(f"SELECT id FROM registry_organisation WHERE {_VECTOR} @@ %s::tsquery", [wanted])  # noqa: S608, S611
    else:
        wanted = " ".join([f'"{t}"' for t in exact] + [f'"{t}"*' for t in prefixes])
        found = RawSQL("SELECT rowid FROM registry_search WHERE registry_search MATCH %s", [wanted])
    return queryset.filter(pk__in=found)


# The tokens are ours already: PostgreSQL's parser must not cut them again (it reads 9144e0 as a number).
_VECTOR = "array_to_tsvector(array_remove(string_to_array(search, ' '), ''))"
_POSTGRESQL = [f"CREATE INDEX IF NOT EXISTS registry_search ON registry_organisation USING gin (({_VECTOR}))"]
_FTS_DELETE = (
    "INSERT INTO registry_search(registry_search, rowid, search) VALUES ('delete', old.id, old.search);"
)
_FTS_INSERT = "INSERT INTO registry_search(rowid, search) VALUES (new.id, new.search);"
_ON = "ON registry_organisation"
_TRIGGER = "CREATE TRIGGER IF NOT EXISTS registry_search_"
_SQLITE = [
    """CREATE VIRTUAL TABLE IF NOT EXISTS registry_search USING fts5(
        search, content='registry_organisation', content_rowid='id',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co'", prefix='1', detail=none)""",
    f"{_TRIGGER}insert AFTER INSERT {_ON} BEGIN {_FTS_INSERT} END",
    f"{_TRIGGER}delete AFTER DELETE {_ON} BEGIN {_FTS_DELETE} END",
    f"""{_TRIGGER}update AFTER UPDATE OF search {_ON} WHEN old.search IS NOT new.search
        BEGIN {_FTS_DELETE} {_FTS_INSERT} END""",
    "INSERT INTO registry_search(registry_search) VALUES ('rebuild')",
]


def install(schema_editor: Any) -> None:
    """Make the index. A migration that rebuilds ``registry_organisation`` on SQLite runs this again after it:
    SQLite drops a table's triggers when Django remakes the table."""
    for statement in _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE:
        schema_editor.execute(statement, params=None)


def remove(schema_editor: Any) -> None:
    """Take the index away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS registry_search", params=None)
        return
    for name in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS registry_search_{name}", params=None)
    schema_editor.execute("DROP TABLE IF EXISTS registry_search", params=None)
