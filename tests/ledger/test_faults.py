"""A ledger in trouble: full, read-only and damaged disks, other programs, sudden deaths.

Each ends in the right behaviour or in a LedgerError, whose code has a clear sentence in both languages; and
when the trouble is over the ledger opens, with all that it had confirmed.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from campaign_bot.ledger import Ledger, LedgerError, store
from campaign_bot.ledger.glancing import Glance
from campaign_bot.model import State
from support.deliveries import NOON, delivery
from support.diarist import diarist
from support.disks import disk
from support.ledgers import KEY, add, begin, receipt

Tell = Callable[..., Any]
QUICK = Path("/dev/shm")  # noqa: S108


def at(path: Path) -> str:
    return f"sqlite:///{path}"


# ---------------------------------------------------------------- no room


@contextmanager
def on_a_small_disk(folder: Path) -> Iterator[tuple[Tell, Callable[[], None], Callable[[], None]]]:
    with disk(folder) as small, diarist(folder, small.inside) as tell:
        yield tell, small.fill, small.make_room


@contextmanager
def with_a_limit(folder: Path) -> Iterator[tuple[Tell, Callable[[], None], Callable[[], None]]]:
    """Files that may not grow: a quota."""
    with diarist(folder) as tell:
        yield tell, lambda: tell("limit", 8192), lambda: tell("limit", -1)


NO_ROOM = {"ledger-disk-full", "ledger-disk"}


@pytest.mark.parametrize("place", [on_a_small_disk, with_a_limit])
@pytest.mark.parametrize("threads", [1, 4])
def test_without_room_nothing_is_half_written_and_nothing_is_lost(
    tmp_path: Path, place: Any, threads: int
) -> None:
    with place(tmp_path) as (tell, take_room, give_room):
        take_room()
        assert tell("open") in NO_ROOM
        give_room()
        assert tell("open") is None
        written = tell("write", 3, threads)["keys"]
        assert len(written) == 3 * threads

        take_room()
        some = tell("write", 20, threads)
        assert some["errors"]
        assert set(some["errors"]) <= NO_ROOM
        written += some["keys"]
        assert sorted(tell("read")) == sorted(written)

        give_room()
        more = tell("write", 3, threads)
        assert more["errors"] == []
        written += more["keys"]
        tell("close")
        take_room()
        assert tell("open") in {None, *NO_ROOM}
        give_room()
        assert tell("open") is None
        assert sorted(tell("read")) == sorted(written)
        assert tell("sound")


# ---------------------------------------------------------------- no right to write


def test_a_read_only_disk_is_named_as_such_and_what_is_there_is_kept(tmp_path: Path) -> None:
    with disk(tmp_path) as small, diarist(tmp_path, small.inside) as tell:
        small.make_read_only()
        assert tell("open") == "ledger-read-only"
        small.make_writable()
        assert tell("open") is None
        written = tell("write", 3)["keys"]
        tell("close")
        small.make_read_only()
        assert tell("open") == "ledger-read-only"
        small.make_writable()
        assert tell("open") is None
        assert tell("read") == written


# ---------------------------------------------------------------- damage


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ledger's file, with rows in all tables."""
    path = tmp_path_factory.mktemp("sound") / "campaign.db"
    with Ledger.open(at(path)) as ledger:
        keys = [f"l/{number}:x-en:en" for number in range(60)]
        add(ledger, *map(delivery, keys))
        for number, key in enumerate(keys[:30]):
            begin(ledger, key)
            ledger.record(key, receipt(id=f"r{number}"), now=NOON, last=True)
        ledger.pause("queue", "l", "why", "ana", NOON)
        ledger.stop_account("x-en", "402", NOON)
        ledger.decide("l/1", "hold", "ana", NOON)
        ledger.set_meta("seen_at", NOON.isoformat())
    return path.read_bytes()


PAGE = 4096


def zeros(data: bytearray, page: int) -> None:
    data[page : page + PAGE] = bytes(PAGE)


def noise(data: bytearray, page: int) -> None:
    data[page : page + PAGE] = random.Random(page).randbytes(PAGE)  # noqa: S311


