"""The SQLite and the PostgreSQL side of the store."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import msgspec
from django.db import connection

from zhiheng.trace.store.base import (
    BLOCK,
    EV_COLUMNS,
    EVENT_COLUMNS,
    Ev,
    EventRow,
    FlatLinks,
    Store,
    decode_parts,
)

json_list = msgspec.json.Encoder().encode
WIDTH = EVENT_COLUMNS.count(",") + 1
ROWS = 250
# Many rows a statement: a third less time than one by one. The event is counted from the first parameter.
_MARKS = ",".join(f"(?{n},?{n + 1},?{n + 2}+?1,?{n + 3})" for n in range(2, 2 + 4 * ROWS, 4))
MANY_LINKS = f"INSERT OR IGNORE INTO trace_link VALUES {_MARKS}"  # noqa: S608


def store() -> Store:
    """The side of the database in use."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


def _things(items: Iterable[str]) -> str:
    """Items as one argument: neighbours in the index side by side; a driver writes arrays more slowly."""
    return json_list(sorted(set(items))).decode()


def _ev(row: Sequence[Any]) -> Ev:
    *columns, parts = row
    return Ev._make((*columns, decode_parts(parts)))


class Sqlite:
    """Lists go in as one JSON argument (json_each); rows go in by executemany."""

    def create(self) -> list[str]:
        return [
            """CREATE TABLE trace_event (
                id INTEGER PRIMARY KEY, ident BLOB NOT NULL, time INTEGER NOT NULL, recorded INTEGER NOT NULL,
                type TEXT NOT NULL, action TEXT NOT NULL, step TEXT NOT NULL, disposition TEXT NOT NULL,
                read_point TEXT NOT NULL, location TEXT NOT NULL, event_id TEXT NOT NULL,
                voided INTEGER NOT NULL, job BLOB, job_index INTEGER NOT NULL, context INTEGER NOT NULL,
                parts BLOB NOT NULL, raw BLOB NOT NULL)""",
            "CREATE UNIQUE INDEX trace_event_ident ON trace_event (ident)",
            "CREATE INDEX trace_event_time ON trace_event (time)",
            "CREATE INDEX trace_event_declaration ON trace_event (voided) WHERE voided = 2",
            """CREATE TABLE trace_link (
                item TEXT NOT NULL, time INTEGER NOT NULL, event INTEGER NOT NULL, role TEXT NOT NULL,
                PRIMARY KEY (item, time, event, role)) WITHOUT ROWID""",
            "CREATE TABLE trace_counter (next INTEGER NOT NULL)",
            "INSERT INTO trace_counter VALUES (1)",
        ]

    def new_ids(self, count: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE trace_counter SET next = next + %s RETURNING next", [count])
            return int(cursor.fetchone()[0]) - count

    def known(self, idents: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for start in range(0, len(idents), 30_000):
            some = idents[start : start + 30_000]
            marks = ",".join("?" * len(some))
            found.update(self._all(f"SELECT ident, id FROM trace_event WHERE ident IN ({marks})", some))  # noqa: S608
        return found

    def insert(self, events: list[EventRow], links: FlatLinks, first: int) -> None:
        raw = connection.connection
        try:
            raw.executemany(f"INSERT INTO trace_event VALUES ({','.join('?' * WIDTH)})", events)  # noqa: S608
            whole = len(links) - len(links) % (4 * ROWS)
            for start in range(0, whole, 4 * ROWS):
                raw.execute(MANY_LINKS, [first, *links[start : start + 4 * ROWS]])
            rest = iter(links[whole:])
            raw.executemany(
                "INSERT OR IGNORE INTO trace_link VALUES (?,?,?+?,?)",
                zip(rest, rest, rest, repeat(first), rest, strict=False),
            )
        except Exception as error:
            with connection.wrap_database_errors:
                raise error

    def any_declarations(self) -> bool:
        return bool(self._all("SELECT 1 FROM trace_event WHERE voided = 2 LIMIT 1", []))

    def void(self, ids: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE trace_event SET voided = 1 WHERE voided = 0 AND id IN (SELECT value FROM json_each(%s))",
                [json_list(list(ids)).decode()],
            )

    def histories(self, items: Iterable[str], until: int | None = None) -> list[tuple[str, list[str]]]:
        # A subquery for each item walks the primary key, whose order group_concat keeps. To ask here for those
        # that have a history would be to ask for each history twice.
        where = "" if until is None else "AND time <= ?"
        sql = f"""SELECT history, group_concat(item, char(10)) FROM
            (SELECT j.value AS item, (SELECT group_concat(event || role, ' ') FROM
            (SELECT event, role FROM trace_link WHERE item = j.value {where} ORDER BY time, event, role)) AS history
            FROM json_each(?) j) GROUP BY history"""  # noqa: S608
        rows = self._all(sql, [*([until] if until is not None else []), _things(items)])
        return [(history, things.split("\n")) for history, things in rows if history is not None]

    def under(self, prefix: str, limit: int) -> list[str]:
        rows = self._all(
            "SELECT DISTINCT item FROM trace_link WHERE item >= ? AND item < ? LIMIT ?",
            [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1), limit],
        )
        return [row[0] for row in rows]

    def events(self, ids: Iterable[int]) -> dict[int, Ev]:
        rows = self._all(
            f"SELECT {EV_COLUMNS} FROM trace_event WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
            [json_list(list(ids)).decode()],
        )
        return {row[0]: _ev(row) for row in rows}

    def between(self, first: int, last: int, count: int) -> list[Ev]:
        sql = f"SELECT {EV_COLUMNS} FROM trace_event WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"  # noqa: S608
        return [_ev(row) for row in self._all(sql, [first, last, count])]

    def bodies(self, ids: Sequence[int]) -> dict[int, tuple[bytes, int, int, str]]:
        rows = self._all(
            "SELECT id, raw, context, recorded, event_id FROM trace_event WHERE id IN (SELECT value FROM json_each(?))",
            [json_list(list(ids)).decode()],
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    @staticmethod
    def _all(sql: str, args: Sequence[Any]) -> list[Any]:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            return connection.connection.execute(sql, args).fetchall()  # type: ignore[no-any-return]


class Postgres:
    """Lists go in as arrays; rows go in by COPY, sorted by key."""

    def create(self) -> list[str]:
        return [
            """CREATE TABLE trace_event (
                id bigint PRIMARY KEY, ident bytea NOT NULL, time bigint NOT NULL, recorded bigint NOT NULL,
                type text NOT NULL, action text NOT NULL, step text NOT NULL, disposition text NOT NULL,
                read_point text NOT NULL, location text NOT NULL, event_id text NOT NULL,
                voided smallint NOT NULL, job bytea, job_index bigint NOT NULL, context bigint NOT NULL,
                parts bytea NOT NULL, raw bytea NOT NULL)""",
            "CREATE UNIQUE INDEX trace_event_ident ON trace_event (ident)",
            "CREATE INDEX trace_event_time ON trace_event (time)",
            "CREATE INDEX trace_event_declaration ON trace_event (voided) WHERE voided = 2",
            """CREATE TABLE trace_link (
                item text COLLATE "C" NOT NULL, time bigint NOT NULL, event bigint NOT NULL,
                role text COLLATE "C" NOT NULL, PRIMARY KEY (item, time, event, role))""",
            # Whole blocks: a reservation never waits for another worker's transaction.
            f"CREATE SEQUENCE trace_counter INCREMENT BY {BLOCK} START WITH 1",
        ]

    def new_ids(self, count: int) -> int:
        return int(self._all("SELECT nextval('trace_counter')", [])[0][0])

    def known(self, idents: Sequence[bytes]) -> dict[bytes, int]:
        rows = self._all("SELECT ident, id FROM trace_event WHERE ident = ANY(%s)", [list(idents)])
        return {bytes(row[0]): row[1] for row in rows}

    def insert(self, events: list[EventRow], links: FlatLinks, first: int) -> None:
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY trace_event ({EVENT_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(
                    [
                        "int8",
                        "bytea",
                        "int8",
                        "int8",
                        *["text"] * 7,
                        "int2",
                        "bytea",
                        "int8",
                        "int8",
                        "bytea",
                        "bytea",
                    ]
                )
                for event in events:
                    copy.write_row(event)
            with cursor.copy("COPY trace_link (item, time, event, role) FROM STDIN") as copy:
                copy.write(_copy_text(links, first))

    def any_declarations(self) -> bool:
        return bool(self._all("SELECT 1 FROM trace_event WHERE voided = 2 LIMIT 1", []))

    def void(self, ids: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE trace_event SET voided = 1 WHERE voided = 0 AND id = ANY(%s)", [list(ids)])

    def histories(self, items: Iterable[str], until: int | None = None) -> list[tuple[str, list[str]]]:
        # One look at the index for each item; planning a list of a hundred thousand alone would take as long.
        # Lateral: a subquery in the list of columns would be worked out once more for the condition.
        where = "" if until is None else "AND time <= %s"
        sql = f"""SELECT history, string_agg(item, E'\\n') FROM json_array_elements_text(%s::json) AS i(item),
            LATERAL (SELECT string_agg(event || role, ' ') FROM (SELECT event, role FROM trace_link l
            WHERE l.item = i.item {where} ORDER BY time, event, role) AS own) AS mine(history)
            WHERE history IS NOT NULL GROUP BY history"""  # noqa: S608
        rows = self._all(sql, [_things(items), *([until] if until is not None else [])])
        return [(history, things.split("\n")) for history, things in rows]

    def under(self, prefix: str, limit: int) -> list[str]:
        rows = self._all(
            "SELECT DISTINCT item FROM trace_link WHERE item >= %s AND item < %s LIMIT %s",
            [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1), limit],
        )
        return [row[0] for row in rows]

    def events(self, ids: Iterable[int]) -> dict[int, Ev]:
        rows = self._all(f"SELECT {EV_COLUMNS} FROM trace_event WHERE id = ANY(%s)", [list(ids)])  # noqa: S608
        return {row[0]: _ev(row) for row in rows}

    def between(self, first: int, last: int, count: int) -> list[Ev]:
        sql = f"SELECT {EV_COLUMNS} FROM trace_event WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s"  # noqa: S608
        return [_ev(row) for row in self._all(sql, [first, last, count])]

    def bodies(self, ids: Sequence[int]) -> dict[int, tuple[bytes, int, int, str]]:
        rows = self._all(
            "SELECT id, raw, context, recorded, event_id FROM trace_event WHERE id = ANY(%s)", [list(ids)]
        )
        return {row[0]: (bytes(row[1]), *row[2:]) for row in rows}

    @staticmethod
    def _all(sql: str, args: Sequence[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall()  # type: ignore[no-any-return]


_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copy_text(links: FlatLinks, first: int) -> bytes:
    """Rows in COPY's text form in one piece: several times faster than row by row."""
    items = "".join(links[::4])
    if "\t" in items or "\n" in items or "\\" in items or "\r" in items:
        links[::4] = [item.translate(_SPECIAL) for item in links[::4]]
    each = iter(links)
    return "".join(
        [
            f"{item}\t{time}\t{first + event}\t{role}\n"
            for item, time, event, role in zip(each, each, each, each, strict=False)
        ]
    ).encode()
