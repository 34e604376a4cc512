"""Where events are kept: one small interface with a SQLite and a PostgreSQL side.

Two tables, the one place of the house with hand-written SQL (docs/adr/0003-trace-store.md):

``trace_event``  an event: its time and place, its parts (who plays which role) and its bytes as they came.
``trace_link``   one inverted index over everything that an event names: goods, containers, places and parties
                 (by GLN), business transactions, transformation IDs. Its key begins with the identifier in
                 its natural order, so serials of one lot lie side by side.

There is no identity column, no trigger and no foreign key: on Citus ``trace_link`` is distributed by ``item``
and ``trace_event`` by ``id``.
"""

from zhiheng.trace.store.base import Ev, Link, Parts, Role, Store, key, keys, uri
from zhiheng.trace.store.sides import store

__all__ = ["Ev", "Link", "Parts", "Role", "Store", "key", "keys", "store", "uri"]
