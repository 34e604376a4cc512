"""The two tables of the store: hand-written SQL, a side for each database."""

from django.db import migrations


def make(apps, schema_editor):
    from zhiheng.trace.store.sides import Postgres, Sqlite

    side = Postgres() if schema_editor.connection.vendor == "postgresql" else Sqlite()
    for statement in side.create():
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for table in ("trace_event", "trace_link"):
        schema_editor.execute(f"DROP TABLE {table}")
    kind = "SEQUENCE" if schema_editor.connection.vendor == "postgresql" else "TABLE"
    schema_editor.execute(f"DROP {kind} trace_counter")


class Migration(migrations.Migration):
    dependencies = [("trace", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
