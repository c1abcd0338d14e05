from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lab", "0001_initial")]

    operations = [
        migrations.AddField("transcript", "service", models.CharField(blank=True, max_length=16)),
        migrations.AddField("transcript", "tls", models.CharField(blank=True, max_length=16)),
    ]
