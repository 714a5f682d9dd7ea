from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from contracts.store import StoreContract
from palate.agent.errors import DataError
from palate.agent.store import MemoryStore
from palate.agent.store_schema import MIGRATIONS, metadata
from palate.agent.store_sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from palate.agent.store import Store

SECRETS = ("zanzibarword", "quetzalreply", "marzipanstate", "okapiuser", "ibisitem")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "palate.db"


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, path: Path) -> Iterator[Store]:
        store = SqliteStore.open(path)
        yield store
        store.close()


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_it(path: Path) -> None:
    store = SqliteStore.open(path)
    store.add_turn("anna", "films", "hello", "{}")
    assert _mode(path.parent) == 0o700
    assert {_mode(file) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_it_is_there_after_a_restart(path: Path) -> None:
    first = SqliteStore.open(path)
    first.record("anna", "films", "a", "like", "said")
    first.close()
    second = SqliteStore.open(path)
    assert [f.item_id for f in second.feedback("anna", "films")] == ["a"]
    second.close()


def test_forgetting_leaves_no_byte_in_any_file(path: Path) -> None:
    store, other = SqliteStore.open(path), SqliteStore.open(path)
    word, reply, state, user, item = SECRETS
    for _ in range(50):
        store.add_turn(user, "films", word * 50, reply * 50)
    store.save_conversation(user, "films", state)
    store.record(user, "films", item, "like", "said")
    assert other.turns(user, "films")  # a second process has the file open
    store.forget(user)
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert [secret for secret in SECRETS if secret.encode() in content] == []
    store.close()
    other.close()


def test_a_damaged_file_is_kept_said_and_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was never a database " * 1000)
    store = SqliteStore.open(path)
    (kept,) = path.parent.glob("palate.db.corrupt-*")
    assert kept.read_bytes().startswith(b"this was never")
    assert kept.name in store.notice
    store.record("anna", "films", "a", "like", "said")
    assert len(store.feedback("anna", "films")) == 1
    store.close()
    assert SqliteStore.open(path).notice == ""


def test_a_file_damaged_within_is_found(path: Path) -> None:
    store = SqliteStore.open(path)
    for number in range(400):
        store.add_turn("anna", "films", f"{number}" * 200, "{}")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 12] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    again = SqliteStore.open(path)
    assert "damaged" in again.notice
    again.close()


def test_forgetting_takes_damaged_files_along(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but zanzibarword " * 1000)
    store = SqliteStore.open(path)
    store.forget("anna")
    assert list(path.parent.glob("*.corrupt-*")) == []
    store.close()


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(DataError, match="newer palate"):
        SqliteStore.open(path)
    assert path.exists()


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError) as raised:
        SqliteStore.open(tmp_path / "file" / "palate.db")
    assert "\n" not in str(raised.value)


def test_the_migrations_make_the_tables_that_are_used(path: Path) -> None:
    SqliteStore.open(path).close()
    with sqlite3.connect(path) as connection:
        for table in metadata.tables.values():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")]
            assert columns == [column.name for column in table.columns]


def test_several_processes_write_at_once(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from palate.agent.store_sqlite import SqliteStore\n"
        "store = SqliteStore.open(Path(sys.argv[1]))\n"
        "for n in range(40): store.record('anna', 'films', sys.argv[2] + str(n), 'like', 'said')\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name], stderr=subprocess.PIPE)
        for name in "abc"
    ]
    assert [process.communicate()[1] or process.returncode for process in running] == [0, 0, 0]
    store = SqliteStore.open(path)
    assert len(store.feedback("anna", "films")) == 120
    store.close()
