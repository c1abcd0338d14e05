from django.db import migrations


def count_missing_line_ends(apps, schema_editor) -> None:
    """POP3 sends a line end also where the last line has none, and the size counts it."""
    schema_editor.execute(
        "UPDATE mail_content SET size = size + 2 WHERE length(octets) > 0"
        " AND substr(octets, length(octets) - 1) <> %s",
        [b"\r\n"],
    )


def count_octets(apps, schema_editor) -> None:
    schema_editor.execute("UPDATE mail_content SET size = length(octets)")


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0002_account_faults"),
    ]

    operations = [
        migrations.RunPython(count_missing_line_ends, count_octets),
    ]
