import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # A step of its own: the registry's first migration refers to the user, and the user to the registry.
    dependencies = [
        ("accounts", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="users",
                to="registry.organisation",
            ),
        ),
    ]
