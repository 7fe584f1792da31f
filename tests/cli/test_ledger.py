"""``ledger backup`` and ``ledger restore``: whole copies, made at any time; no half of one is ever used."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from campaign_bot import private, settings
from campaign_bot.app import backup as copies
from campaign_bot.ledger import Ledger
from campaign_bot.ledger.schema import REVISION
from campaign_bot.model import Receipt, State
from support.cli import NOW, read, run
from support.deliveries import NOON, delivery
from support.files import write
from support.ledgers import KEY, add, begin

OTHER = "launch/letter:x-es:es"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "campaign")


@pytest.fixture
def ledger(root: Path) -> Path:
    """A live one, with a delivery in it."""
    path = root / "var" / "campaign.db"
    with Ledger.open(path) as made:
        add(made)
    return path


@pytest.fixture
def copy(root: Path, ledger: Path, tmp_path: Path) -> Path:
    assert ledger.exists()
    file = tmp_path / "copy.zip"
    assert run("ledger", "backup", str(file), root=root).exit_code == 0
    return file


def keys(path: Path) -> list[str]:
    with Ledger.open(path) as ledger:
        return sorted(entry.key for entry in ledger.entries())


def add_another(path: Path) -> None:
    with Ledger.open(path) as ledger:
        add(ledger, delivery(OTHER, account="x-es", language="es"))


def restore(root: Path, file: Path, *more: str, **env: Any) -> Any:
    return run("ledger", "restore", str(file), *more, root=root, **env)


# ---------------------------------------------------------------- there and back


def test_a_copy_is_put_back_and_what_was_there_is_kept(root: Path, ledger: Path, copy: Path) -> None:
    add_another(ledger)
    before = ledger.read_bytes()
    result = restore(root, copy, "--yes")
    assert (result.exit_code, result.stderr) == (0, "")
    assert keys(ledger) == [KEY]
    aside = ledger.parent / f"replaced-{NOW:%Y-%m-%dT%H-%M-%SZ}"
    assert (aside / "campaign.db").read_bytes() == before
    assert f"What was there before lies in {aside}." in result.stdout
    for words in ("A copy of the live ledger of campaign, made 2026-11-24 20:00 UTC.", "reads each account",
                  "cannot be read is not protected", "decide it again"):  # fmt: skip
        assert words in result.stdout
    add_another(ledger)  # it is a ledger like any other


def test_both_speak_spanish(root: Path, copy: Path) -> None:
    result = restore(root, copy, "--yes", LANG="es_MX.UTF-8")
    assert "Una copia del registro de verdad de campaign" in result.stdout
    assert "La copia está en su lugar." in result.stdout
    assert "already" not in result.stdout
    made = run("ledger", "backup", str(copy), "--yes", root=root, LANG="es_MX.UTF-8")
    assert "es una copia completa del registro" in made.stdout


def test_a_second_copy_in_the_same_second_has_a_folder_of_its_own(
    root: Path, ledger: Path, copy: Path
) -> None:
    for _ in range(3):
        restore(root, copy, "--yes")
    assert len(list(ledger.parent.glob("replaced-*"))) == 3


def test_it_is_put_where_there_was_nothing(root: Path, ledger: Path, copy: Path) -> None:
    for path in ledger.parent.iterdir():
        path.unlink()
    ledger.parent.rmdir()
    result = restore(root, copy, "--yes")
    assert (result.exit_code, "What was there before" in result.stdout) == (0, False)
    assert keys(ledger) == [KEY]
    assert read("status", root=root)["mode"] == "live"


def test_a_copy_of_what_is_written_meanwhile_is_one_moment_of_it(
    root: Path, ledger: Path, tmp_path: Path
) -> None:
    """What is committed before it begins is in it, though it stands only in the log beside the file."""
    with Ledger.open(ledger) as one:
        add(one, delivery(OTHER, account="x-es", language="es"))
        stop = threading.Event()

        def keep_writing() -> None:
            for number in range(100_000):
                if stop.is_set():
                    return
                add(one, *(delivery(f"l/{number}-{n}:x-en:en") for n in range(5)))

        writer = threading.Thread(target=keep_writing)
        writer.start()
        try:
            for number in range(5):
                file = tmp_path / f"{number}.zip"
                assert run("ledger", "backup", str(file), root=root).exit_code == 0
        finally:
            stop.set()
            writer.join()
    for number in range(5):
        assert restore(root, tmp_path / f"{number}.zip", "--yes").exit_code == 0
        found = keys(ledger)
        assert {KEY, OTHER} <= set(found)
        assert (len(found) - 2) % 5 == 0  # each write is in it, or is not


def test_a_dry_ledgers_copy_never_touches_the_live_one(root: Path, ledger: Path, tmp_path: Path) -> None:
    run("pause", "--dry", root=root)
    file = tmp_path / "dry.zip"
    result = run("ledger", "backup", str(file), "--dry", root=root)
    assert "(in the ledger of dry runs)" in result.stdout
    before = ledger.read_bytes()
    run("resume", "--dry", root=root)
    result = restore(root, file, "--yes")
    assert (result.exit_code, "ledger of dry runs" in result.stdout) == (0, True)
    assert "reads each account" not in result.stdout
    assert read("status", "--dry", root=root)["paused"]
    assert ledger.read_bytes() == before


def test_a_file_that_sqlite_copied_is_taken_too(root: Path, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(file)) as made:
        source.backup(made)
    add_another(ledger)
    assert restore(root, file, "--yes").exit_code == 0
    assert keys(ledger) == [KEY]


def test_a_copy_of_an_older_form_is_brought_up_to_date_when_it_is_used(root: Path, ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as raw, raw:
        raw.execute("UPDATE ledger_version SET version_num = '0000'")
    result = run("ledger", "backup", str(root / "copy.zip"), root=root)
    assert result.exit_code == 0
    assert restore(root, root / "copy.zip", "--yes").exit_code == 0
    with closing(sqlite3.connect(ledger)) as raw:
        assert raw.execute("SELECT version_num FROM ledger_version").fetchone() == ("0000",)


def test_the_form_of_the_file_has_room_for_another_database(copy: Path) -> None:
    with zipfile.ZipFile(copy) as archive:
        said = json.loads(archive.read("manifest.json"))
        data = archive.read("campaign.db")
        assert archive.namelist() == ["manifest.json", "campaign.db"]
    digest = hashlib.sha256(data).hexdigest()
    assert said["members"] == [{"name": "campaign.db", "size": len(data), "sha256": digest}]
    assert (said["format"], said["mode"], said["campaign"]) == (1, "live", "campaign")
    assert (said["revision"], dt.datetime.fromisoformat(said["created_at"])) == (REVISION, NOW)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in copy.parent.iterdir() if path.name != "campaign"] == ["copy.zip"]


# ---------------------------------------------------------------- asking


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("", 2)])
def test_it_asks_first(root: Path, ledger: Path, copy: Path, answer: str, code: int) -> None:
    add_another(ledger)
    before = copy.read_bytes()
    assert restore(root, copy, answer=answer).exit_code == code
    assert keys(ledger) == sorted([KEY, OTHER])
    assert run("ledger", "backup", str(copy), root=root, answer=answer).exit_code == code
    assert copy.read_bytes() == before
    assert not [path for path in ledger.parent.iterdir() if path.name.startswith(("replaced", "."))]


def test_yes_is_yes_in_either_language(root: Path, ledger: Path, copy: Path) -> None:
    add_another(ledger)
    assert run("ledger", "backup", str(copy), root=root, answer="y\n").exit_code == 0
    assert restore(root, copy, answer="sí\n", LANG="es_MX.UTF-8").exit_code == 0
    assert keys(ledger) == sorted([KEY, OTHER])


# ---------------------------------------------------------------- what is refused


def test_while_a_worker_has_the_ledger_nothing_is_put_there(root: Path, ledger: Path, copy: Path) -> None:
    with Ledger.open(ledger) as working:
        lock = working.lock()
        assert lock.acquire()
        result = restore(root, copy, "--yes")
        assert (result.exit_code, f"process {os.getpid()}" in result.stderr) == (1, True)
        add(working, delivery(OTHER, account="x-es", language="es"))  # the worker goes on
        lock.release()
    assert keys(ledger) == sorted([KEY, OTHER])


def test_without_a_ledger_there_is_nothing_to_copy(root: Path, tmp_path: Path) -> None:
    result = run("ledger", "backup", str(tmp_path / "copy.zip"), root=root)
    assert (result.exit_code, "nothing to back up" in result.stderr) == (1, True)
    assert not (tmp_path / "copy.zip").exists()
    assert not (root / "var").exists()


def test_a_database_on_a_server_has_its_own_tools(root: Path, copy: Path) -> None:
    env = {"CAMPAIGN_BOT_DATABASE_URL": "postgresql://bot:secret@127.0.0.1:1/campaign"}
    for command in (("backup", "new.zip"), ("restore", str(copy), "--yes")):
        result = run("ledger", *command, root=root, **env)
        assert (result.exit_code, "pg_dump" in result.stderr) == (1, True)


@pytest.mark.parametrize("name", ["campaign.db", "campaign.db.lock", "campaign.db-wal"])
def test_a_copy_never_takes_the_ledgers_own_place(root: Path, ledger: Path, name: str) -> None:
    before = ledger.read_bytes()
    result = run("ledger", "backup", str(root / "posts/../var" / name), "--yes", root=root)
    assert (result.exit_code, ledger.read_bytes()) == (1, before)


def test_a_copy_takes_the_place_of_a_file_only(root: Path, ledger: Path, tmp_path: Path) -> None:
    assert ledger.exists()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("pipe", "link"):
        result = run("ledger", "backup", str(tmp_path / name), "--yes", root=root)
        assert (result.exit_code, "is a link, or not a file" in result.stderr) == (1, True)
    result = run("ledger", "backup", str(tmp_path / "no/copy.zip"), root=root)
    assert f"{tmp_path / 'no/copy.zip'} cannot be read or written" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campaign", "link", "pipe"]


def test_a_damaged_ledger_makes_no_copy(root: Path, ledger: Path, copy: Path) -> None:
    data = bytearray(ledger.read_bytes())
    data[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    ledger.write_bytes(data)
    before = copy.read_bytes()
    result = run("ledger", "backup", str(copy), "--yes", root=root)
    assert (result.exit_code, "is damaged" in result.stderr) == (1, True)
    assert copy.read_bytes() == before


def packed(file: Path, **changes: Any) -> None:
    """The same archive with other members; ``None`` leaves one out."""
    with zipfile.ZipFile(file) as archive:
        content: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    how = changes.pop("how", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, data in {**content, **changes}.items():
            if data is not None:
                archive.writestr(name, data)


def manifest(file: Path, **changes: Any) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return json.dumps(json.loads(archive.read("manifest.json")) | changes).encode()


def member(**changes: Any) -> list[dict[str, Any]]:
    return [{"name": "campaign.db", "size": 1, "sha256": "0" * 64} | changes]


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_bit_otherwise(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def named_otherwise(name: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            data = archive.read("campaign.db")
        packed(
            file,
            **{"manifest.json": manifest(file, members=member(name=name)), "campaign.db": None, name: data},
        )

    return change


def a_bomb(file: Path) -> None:
    """A gigabyte of nothing in a megabyte, which its manifest calls small."""
    with zipfile.ZipFile(file) as archive:
        said = archive.read("manifest.json")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", said)
        with archive.open("campaign.db", "w") as bomb:
            for _ in range(100):
                bomb.write(b"\0" * 10_000_000)


def a_greedy_one(file: Path) -> None:
    packed(file, **{"manifest.json": manifest(file, members=member(size=10**18))})


HOSTILE: list[Callable[[Path], None]] = [
    shortened,
    emptied,
    a_pipe,
    a_bit_otherwise,
    a_bomb,
    a_greedy_one,
    *map(named_otherwise, ("../campaign.db", "/tmp/campaign.db", "people.db", "campaign.db/x")),  # noqa: S108
    lambda file: file.write_bytes(b"SQLite format 3\0" + b"\0" * 5000),
    lambda file: file.write_bytes(b"PK\3\4" + b"\xff" * 5000),
    lambda file: packed(file, **{"campaign.db": b"not the same"}),
    lambda file: packed(file, **{"campaign.db": None}),
    lambda file: packed(file, **{"people.db": b"another"}),
    lambda file: packed(file, how=zipfile.ZIP_BZIP2),
    *(
        lambda file, said=said: packed(file, **{"manifest.json": said})  # type: ignore[misc]
        for said in (None, b"", b"[" * 9999, b"\0" * 999_999, b"{}")
    ),
    *(
        lambda file, change=change: packed(file, **{"manifest.json": manifest(file, **change)})  # type: ignore[misc]
        for change in (
            {"format": 2},
            {"mode": "other"},
            {"revision": "0001"},
            {"created_at": "2026-11-24T20:00:00"},
            {"members": []},
            {"members": member(sha256="0" * 64)},
            {"members": member(size=-1)},
            {"members": member() * 2},
        )
    ),
]


@pytest.mark.parametrize("spoil", HOSTILE)
def test_what_is_no_whole_copy_changes_nothing(
    root: Path, ledger: Path, copy: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(copy)
    before = ledger.read_bytes()
    outside = sorted(path for path in root.parent.rglob("*"))
    result = restore(root, copy, "--yes")
    assert result.exit_code == 1
    assert result.stderr
    assert "Traceback" not in result.output
    assert ledger.read_bytes() == before
    assert sorted(path for path in root.parent.rglob("*")) == outside


def test_a_copy_of_a_newer_form_waits_for_the_newer_version(root: Path, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "newer.db"
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(file)) as made:
        source.backup(made)
        made.execute("UPDATE ledger_version SET version_num = '9999'")
        made.commit()
    result = restore(root, file, "--yes")
    assert (result.exit_code, "A newer version of campaign-bot" in result.stderr) == (1, True)


def test_a_database_of_something_else_is_no_ledger(root: Path, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE theirs (x)")
    before = ledger.read_bytes()
    result = restore(root, file, "--yes")
    assert (result.exit_code, "is damaged, or is not a ledger" in result.stderr) == (1, True)
    assert ledger.read_bytes() == before


def test_what_was_moved_aside_goes_back_with_the_log_beside_it(
    root: Path, ledger: Path, copy: Path, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    with Ledger.open(ledger) as worker:
        add(worker, delivery(OTHER, account="x-es", language="es"))
        shutil.copytree(ledger.parent, killed)
    assert (killed / "campaign.db-wal").stat().st_size > 0
    shutil.rmtree(ledger.parent)
    killed.rename(ledger.parent)
    assert restore(root, copy, "--yes").exit_code == 0
    aside = next(ledger.parent.glob("replaced-*/campaign.db"))
    before = sorted((path.name, path.read_bytes()) for path in aside.parent.iterdir())
    assert restore(root, aside, "--yes").exit_code == 0
    assert keys(ledger) == sorted([KEY, OTHER])
    assert sorted((path.name, path.read_bytes()) for path in aside.parent.iterdir()) == before
    assert not list(ledger.parent.glob(".*"))


def test_a_ledger_of_dry_runs_never_takes_the_place_of_the_live_one(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    with Ledger.open(file) as dry:
        add(dry)
        begin(dry)
        dry.record(KEY, Receipt(1, "r1", "dry-run://x-en/r1"), now=NOON, last=True)
    result = restore(root, file, "--yes")
    assert (result.exit_code, "is a copy of the ledger of dry runs" in result.stderr) == (1, True)
    assert not (root / "var/campaign.db").exists()


def test_a_disk_without_room_is_not_filled(
    root: Path, ledger: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SPARE", 10**18)
    result = restore(root, copy, "--yes")
    assert (result.exit_code, "not enough room" in result.stderr) == (1, True)
    assert keys(ledger) == [KEY]


# ---------------------------------------------------------------- interrupted


class Killed(BaseException):
    """What nothing in the program catches."""


STEPS = range(1, 12)


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_is_interrupted_nobody_takes_half_of_it_for_a_ledger(
    root: Path, ledger: Path, copy: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either the old ledger is there, whole, or the new one, or every command says what to do."""
    open_elsewhere = Ledger.open(ledger)  # so that there is a log beside it
    add(open_elsewhere, delivery(OTHER, account="x-es", language="es"))
    done = 0

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def step_by_step(*args: Any, **more: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                raise Killed
            return act(*args, **more)

        return step_by_step

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        patch.setattr(private, "sync", counted(private.sync))
        with copies.unpacked(root, settings.load(root), copy) as unpacked:
            with suppress(Killed):
                copies.put_back(unpacked, NOW)
            patch.undo()
    open_elsewhere.close()
    if not (ledger.parent / "campaign.db.restoring").exists():
        assert keys(ledger) in ([KEY], sorted([KEY, OTHER]))
    else:
        for command in (("status",), ("pause",), ("worker", "--once", "--live"), ("health",)):
            result = run(*command, root=root)
            assert result.exit_code == 1
            assert "Restore it again: campaign-bot ledger restore FILE" in result.output
    assert restore(root, copy, "--yes").exit_code == 0
    assert keys(ledger) == [KEY]
    kept = [path for path in ledger.parent.rglob("campaign.db") if path != ledger]
    assert any(is_whole(path) for path in kept) or step == STEPS[0]


def is_whole(path: Path) -> bool:
    with Ledger.open(path) as ledger:
        return bool(ledger.entry(KEY).state is State.SCHEDULED and NOON)
