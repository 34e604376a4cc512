from django.db import migrations

from zhiheng.core.cases.models import INDEX


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_cases")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: INDEX.install(schema_editor),
            lambda apps, schema_editor: INDEX.remove(schema_editor),
        ),
    ]
