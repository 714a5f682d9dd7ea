"""People's data in one SQLite file, through SQLAlchemy Core.

Several processes may use the file at once (WAL, a busy time-out, every write in one short immediate
transaction). The file and its companions are readable by their owner only. SQLAlchemy takes a third of a
second to import, so this module is imported when a conversation begins, not before the prompt.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, create_engine, delete, event, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from ..data.home import state_dir
from .errors import DataError
from .store import Feedback, StoredTurn, standing
from .store_schema import MIGRATIONS, conversations, feedback, migrate, people, turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from .store import Kind, Source

log = logging.getLogger(__name__)

BUSY_SECONDS = 10.0
"""How long a write waits for another process's."""


class SqliteStore:
    """A :class:`~palate.agent.store.Store` in one SQLite file."""

    def __init__(self, engine: Engine, path: Path, notice: str = "") -> None:
        self._engine = engine
        self._writing = engine.execution_options(palate_write=True)
        self.path = path
        self.notice = notice

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """Open or make the database (default: ``palate.db`` in the state folder).

        A damaged file is kept beside the new one as ``NAME.corrupt-DATE`` and said in ``notice``. Raises
        DataError when the folder cannot be written or a newer palate wrote the file.
        """
        path = path or state_dir() / "palate.db"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.chmod(0o700)
            _touch_private(path)
        except OSError as error:
            raise DataError(f"{path} cannot be written ({error.strerror}).") from None
        from filelock import FileLock

        # Only one process at a time may judge, set aside and rebuild a file.
        with FileLock(path.with_name(f"{path.name}.lock"), mode=0o600):
            return cls._open_locked(path)

    @classmethod
    def _open_locked(cls, path: Path) -> Self:
        notice = ""
        engine = _engine(path)
        try:
            _check_and_migrate(engine, path)
        except DatabaseError as error:
            engine.dispose()
            if not _is_damage(error):
                raise DataError(f"{path} cannot be opened ({error.orig}).") from None
            kept = _set_aside(path)
            notice = f"The memory file was damaged; it is kept as {kept.name} and a new one was begun."
            log.warning("%s: %s", path, error.orig)
            engine = _engine(path)
            _check_and_migrate(engine, path)
        return cls(engine, path, notice)

    def record(self, user: str, catalog: str, item_id: str, kind: Kind, source: Source) -> None:
        """Remember feedback; the events are only appended, :meth:`feedback` says which of them stand."""
        with self._write() as connection:
            _know(connection, user)
            values = {"user": user, "catalog": catalog, "item_id": item_id, "kind": kind, "source": source}
            connection.execute(insert(feedback).values(at=time.time(), **values))

    def feedback(self, user: str, catalog: str) -> list[Feedback]:
        """The feedback that stands, oldest first."""
        query = select(feedback).where(feedback.c.user == user, feedback.c.catalog == catalog)
        with self._read() as connection:
            rows = connection.execute(query.order_by(feedback.c.id)).all()
        return standing(Feedback(row.item_id, row.kind, row.source, row.at) for row in rows)

    def remove_feedback(self, user: str, catalog: str, item_id: str, kind: Kind | None = None) -> bool:
        """Take back the last feedback on an item; False when there is none."""
        query = select(feedback.c.id).where(
            feedback.c.user == user, feedback.c.catalog == catalog, feedback.c.item_id == item_id
        )
        if kind is not None:
            query = query.where(feedback.c.kind == kind)
        with self._write() as connection:
            last = connection.execute(query.order_by(feedback.c.id.desc()).limit(1)).scalar()
            if last is not None:
                connection.execute(delete(feedback).where(feedback.c.id == last))
        return last is not None

    def save_conversation(self, user: str, catalog: str, state_json: str) -> None:
        """Keep a conversation's state in place of the one before."""
        changed = {"state": state_json, "at": time.time()}
        row = upsert(conversations).values(user=user, catalog=catalog, **changed)
        with self._write() as connection:
            _know(connection, user)
            connection.execute(row.on_conflict_do_update(index_elements=["user", "catalog"], set_=changed))

    def load_conversation(self, user: str, catalog: str) -> str | None:
        """The state kept last; None when there is none."""
        c = conversations.c
        with self._read() as connection:
            state = connection.execute(select(c.state).where(c.user == user, c.catalog == catalog)).scalar()
        return None if state is None else str(state)

    def add_turn(self, user: str, catalog: str, text: str, reply_json: str) -> None:
        """Keep one message and its reply."""
        with self._write() as connection:
            _know(connection, user)
            values = {"user": user, "catalog": catalog, "text": text, "reply": reply_json}
            connection.execute(insert(turns).values(at=time.time(), **values))

    def turns(self, user: str, catalog: str, limit: int = 50) -> list[StoredTurn]:
        """The last ``limit`` turns, oldest first."""
        query = select(turns).where(turns.c.user == user, turns.c.catalog == catalog)
        with self._read() as connection:
            rows = connection.execute(query.order_by(turns.c.id.desc()).limit(limit)).all()
        return [StoredTurn(row.text, row.reply, row.at) for row in reversed(rows)]

    def forget(self, user: str) -> None:
        """Erase everything about a person: rows, free pages and the write-ahead log.

        A damaged file that was set aside cannot be searched for one person, so it goes as well. Raises
        DataError when another process keeps the write-ahead log busy; the rows are gone by then,
        and repeating it erases the rest.
        """
        with self._write() as connection:
            for table in (turns, feedback, conversations):
                connection.execute(delete(table).where(table.c.user == user))
            connection.execute(delete(people).where(people.c.name == user))
        self._scrub()
        for kept in self.path.parent.glob(f"{self.path.name}.corrupt-*"):
            kept.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files; safe to repeat."""
        self._engine.dispose()

    def _scrub(self) -> None:
        """Rewrite the file without free pages and empty the write-ahead log."""
        deadline = time.monotonic() + BUSY_SECONDS
        with _one_line(self.path), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise DataError(f"{self.path} is closed.")
            raw.execute("VACUUM")
            while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > deadline:
                    raise DataError("Another palate is using the memory; close it and forget again.")
                time.sleep(0.05)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _one_line(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _one_line(self.path), self._writing.begin() as connection:
            yield connection


def _know(connection: Connection, user: str) -> None:
    connection.execute(upsert(people).values(name=user, since=time.time()).on_conflict_do_nothing())


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise DataError(f"The memory file {path} could not be used ({cause}).") from error


def _engine(path: Path) -> Engine:
    """An engine whose transactions are really SQLite's: the driver's own guessing is switched off."""
    arguments = {"timeout": BUSY_SECONDS, "isolation_level": None}
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("palate_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _check_and_migrate(engine: Engine, path: Path) -> None:
    with engine.execution_options(palate_write=True).begin() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise DatabaseError("PRAGMA quick_check", None, _Damage(str(found)))
        version = migrate(connection)
    if version > len(MIGRATIONS):
        engine.dispose()
        raise DataError(f"{path} was written by a newer palate.", "pip install --upgrade palate")


class _Damage(Exception):
    """What SQLite found wrong with a file."""


def _is_damage(error: DatabaseError) -> bool:
    """Whether the file itself is broken, not its folder, its rights or its lock."""
    if isinstance(error.orig, _Damage):
        return True
    name = getattr(error.orig, "sqlite_errorname", "")
    return name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) and not isinstance(error, OperationalError)


def _set_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.name}.corrupt-{stamp}")
    path.rename(kept)
    for ending in ("-wal", "-shm"):
        companion = path.with_name(path.name + ending)
        if companion.exists():
            companion.rename(kept.with_name(kept.name + ending))
    _touch_private(path)
    return kept


def _touch_private(path: Path) -> None:
    """Make the file, readable by its owner only; SQLite gives its companions the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
