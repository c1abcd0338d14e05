"""The lab's mailboxes: in the database, behind `protocols.store`, and in Django's admin."""
