"""The writer's cursor: on SQLite without Django's, which costs twice what SQLite does itself."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


class SqliteCursor(sqlite3.Cursor):
    """Takes the SQL of `rows` as it is. Raises SQLite's errors, not Django's."""

    def __init__(self, db: BaseDatabaseWrapper) -> None:
        super().__init__(db.connection)
        self.db = db

    def execute(self, sql: str, values: Sequence[Any] = ()) -> "SqliteCursor":
        return super().execute(_marked(sql), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> "SqliteCursor":
        return super().executemany(_marked(sql), rows)


def fast_cursor(db: BaseDatabaseWrapper):
    """For use as a context manager, like Django's, on an open connection."""
    return closing(SqliteCursor(db)) if db.vendor == "sqlite" else db.cursor()


@lru_cache(256)  # the statements of `rows`, and lists of values of many lengths
def _marked(sql: str) -> str:
    return sql.replace("%s", "?")
