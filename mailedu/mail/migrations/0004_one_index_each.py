"""Each of these has a unique constraint that begins with the same column: one index serves both.

A second one would be a page more to write with every mail.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0003_sizes"),
    ]

    operations = [
        migrations.AlterField(
            model_name=model,
            name=name,
            field=models.ForeignKey(to=to, on_delete=models.CASCADE, db_index=False),
        )
        for model, name, to in (
            ("mailbox", "account", "mail.account"),
            ("message", "mailbox", "mail.mailbox"),
            ("subscription", "account", "mail.account"),
        )
    ]
