"""What another user of the worker's machine can do with the files that it keeps: nothing.

All of them are the owner's alone whatever the umask is, no link or pipe in their place is followed, and
whatever lies there, ``health`` and ``worker --once`` give an answer.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from campaign_bot import private
from campaign_bot.app import loading
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.ledger.glancing import Glance
from campaign_bot.ledger.lock import FileLock, lock_of
from support.cli import NOW, read, run
from support.files import write
from support.ledgers import add

NAMES = ("campaign.db", "campaign.db-wal", "campaign.db-shm", "campaign.db.lock", "worker.json", "errors.log")
STRANGER = 65534
"""A user that is nobody's."""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "campaign")


@pytest.fixture
def state(root: Path) -> Path:
    return root / "var"


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder in which another user can look: pytest's own can only be read by this one."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def modes(state: Path) -> dict[str, int]:
    return {str(path.relative_to(state)): mode(path) for path in (state, *state.rglob("*"))}


def red(root: Path) -> list[str]:
    return [one["code"] for one in read("health", root=root)["checks"] if not one["ok"]]


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_all_that_is_ever_made_is_its_owners_alone(
    root: Path, state: Path, mask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with umask(mask):
        with Ledger.open(state / "campaign.db") as ledger:
            add(ledger)
            lock = ledger.lock()
            assert lock.acquire()
            assert {path.name for path in state.iterdir()} >= set(NAMES[:4])
            seen = modes(state)
            lock.release()
        assert run("worker", "--once", root=root).exit_code == 0
        assert run("pause", "--dry", root=root).exit_code == 0
        assert run("ledger", "backup", str(state / "copy.zip"), root=root).exit_code == 0
        assert run("ledger", "restore", str(state / "copy.zip"), "--yes", root=root).exit_code == 0
        monkeypatch.setattr(loading, "snapshot", lambda *_args, **_more: 1 / 0)
        assert run("check", root=root).exit_code == 3
    seen |= modes(state)
    folders = {name for name in seen if (state / name).is_dir()}
    assert len(folders) == 2  # with what the restored copy took the place of
    assert {"errors.log", "dry-worker.json", "dry-run.db", "dry-run.db.lock", "copy.zip"} <= seen.keys()
    assert seen == {name: 0o700 if name in folders else 0o600 for name in seen}


def test_what_is_found_with_wider_modes_is_mended(root: Path, state: Path) -> None:
    Ledger.open(state / "campaign.db").close()
    (state / "pages").mkdir()
    (state / "pages" / "page.html").touch()
    for path in (state, *state.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    assert run("pause", root=root).exit_code == 0
    assert set(modes(state).values()) == {0o600, 0o700}


def test_what_was_mended_is_said_once(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    for _ in range(2):
        private.prepare(state)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"Other users of this machine could read what is in {state}." in caplog.text


def test_what_the_owner_may_not_do_is_not_given(state: Path) -> None:
    state.mkdir()
    (state / "campaign.db").touch()
    (state / "campaign.db").chmod(0o444)
    private.prepare(state)
    assert mode(state / "campaign.db") == 0o400


def test_a_ledger_elsewhere_is_its_owners_alone_too(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "ledger.db"
    with umask(0):
        run("pause", root=root, CAMPAIGN_BOT_DATABASE_URL=f"sqlite:///{file}")
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)


def test_all_of_it_lies_where_the_operator_says(root: Path, tmp_path: Path) -> None:
    for said, where in (("kept", root / "kept"), (str(tmp_path / "far"), tmp_path / "far")):
        env = {"CAMPAIGN_BOT_STATE_DIR": said}
        run("worker", "--once", root=root, **env)
        run("pause", root=root, **env)
        assert {path.name for path in where.iterdir()} == {"dry-run.db", "dry-run.db.lock", "dry-worker.json"}
        assert set(modes(where).values()) == {0o600, 0o700}
        assert read("status", root=root, **env)["paused"]
        assert run("health", root=root, now=dt.datetime.now(dt.UTC), **env).exit_code == 0
    assert not (root / "var").exists()


@as_root
@pytest.mark.parametrize("what", [*NAMES, ".env", "var"])
def test_another_user_cannot_open_any_of_it(open_to_all: Path, what: str) -> None:
    """And so can neither lock it nor read it: this is how one stopped the worker with a lock of one's own."""
    root = write(open_to_all / "campaign")
    (root / ".env").write_text("CAMPAIGN_BOT_LIVE=false\n")
    (root / ".env").chmod(0o600)
    state = root / "var"
    with umask(0), Ledger.open(state / "campaign.db") as ledger:
        lock = ledger.lock()
        lock.acquire()
        run("worker", "--once", root=root)
        private.append(state / "errors.log", b"an error\n")
        path = root / what if what in (".env", "var") else state / what
        assert not _can_read(path, STRANGER)
        assert _can_read(root / "config" / "campaign.yaml", STRANGER)  # or it would prove nothing
        lock.release()


def _can_read(path: Path, user: int) -> bool:
    child = os.fork()
    if child == 0:
        try:
            os.setuid(user)
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        except PermissionError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


# ---------------------------------------------------------------- whose it is


def test_a_state_directory_of_another_user_is_refused(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: state.stat().st_uid + 1)
    result = run("pause", root=root)
    assert result.exit_code == 1
    assert "belongs to another user" in result.stderr


@pytest.mark.parametrize("said", [".", "..", "/", "posts", "posts/launch/var", "config", "var/../posts"])
def test_a_folder_with_more_in_it_is_not_made_the_programs_alone(root: Path, said: str) -> None:
    """All in it would be closed to everybody else."""
    before = mode(root), mode(root / "posts"), mode(root.parent)
    result = run("pause", root=root, CAMPAIGN_BOT_STATE_DIR=said)
    assert (result.exit_code, "not for this program alone" in result.stderr) == (1, True)
    assert before == (mode(root), mode(root / "posts"), mode(root.parent))


@pytest.mark.parametrize("folder_mode", [0o755, 0o700])
def test_nor_is_a_folder_of_another_program(root: Path, tmp_path: Path, folder_mode: int) -> None:
    """Such as /etc, or somebody's home: nothing of it gets another mode, and nothing of it goes."""
    folder = tmp_path / "etc"
    (folder / "inner").mkdir(parents=True)
    stale = folder / "inner" / ".theirs.new"
    for file in (folder / "hosts", stale):
        file.touch(0o644)
        os.utime(file, (0, 0))
    folder.chmod(folder_mode)
    before = modes(folder)
    result = run("pause", root=root, CAMPAIGN_BOT_STATE_DIR=str(folder))
    assert (result.exit_code, "not for this program alone" in result.stderr) == (1, True)
    assert modes(folder) == before


@pytest.mark.parametrize("there", [(), ("lost+found",), ("campaign.db", "rehearsal.html"), ("errors.log",)])
def test_a_folder_of_its_own_is_taken_as_it_is(root: Path, tmp_path: Path, there: tuple[str, ...]) -> None:
    """A new disk has a folder of its own."""
    folder = tmp_path / "state"
    folder.mkdir()
    for name in there:
        (folder / name).mkdir() if name == "lost+found" else (folder / name).touch(0o600)
    assert run("worker", "--once", root=root, CAMPAIGN_BOT_STATE_DIR=str(folder)).exit_code == 0
    assert (folder / "dry-run.db").is_file()


def test_a_folder_for_everybody_is_left_to_everybody(state: Path) -> None:
    state.mkdir()
    state.chmod(0o1777)
    with pytest.raises(Unable) as error:
        private.prepare(state)
    assert (error.value.code, mode(state)) == ("folder-shared", 0o1777)


def test_what_goes_while_it_is_looked_at_is_gone(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker renames its sign of life every two seconds."""
    private.prepare(state)
    gone = [state / "campaign.db-shm", state / ".worker.json.0123456789abcdef.new"]
    monkeypatch.setattr(private, "_below", lambda _folder: iter(gone))
    private.prepare(state)


@as_root
def test_what_root_makes_belongs_to_the_campaigns_owner(root: Path, state: Path) -> None:
    os.chown(root, STRANGER, STRANGER)
    with Ledger.open(state / "campaign.db") as _:
        pass
    state.mkdir(exist_ok=True)
    os.chown(state, STRANGER, STRANGER)
    os.chown(state / "campaign.db", STRANGER, STRANGER)
    with Ledger.open(state / "campaign.db") as ledger:
        add(ledger)
        lock = ledger.lock()
        assert lock.acquire()
        run("worker", "--once", root=root)
        owners = {path.name: path.lstat().st_uid for path in state.iterdir()}
        lock.release()
    assert set(owners) >= {"campaign.db-wal", "campaign.db-shm", "campaign.db.lock", "dry-worker.json"}
    assert set(owners.values()) == {STRANGER}


@as_root
def test_a_state_directory_that_root_makes_belongs_to_the_campaigns_owner(root: Path, state: Path) -> None:
    os.chown(root, STRANGER, STRANGER)
    run("pause", root=root)
    assert {path.lstat().st_uid for path in (state, *state.iterdir())} == {STRANGER}


def test_a_file_of_another_user_in_it_is_not_used(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.mkdir()
    file = state / "campaign.db"
    file.touch()
    me = os.geteuid()
    if me == 0:
        os.chown(file, STRANGER, STRANGER)
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(Unable) as error:
        private.check_file(file)
    assert error.value.code == "file-not-ours"


@as_root
@pytest.mark.parametrize("name", ["campaign.db", "campaign.db-wal", "campaign.db.lock", "errors.log"])
def test_nor_by_root_unless_the_folder_is_that_users(root: Path, state: Path, name: str) -> None:
    """Whoever made the file may write to it still: a ledger says where the secrets belong."""
    run("pause", root=root, CAMPAIGN_BOT_LIVE="true")
    (state / name).touch()
    os.chown(state / name, STRANGER, STRANGER)
    with pytest.raises(Unable) as error:
        private.open_file(state / name, os.O_RDWR | os.O_CREAT)
    assert error.value.code == "file-not-ours"
    os.chown(state, STRANGER, STRANGER)
    os.close(private.open_file(state / name, os.O_RDWR))


@as_root
def test_a_ledger_that_another_user_has_put_there_is_not_roots(root: Path, state: Path) -> None:
    run("pause", root=root, CAMPAIGN_BOT_LIVE="true")
    os.chown(state / "campaign.db", STRANGER, STRANGER)
    result = run("resume", root=root, CAMPAIGN_BOT_LIVE="true")
    assert (result.exit_code, "belongs to another user" in result.stderr) == (1, True)


# ---------------------------------------------------------------- links


def test_links_in_a_circle_are_links(root: Path, state: Path) -> None:
    state.symlink_to("var")
    result = run("worker", "--once", root=root)
    assert (result.exit_code, "is a link" in result.stderr) == (1, True)


def test_a_state_directory_that_is_a_link_is_refused(root: Path, state: Path, tmp_path: Path) -> None:
    """Every command says so, and what it leads to is left alone."""
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    state.symlink_to(tmp_path / "elsewhere")
    before = mode(tmp_path / "elsewhere")
    for command in (("pause",), ("worker", "--once"), ("hold", "launch/letter")):
        result = run(*command, root=root)
        assert (result.exit_code, "is a link" in result.stderr) == (1, True), command
    assert "ledger-trouble" in red(root)
    assert (list((tmp_path / "elsewhere").iterdir()), mode(tmp_path / "elsewhere")) == ([], before)


@pytest.mark.parametrize("name", ["dry-run.db", "dry-run.db-wal", "dry-run.db-shm", "dry-run.db.lock"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_in_the_place_of_a_file_is_never_followed(
    root: Path, state: Path, tmp_path: Path, name: str, is_there: bool
) -> None:
    target = tmp_path / "target"
    if is_there:
        target.write_text("precious")
    state.mkdir(mode=0o700)
    (state / name).symlink_to(target)
    result = run("worker", "--once", root=root)
    assert result.exit_code == 1
    assert "is a link" in result.stderr
    assert target.exists() is is_there
    assert not is_there or target.read_text() == "precious"


def test_the_sign_of_life_takes_the_place_of_a_link(root: Path, state: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    state.mkdir(mode=0o700)
    for name in ("dry-worker.json", ".dry-worker.json.new"):
        (state / name).symlink_to(target)
    assert run("worker", "--once", root=root).exit_code == 0
    assert target.read_text() == "precious"
    assert not (state / "dry-worker.json").is_symlink()
    assert run("health", root=root, now=dt.datetime.now(dt.UTC)).exit_code == 0


def test_the_log_of_errors_follows_no_link(
    root: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    state.mkdir(mode=0o700)
    (state / "errors.log").symlink_to(target)
    monkeypatch.setattr(loading, "snapshot", lambda *_args, **_more: 1 / 0)
    result = run("check", root=root)
    assert (result.exit_code, target.read_text()) == (3, "precious")
    assert "--verbose" in result.stderr


def test_the_lock_never_makes_a_file_shorter(tmp_path: Path) -> None:
    """Not even one that has another name: nobody knows what that is for."""
    other = tmp_path / "other"
    other.write_text("precious " * 100)
    path = tmp_path / "campaign.db.lock"
    path.hardlink_to(other)
    lock = FileLock(path, "the ledger")
    assert lock.acquire()
    lock.release()
    assert other.read_text() == "precious " * 100


def test_who_holds_the_lock_is_read_as_nothing_where_it_makes_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "campaign.db.lock"
    for content in (
        b"",
        b"[" * 300,
        b'{"pid": 1e999}',
        b'{"pid": 1, "host": "h", "since": 5}',
        b"\xff",
        b"1" * 9999,
    ):
        path.write_bytes(content)
        assert FileLock(path, "the ledger").holder() is None


# ---------------------------------------------------------------- whatever lies there


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's name has to be short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(3_000_000_000)


ODD = [fifo, folder, link_to_nothing, link_to_a_device, listening, huge]


@pytest.mark.parametrize("make", ODD)
@pytest.mark.parametrize("name", ["worker.json", "dry-worker.json"])
def test_whatever_lies_in_the_place_of_the_sign_of_life_there_is_an_answer(
    root: Path, state: Path, name: str, make: Callable[[Path], None]
) -> None:
    state.mkdir(mode=0o700)
    make(state / name)
    shown = read("health", root=root)
    assert not shown["healthy"]
    assert shown["checks"][0]["code"] == "worker-unreadable"
    assert run("worker", "--once", root=root).exit_code in (0, 1)


@pytest.mark.parametrize("make", ODD[:-1])
@pytest.mark.parametrize("beside", ["", "-wal", "-shm", "-journal", ".lock"])
def test_whatever_lies_in_the_place_of_the_ledger_there_is_an_answer(
    root: Path, state: Path, beside: str, make: Callable[[Path], None]
) -> None:
    state.mkdir(mode=0o700)
    make(state / f"dry-run.db{beside}")
    assert not read("health", root=root)["healthy"]
    result = run("worker", "--once", root=root)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


NOW_TEXT = NOW.isoformat()
GREEN: dict[str, Any] = {
    "pid": os.getpid(),
    "host": socket.gethostname(),
    "live": False,
    "version": "0.1.0",
    "started_at": NOW_TEXT,
    "written_at": NOW_TEXT,
    "looked_at": NOW_TEXT,
    "in_flight": {},
}


ENDED = {"once": True, "started_at": "2026-11-20T20:00:00Z", "stopped_at": "2026-11-20T20:00:00Z"}


def test_the_sign_of_life_of_these_tests_is_green_as_it_is(root: Path, state: Path) -> None:
    private.prepare(state)
    private.replace(state / "dry-worker.json", json.dumps(GREEN).encode())
    assert red(root) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"NaN",
        b"9" * 10_000,
        *(
            json.dumps(GREEN | change).encode()
            for change in (
                {"written_at": "2026-11-24T20:00:00"},
                {"started_at": NOW_TEXT[:19]},
                {"written_at": 10**30},
                {"written_at": float("nan")},
                {"written_at": float("inf")},
                {"written_at": "9999-12-31T23:59:59-23:59"},
                {"looked_at": "0001-01-01T00:00:00+23:59"},
                {"stopped_at": [NOW_TEXT]},
                {"written_at": NOW.timestamp()},
                {"pid": 10**30},
                {"pid": 0},
                {"pid": -1},
                {"pid": True},
                {"pid": "1"},
                {"host": None},
                {"live": "false"},
                {"live": True},
                {"in_flight": [1]},
                {"in_flight": {"x-en": "soon"}},
                {"in_flight": {"x-en": NOW_TEXT[:19]}},
                {"accounts": {"x-en": 1}},
                {"accounts": None},
                {"clock": 10**30},
                {"untold": 10**30},
                {"untold": ["1"]},
                {"trouble": ["ledger-locked"]},
                {"trouble": "ledger-locked"},
                {"trouble": ["ledger-locked", {"ledger": 10**30}]},
                {"once": "yes"},
            )
        ),
    ],
    ids=lambda content: content[-60:].decode("latin-1"),
)
def test_a_made_up_sign_of_life_is_none(root: Path, state: Path, content: bytes) -> None:
    private.prepare(state)
    private.replace(state / "dry-worker.json", content)
    assert red(root)[0] == "worker-unreadable"
    assert run("health", root=root).exit_code == 1
    assert run("worker", "--once", root=root).exit_code == 0


@pytest.mark.parametrize(
    "change",
    [
        {"trouble": ["ledger-locked", {}]},
        {"trouble": ["nothing", {"{": "{0}"}]},
        {"accounts": {"x-en": "clock: {0}"}},
        {"accounts": {"\x1b[2J": "clock:"}},
        {"in_flight": {"x-en": "2000-01-01T00:00:00Z"}},
        {
            "once": True,
            "stopped_at": NOW_TEXT,
            "started_at": "2026-11-20T20:00:00Z",
            "earlier_at": "2000-01-01T00:00:00Z",
        },
        {"written_at": "2199-01-01T00:00:00Z"},
    ],
)
def test_whatever_it_says_of_trouble_is_told(root: Path, state: Path, change: dict[str, Any]) -> None:
    Ledger.open(state / "dry-run.db").close()
    private.replace(state / "dry-worker.json", json.dumps(GREEN | change).encode())
    assert red(root)
    assert run("health", root=root, LANG="es_MX.UTF-8").exit_code == 1


# ---------------------------------------------------------------- who else can read it


def test_health_is_red_while_others_can_read(root: Path, state: Path) -> None:
    private.prepare(state)
    private.replace(state / "dry-worker.json", json.dumps(GREEN).encode())
    assert red(root) == []
    state.chmod(0o755)
    assert red(root) == ["exposed"]
    (root / ".env").write_text("CAMPAIGN_BOT_LANG=en\n")
    (root / ".env").chmod(0o640)
    assert red(root) == ["exposed", "exposed"]
    assert mode(state) == 0o755  # a look changes nothing
    state.chmod(0o700)
    (root / ".env").chmod(0o600)
    assert red(root) == []


def test_where_no_modes_are_kept_nothing_is_asked_for_that_cannot_be(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a disk that other systems read too: every file has the same modes, whatever one does."""
    wide = os.fstat

    def of_such_a_disk(descriptor: int) -> os.stat_result:
        status = wide(descriptor)
        return os.stat_result((status.st_mode | 0o077, *status[1:]))

    private.prepare(state)
    private.replace(state / "dry-worker.json", json.dumps(GREEN).encode())
    state.chmod(0o777)
    (root / ".env").write_text("CAMPAIGN_BOT_LANG=en\n")
    (root / ".env").chmod(0o777)
    monkeypatch.setattr(os, "fstat", of_such_a_disk)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    assert red(root) == []
    caplog.set_level(logging.INFO)
    for _ in range(3):
        private.prepare(state)
    assert caplog.text.count("keeps no permissions") == 1


# ---------------------------------------------------------------- the ledger's own ways


def test_every_way_to_a_ledger_refuses_a_link(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "real.db") as ledger:
        add(ledger)
    path = tmp_path / "campaign.db"
    path.symlink_to(tmp_path / "real.db")
    for opens in (Ledger.open, Glance.at):
        with pytest.raises((Unable, LedgerError)):
            opens(path)
    lock_of(path).symlink_to(tmp_path / "real.db")
    with pytest.raises((Unable, LedgerError)):
        FileLock(lock_of(path), "").acquire()


def test_leftovers_of_a_process_that_was_killed_go(state: Path) -> None:
    private.prepare(state)
    old, new = state / ".worker.json.0123456789abcdef.new", state / ".worker.json.fedcba9876543210.new"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    private.prepare(state)
    assert list(state.iterdir()) == [new]
