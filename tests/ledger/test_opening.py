"""Opening a ledger: a new one, an old one, and all those that cannot be opened, each with its code."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from campaign_bot.ledger import Add, Ledger, LedgerError, schema, store, upgrade
from campaign_bot.model import State
from support import postgres
from support.deliveries import NOON, delivery
from support.ledgers import KEY, add


def at(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "campaign.db"


def refused(url: str) -> LedgerError:
    with pytest.raises(LedgerError) as error:
        Ledger.open(url)
    return error.value


# ---------------------------------------------------------------- new and old ones


def test_a_new_ledger_gets_its_folder_and_an_old_one_is_kept(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        add(ledger)
    with Ledger.open(at(path)) as ledger:
        assert ledger.entry(KEY).state is State.SCHEDULED


def test_many_may_begin_it_at_once(path: Path) -> None:
    opened: list[Ledger] = []
    threads = [threading.Thread(target=lambda: opened.append(Ledger.open(at(path)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    for ledger in opened:
        ledger.close()


def test_it_is_begun_while_another_program_reads_it(path: Path) -> None:
    """SQLite refuses some of what begins a ledger at once, where it waits for every other lock."""
    path.parent.mkdir()
    with closing(connected(path)) as other, closing(connected(path)) as ours:
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN")
        other.execute("SELECT * FROM theirs").fetchall()
        reading = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        reading.start()
        store._on_file(ours, None)
        assert ours.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reading.join()


def connected(path: Path) -> sqlite3.Connection:
    """A connection for which SQLite waits for nobody."""
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


def test_many_programs_may_begin_it_at_once(path: Path) -> None:
    code = (
        "import sys; from campaign_bot.ledger import Ledger; Ledger.open; print(flush=True)\n"
        "sys.stdin.read(); Ledger.open(sys.argv[1]).close()"
    )
    command = [sys.executable, "-c", code, at(path)]
    with ExitStack() as stack:
        made = (subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4))
        programs = [stack.enter_context(program) for program in made]
        for program in programs:
            assert program.stdout
            assert program.stdout.readline()  # all are ready
        for program in programs:
            assert program.stdin
            program.stdin.close()
    assert [program.returncode for program in programs] == [0] * 4


def test_another_that_begins_it_slowly_is_waited_for_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.4)
    path.parent.mkdir()
    with closing(connected(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        beginning = threading.Timer(1.2, other.execute, ["ROLLBACK"])
        beginning.start()
        Ledger.open(at(path)).close()
        beginning.join()


def test_what_is_committed_is_on_the_disk(path: Path) -> None:
    with Ledger.open(at(path)) as ledger, ledger._write() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert settings == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 10_000}


def test_after_a_claim_the_next_move_is_on_the_disk_again(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        ledger.claim(KEY, "a", NOON, NOON)
        with ledger._write() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_in_memory_all_threads_have_the_same_ledger() -> None:
    with Ledger.open("sqlite://") as ledger:
        thread = threading.Thread(target=add, args=(ledger,))
        thread.start()
        thread.join()
        assert ledger.entry(KEY) is not None


def test_its_values_come_without_the_database_library() -> None:
    code = "import campaign_bot.ledger as l, sys; l.Add, l.LedgerError; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---------------------------------------------------------------- migrations


@pytest.fixture(params=["sqlite", "postgres"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Connection, Connection]]:
    """A ledger made at once, and one made by all migrations."""
    sqlite = request.param == "sqlite"
    urls = [at(tmp_path / name) if sqlite else postgres.new_database() for name in ("made", "migrated")]
    made = Ledger.open(urls[0])
    migrated = Ledger(*store._engine(urls[1]))
    with migrated._write() as connection:
        upgrade.migrate(connection, None, "")
    with made._read() as one, migrated._read() as other:
        yield one, other
    made.close()
    migrated.close()


def test_the_migrations_end_in_the_tables_as_they_are_made(two: tuple[Connection, Connection]) -> None:
    for connection in two:
        context = MigrationContext.configure(connection, opts={"version_table": schema.version.name})
        assert compare_metadata(context, schema.metadata) == []
        assert upgrade.is_current(connection)
    assert described(two[0]) == described(two[1])


def described(connection: Connection) -> object:
    """All that the database itself tells of its tables; SQLite: their very words."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        return {name: " ".join(sql.replace(" \n", "\n").split()) for name, sql in rows if sql}
    tables = inspect(connection)
    triggers = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    made = dict(map(tuple, connection.exec_driver_sql(triggers)))
    assert made
    return made | {
        name: (
            [str(column) for column in tables.get_columns(name)],
            tables.get_indexes(name),
            sorted(map(str, tables.get_check_constraints(name))),
            sorted(map(str, tables.get_unique_constraints(name))),
            sorted(map(str, tables.get_foreign_keys(name))),
            tables.get_pk_constraint(name),
        )
        for name in tables.get_table_names()
    }


