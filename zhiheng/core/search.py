"""Finding rows by any part of a Chinese name, on SQLite (FTS5) and PostgreSQL (tsvector and GIN).

Chinese has no spaces and most words have two characters, so a name is indexed by every pair of neighbouring
characters (and its last character alone, so that one character is a prefix of some token wherever it stands).
Runs of letters and digits are one token each. The index narrows down to the rows that have all tokens of what
is sought; the ``search`` column, which holds the tokens in order, then says exactly whether they stand together.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.models.expressions import RawSQL

MAX_TOKENS = 40
_RUNS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
_NAME_BREAK = "\uf8ff"  # between two names: no phrase reaches over it
# The tokens are ours already: PostgreSQL's parser must not cut them again (it reads 9144e0 as a number).
_VECTOR = "array_to_tsvector(array_remove(string_to_array(search, ' '), ''))"


def _runs(text: str) -> list[str]:
    """The runs of letters and digits, and of other letters, without punctuation."""
    return _RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def _tokens(run: str) -> list[str]:
    if run.isascii():
        return [run]
    return [run[i : i + 2] for i in range(len(run))]


def bigrams(text: str) -> frozenset[str]:
    """The tokens of a text as a set: what two texts have in common says how alike they are."""
    return frozenset(token for run in _runs(text) for token in _tokens(run) if len(token) > 1)


def document(*texts: str) -> str:
    """The searchable text of a row: the tokens of its names and codes."""
    parts = [" ".join(t for run in _runs(text) for t in _tokens(run)) for text in texts]
    return f" {_NAME_BREAK} ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True)
class Index:
    """The search index over the column ``search`` of a table; ``name`` is its own."""

    table: str
    name: str

    def matching(self, queryset: models.QuerySet, text: str) -> models.QuerySet:
        """The rows of ``queryset`` that have ``text`` in them.

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
            found = RawSQL(f"SELECT id FROM {self.table} WHERE {_VECTOR} @@ %s::tsquery", [wanted])  # noqa: S608, S611
        else:
            wanted = " ".join([f'"{t}"' for t in exact] + [f'"{t}"*' for t in prefixes])
            found = RawSQL(f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s", [wanted])  # noqa: S608, S611
        return queryset.filter(pk__in=found)

    def _sqlite(self) -> list[str]:
        delete = f"INSERT INTO {self.name}({self.name}, rowid, search) VALUES ('delete', old.id, old.search);"  # noqa: S608
        insert = f"INSERT INTO {self.name}(rowid, search) VALUES (new.id, new.search);"  # noqa: S608
        on, trigger = f"ON {self.table}", f"CREATE TRIGGER IF NOT EXISTS {self.name}_"
        return [
            f"""CREATE VIRTUAL TABLE IF NOT EXISTS {self.name} USING fts5(
                search, content='{self.table}', content_rowid='id',
                tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co'", prefix='1', detail=none)""",
            f"{trigger}insert AFTER INSERT {on} BEGIN {insert} END",
            f"{trigger}delete AFTER DELETE {on} BEGIN {delete} END",
            f"""{trigger}update AFTER UPDATE OF search {on} WHEN old.search IS NOT new.search
                BEGIN {delete} {insert} END""",
            f"INSERT INTO {self.name}({self.name}) VALUES ('rebuild')",  # noqa: S608
        ]

    def install(self, schema_editor: Any) -> None:
        """Make the index. A migration that rebuilds the table on SQLite runs this again after it:
        SQLite drops a table's triggers when Django remakes the table."""
        postgresql = [f"CREATE INDEX IF NOT EXISTS {self.name} ON {self.table} USING gin (({_VECTOR}))"]
        for statement in postgresql if schema_editor.connection.vendor == "postgresql" else self._sqlite():
            schema_editor.execute(statement, params=None)

    def remove(self, schema_editor: Any) -> None:
        """Take the index away."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {self.name}", params=None)
            return
        for name in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.name}_{name}", params=None)
        schema_editor.execute(f"DROP TABLE IF EXISTS {self.name}", params=None)
