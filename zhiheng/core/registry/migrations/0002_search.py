from django.db import migrations

from zhiheng.core.registry import search


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: search.install(schema_editor),
            lambda apps, schema_editor: search.remove(schema_editor),
        ),
    ]
