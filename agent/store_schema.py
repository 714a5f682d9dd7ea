"""The tables of the memory, and the steps that made them what they are.

A step, once released, is never changed: a new one is appended. ``PRAGMA user_version`` counts the steps a
file has been through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

if TYPE_CHECKING:
    from sqlalchemy import Connection

metadata = MetaData()

people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", Float, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("user", Text, primary_key=True),
    Column("catalog", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Float, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", Text, nullable=False),
    Column("catalog", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("at", Float, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", Text, nullable=False),
    Column("catalog", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Float, nullable=False),
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE people (name TEXT PRIMARY KEY NOT NULL, since FLOAT NOT NULL)",
        """CREATE TABLE conversations (user TEXT NOT NULL, catalog TEXT NOT NULL, state TEXT NOT NULL,
               at FLOAT NOT NULL, PRIMARY KEY (user, catalog))""",
        """CREATE TABLE turns (id INTEGER PRIMARY KEY, user TEXT NOT NULL, catalog TEXT NOT NULL,
               text TEXT NOT NULL, reply TEXT NOT NULL, at FLOAT NOT NULL)""",
        """CREATE TABLE feedback (id INTEGER PRIMARY KEY, user TEXT NOT NULL, catalog TEXT NOT NULL,
               item_id TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, at FLOAT NOT NULL)""",
        "CREATE INDEX turns_of ON turns (user, catalog, id)",
        "CREATE INDEX feedback_of ON feedback (user, catalog, id)",
    ),
)


def migrate(connection: Connection) -> int:
    """Take a file through the steps it lacks, inside the caller's transaction.

    Returns the file's version: more than ``len(MIGRATIONS)`` where a newer palate wrote it.
    """
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
        version = number
    return version