def test_a_beginning_that_breaks_off_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schema.version, "create", breaks)
        with pytest.raises(KeyboardInterrupt):
            Ledger.open(at(path))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    with Ledger.open(at(path)) as ledger:
        assert ledger.entries() == []


def test_a_ledger_of_a_newer_program_is_left_alone(path: Path) -> None:
    with Ledger.open(at(path)) as ledger, ledger._write() as connection:
        connection.execute(text("UPDATE ledger_version SET version_num = '9999'"))
    error = refused(at(path))
    assert (error.code, error.params["revision"]) == ("ledger-newer", "9999")
    assert error.params["ledger"] == str(path)


# ---------------------------------------------------------------- what cannot be opened or written


def test_a_file_that_is_no_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    assert refused(at(path)).code == "ledger-corrupt"


def test_a_database_with_other_programs_tables(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE events (their TEXT)")
    error = refused(at(path))
    assert (error.code, error.params["detail"]) == ("ledger-fault", "table events already exists")


def test_a_ledger_of_which_pages_are_destroyed(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        changes = [Add(delivery(f"l/{n}:x-en:en"), State.SCHEDULED, NOON, None) for n in range(200)]
        ledger.apply(changes, now=NOON, who="test")
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 100] = b"\xff" * 100
    path.write_bytes(data)
    assert refused(at(path)).code == "ledger-corrupt"


def test_a_read_only_ledger_can_be_read_but_not_written(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        add(ledger)
    with Ledger.open(f"sqlite:///file:{path}?mode=ro&uri=true") as ledger:
        assert ledger.entry(KEY) is not None
        with pytest.raises(LedgerError) as error:
            ledger.move(KEY, State.HELD, now=NOON)
    assert error.value.code == "ledger-read-only"


def test_a_full_disk(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        add(ledger)
        with ledger._write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(LedgerError) as error:
            add(ledger, *(delivery(f"l/{n}:x-en:en") for n in range(500)))
        assert error.value.code == "ledger-disk-full"
        assert ledger.counts()[State.SCHEDULED] == 1


def test_another_program_that_keeps_writing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.01)
    with Ledger.open(at(path)) as ledger, closing(sqlite3.connect(path)) as other:
        add(ledger)
        other.execute("BEGIN IMMEDIATE")
        assert ledger.entry(KEY) is not None  # reading goes on
        with pytest.raises(LedgerError) as error:
            ledger.move(KEY, State.HELD, now=NOON)
    assert error.value.code == "ledger-locked"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    assert refused(at(tmp_path / "var" / "campaign.db")).code == "ledger-unreachable"


def test_a_folder_in_its_place(path: Path) -> None:
    path.mkdir(parents=True)
    assert refused(at(path)).code == "ledger-unreachable"


@pytest.mark.parametrize("url", ["", "campaign.db", "mysql://bot:secret@db/campaign"])
def test_what_is_no_ledgers_url(url: str) -> None:
    error = refused(url)
    assert error.code == "ledger-url"
    assert "secret" not in str(error)


def test_a_server_that_is_not_there_and_a_password_that_is_not_told(tmp_path: Path) -> None:
    error = refused(f"postgres://bot:secret@/campaign?host={tmp_path}&password=secret")
    assert error.code == "ledger-unreachable"
    assert error.params["ledger"] == "postgresql://bot@/campaign"
    assert "secret" not in str(error)


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refused("postgresql://bot@/campaign").code == "ledger-driver"


def test_a_database_that_is_not_there() -> None:
    url = postgres.new_database()
    missing = url.replace(url.rpartition("/")[0].rpartition("@")[2], "", 1).replace("/t", "/missing", 1)
    assert refused(missing).code == "ledger-unreachable"


def test_an_error_never_shows_a_posts_words(path: Path) -> None:
    with Ledger.open(at(path)) as ledger:
        add(ledger)
        shutil.copy(path, path.with_suffix(".copy"))
        with pytest.raises(LedgerError) as error, ledger._write() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "the letter"})
    assert error.value.code == "ledger-fault"
    assert "the letter" not in f"{error.value} {error.value.__cause__}"
