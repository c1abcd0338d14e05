"""The unique constraint's index begins with the transcript: a second one is a page more to write."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lab", "0002_services"),
    ]

    operations = [
        migrations.AlterField(
            model_name="part",
            name="transcript",
            field=models.ForeignKey(to="lab.transcript", on_delete=models.CASCADE, db_index=False),
        ),
        migrations.AlterField(
            model_name="part",
            name="entries",
            field=models.TextField(),
        ),
    ]