def head_of_the_page(data: bytearray, page: int) -> None:
    data[page : page + 100] = b"\xff" * 100


def the_rest(data: bytearray, page: int) -> None:
    del data[page:]


@pytest.mark.parametrize("damage", [zeros, noise, head_of_the_page, the_rest])
def test_no_damaged_page_is_overlooked_when_a_worker_starts(
    tmp_path: Path, sound: bytes, damage: Callable[[bytearray, int], None]
) -> None:
    """Not even one that is needed only after a call."""
    for page in range(PAGE if damage is the_rest else 0, len(sound), PAGE):
        path = tmp_path / f"{page}.db"
        data = bytearray(sound)
        damage(data, page)
        path.write_bytes(data)
        with pytest.raises(LedgerError) as error, Ledger.open(at(path)) as ledger:
            ledger.check()
        assert error.value.code == "ledger-corrupt", page
        assert path.read_bytes() == data  # for whoever can mend it


def test_a_sound_ledger_passes_and_a_large_one_is_not_read_whole(
    tmp_path: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "campaign.db"
    path.write_bytes(sound)
    with Ledger.open(at(path)) as ledger:
        ledger.check()
        with path.open("r+b") as file:
            file.seek(len(sound) - PAGE)
            file.write(bytes(PAGE))
        with pytest.raises(LedgerError), Ledger.open(at(path)) as another:
            another.check()
        monkeypatch.setattr(store, "CHECKED", 1000)
        with Ledger.open(at(path)) as another:
            another.check()


def test_damage_while_it_is_used(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "campaign.db"
    path.write_bytes(sound)
    with Ledger.open(at(path)) as ledger:
        with path.open("r+b") as file:
            file.seek(PAGE)
            file.write(random.Random(1).randbytes(len(sound) - PAGE))  # noqa: S311
        with pytest.raises(LedgerError) as error:
            ledger.history()
        assert error.value.code == "ledger-corrupt"
        with pytest.raises(LedgerError):
            add(ledger)


def test_text_that_is_none(tmp_path: Path) -> None:
    with Ledger.open(at(tmp_path / "campaign.db")) as ledger:
        add(ledger)
        with ledger._write() as conn:
            conn.exec_driver_sql("UPDATE deliveries SET queue = CAST(x'ff' AS TEXT)")
        with pytest.raises(LedgerError) as error:
            ledger.entries()
    assert error.value.code == "ledger-corrupt"


# ---------------------------------------------------------------- a cut log, a lost log


def test_a_log_that_was_cut_costs_its_end_only(tmp_path: Path) -> None:
    """SQLite's WAL after the machine's sudden death: what is whole of it counts."""
    path, cut = tmp_path / "campaign.db", tmp_path / "cut.db"
    with diarist(tmp_path) as tell:
        assert tell("open") is None
        written = tell("write", 30)["keys"]
        kept, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    left = []
    for length in (0, 10, 33, *range(50_000, len(log), 20_000), len(log)):
        cut.write_bytes(kept)
        Path(f"{cut}-wal").write_bytes(log[:length])
        with Ledger.open(at(cut)) as ledger:
            ledger.check()
            entries = ledger.entries()
            left.append(len(entries))
            assert [entry.key for entry in entries] == written[: len(entries)]
            assert len(ledger.events()) == len(entries)
            add(ledger, delivery("l/new:x-en:en"))
    assert left == sorted(left)
    assert (left[0], left[-1]) == (0, 30)
    assert len(set(left)) > 4


@contextmanager
def worked(path: Path) -> Iterator[None]:
    """A worker has written to the ledger, and has it until the end."""
    with Ledger.open(at(path)) as ledger:
        lock = ledger.lock()
        assert lock.acquire()
        add(ledger)
        yield
        lock.release()


@pytest.mark.parametrize("what_is_there", ["an empty file, and its log", "only its log", "an empty file"])
def test_a_ledger_of_which_nothing_is_left_is_no_new_one(tmp_path: Path, what_is_there: str) -> None:
    """SQLite would begin a new one, and delete the log at the first look."""
    path, log = tmp_path / "campaign.db", tmp_path / "campaign.db-wal"
    with worked(path):
        written = log.read_bytes()
    path.unlink()
    if "log" in what_is_there:
        log.write_bytes(written)
    if "file" in what_is_there:
        path.touch()
    for look in (Ledger.open, Glance.at):
        with pytest.raises(LedgerError) as error:
            look(at(path))
        assert error.value.code == "ledger-emptied"
    assert log.exists() == ("log" in what_is_there)


def test_who_moves_a_ledger_away_begins_a_new_one(tmp_path: Path) -> None:
    with worked(tmp_path / "campaign.db"):
        pass
    (tmp_path / "campaign.db").rename(tmp_path / "old")
    with Ledger.open(at(tmp_path / "campaign.db")) as ledger:
        assert ledger.entries() == []


# ---------------------------------------------------------------- another program


def test_another_program_that_keeps_the_ledger_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup, or a browser of databases: for a while nothing can be read either."""
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    path = tmp_path / "campaign.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError) as opening:
            Ledger.open(at(path))
        other.execute("ROLLBACK")
    with Ledger.open(at(path)) as ledger:
        add(ledger)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert ledger.entry(KEY)  # reading goes on
            with pytest.raises(LedgerError) as writing:
                ledger.move(KEY, State.HELD, now=NOON)
            other.execute("ROLLBACK")
        ledger.move(KEY, State.HELD, now=NOON)
    assert (opening.value.code, writing.value.code) == ("ledger-locked", "ledger-locked")


# ---------------------------------------------------------------- deleted, replaced


def test_a_ledger_that_is_moved_away_takes_nothing_until_it_is_back(tmp_path: Path) -> None:
    path, away = tmp_path / "campaign.db", tmp_path / "away"
    with Ledger.open(at(path)) as ledger:
        add(ledger)
        lock = ledger.lock()
        assert lock.acquire()
        path.rename(away)
        for use in (lambda: add(ledger, delivery("l/lost:x-en:en")), lock.acquire):
            with pytest.raises(LedgerError) as error:
                use()
            assert (error.value.code, error.value.params["detail"]) == ("ledger-gone", "campaign.db")
        away.rename(path)
        assert lock.acquire()
        ledger.move(KEY, State.HELD, now=NOON)
        lock.release()


@pytest.mark.parametrize("file", ["campaign.db", "campaign.db-wal"])
def test_another_file_in_its_place(tmp_path: Path, file: str) -> None:
    with Ledger.open(at(tmp_path / "campaign.db")) as ledger:
        add(ledger)
        shutil.copy(tmp_path / file, tmp_path / "backup")
        (tmp_path / "backup").replace(tmp_path / file)
        with pytest.raises(LedgerError) as error:
            ledger.move(KEY, State.HELD, now=NOON)
        assert (error.value.code, error.value.params["detail"]) == ("ledger-replaced", file)


def test_who_deletes_the_lock_file_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "campaign.db"
    with Ledger.open(path) as ledger, Ledger.open(path) as another:
        one, other = ledger.lock(), another.lock()
        assert one.acquire()
        (tmp_path / "campaign.db.lock").unlink()
        assert other.acquire()
        assert not one.acquire()
        other.release()
        assert one.acquire()
        one.release()


# ---------------------------------------------------------------- sudden deaths while it is made


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder that need not be waited for: a process's death, unlike the machine's, loses nothing there."""
    with TemporaryDirectory(dir=QUICK if QUICK.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("what", ["beginning", "upgrade"])
def test_killed_before_any_statement_of_a_beginning_or_an_upgrade(quick: Path, what: str) -> None:
    assert deaths(quick, what) > 10


@pytest.mark.faults
@pytest.mark.parametrize("what", ["beginning", "upgrade"])
def test_killed_at_many_moments_of_a_beginning_or_an_upgrade(tmp_path: Path, what: str) -> None:
    assert deaths(tmp_path, what, "100") == 100


def deaths(folder: Path, *words: str) -> int:
    """How many died there; each ledger opened afterwards, with what it had."""
    command = [sys.executable, "-m", "support.dying", str(folder), *words]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
