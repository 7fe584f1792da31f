"""``ledger backup`` and ``ledger restore``: a whole copy of the ledger in one file, and its way back.

The file is a ZIP archive of a manifest and the databases that it names: there is room for another one. A
copy takes the ledger's place only when all of it was checked, while no worker has it, and what was there is
kept. A note lies beside the ledger meanwhile: if this is interrupted, nobody begins a new one.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from campaign_bot import __version__, private
from campaign_bot.app import ledgers
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger.lock import FileLock, lock_of
from campaign_bot.ledger.place import BESIDE, restoring_of
from campaign_bot.settings import Settings

MANIFEST = "manifest.json"
LEDGER = "campaign.db"

LONGEST_MANIFEST = 100_000
MOST_MEMBERS = 10
CHUNK = 1_000_000
"""Bytes that are read at a time."""

SPARE = 50_000_000
"""Bytes that a copy leaves free on the disk that the worker writes to."""

PLAIN = b"SQLite format 3\0"
"""How a file begins that SQLite itself has copied (``.backup``)."""


class Member(BaseModel, frozen=True):
    """A database in an archive; ``size`` in bytes."""

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel, frozen=True):
    """What an archive says of itself; ``campaign`` is the name of the folder that it was made of."""

    format: Literal[1] = 1
    program: Annotated[str, Field(pattern=r"^[!-~]{1,50}$")] = __version__
    created_at: AwareDatetime
    campaign: str
    mode: Literal["live", "dry"]
    revision: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was checked, unpacked beside the ledger whose place it is to take.

    A file that SQLite itself has made says nothing of itself: then ``manifest`` is None.
    """

    manifest: Manifest | None
    unpacked: Path
    ledger: Path

    @property
    def is_live(self) -> bool:
        return self.manifest is None or self.manifest.mode == "live"


# ---------------------------------------------------------------- making one


def back_up(root: Path, settings: Settings, file: Path, now: dt.datetime, *, dry: bool = False) -> Manifest:
    """Write the ledger in use into ``file``, whole, for its owner alone. A worker goes on meanwhile.

    Raises Unable without a ledger that lies in a file, LedgerError for a damaged one; OSError.
    """
    live = ledgers.is_live(root, settings, dry=dry)
    ledger = _file_of(root, settings, live=live)
    if not settings.has_ledger(root, live=live):
        raise Unable("nothing-to-back-up")
    _must_be_free(file, ledger)
    ledgers.prepare_state(root, settings)
    with TemporaryDirectory(dir=file.parent, prefix=".campaign-bot-backup-") as folder:
        copied = Path(folder, LEDGER)
        manifest = Manifest(
            created_at=now,
            campaign=_readable(root.resolve().name),
            mode="live" if live else "dry",
            revision=_copied(ledger, copied),
            members=(_member(copied),),
        )
        _write(file, manifest, copied)
    return manifest


def _must_be_free(file: Path, ledger: Path) -> None:
    """What is put there takes the place of what is there: of a file at most, and never of the ledger's."""
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
    private.check_file(file)
    if file.parent.resolve() == ledger.parent.resolve() and file.name.startswith(ledger.name):
        raise Unable("backup-in-its-place", file=file)


def _copied(ledger: Path, copied: Path) -> str:
    """The revision of the copy that this makes."""
    from campaign_bot.ledger import copies  # here, for it loads SQLAlchemy

    copies.copy(ledger, copied)
    return copies.revision_of(copied, str(ledger))


def _member(copied: Path) -> Member:
    with copied.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(name=LEDGER, size=copied.stat().st_size, sha256=digest)


def _write(file: Path, manifest: Manifest, copied: Path) -> None:
    """Whole or not at all, and on the disk when this ends."""
    new = private.temporary(file)
    try:
        with os.fdopen(private.new_file(new), "wb") as written:
            with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
                archive.write(copied, LEDGER)
            written.flush()
            os.fsync(written.fileno())
        new.replace(file)
        private.sync(file.parent)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _file_of(root: Path, settings: Settings, *, live: bool) -> Path:
    at = settings.ledger_at(root, live=live)
    if not isinstance(at, Path):
        raise Unable("backup-on-server")
    return at


def _readable(name: str) -> str:
    """A folder's name as JSON can have it."""
    return os.fsencode(name).decode("utf-8", "replace")


# ---------------------------------------------------------------- checking one


@contextmanager
def unpacked(root: Path, settings: Settings, file: Path) -> Iterator[Copy]:
    """The copy in ``file``, checked: a live ledger's for the live one's place, a dry one's for the dry one's.

    Raises Unable for what is not a whole copy, LedgerError for a newer version's; OSError.
    """
    with _opened(file) as packed:
        manifest, archive = _read(packed, file)
        ledger = _file_of(root, settings, live=manifest is None or manifest.mode == "live")
        ledgers.prepare_state(root, settings)
        if not private.is_there(ledger.parent):
            private.prepare(ledger.parent)
        place = private.temporary(ledger)
        try:
            _unpack(packed, archive, manifest, place, file)
            if manifest is None:
                _take_log(file, place)
            _check(place, manifest, file)
            yield Copy(manifest, place, ledger)
        finally:
            for beside in ("", *BESIDE):
                Path(f"{place}{beside}").unlink(missing_ok=True)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as packed:
        if not stat.S_ISREG(os.fstat(packed.fileno()).st_mode):
            raise Unable("not-a-backup", file=file)
        yield packed


def _read(packed: IO[bytes], file: Path) -> tuple[Manifest | None, zipfile.ZipFile | None]:
    """The manifest, and the archive that it is in; neither for a file of SQLite's own."""
    is_plain = packed.read(len(PLAIN)) == PLAIN
    packed.seek(0)
    if is_plain:
        return None, None
    try:
        archive = zipfile.ZipFile(packed)
        first = archive.getinfo(MANIFEST)
        if first.file_size > LONGEST_MANIFEST or _is_odd(first):
            raise Unable("not-a-backup", file=file)
        manifest = Manifest.model_validate_json(archive.read(first))
    except (zipfile.BadZipFile, KeyError, ValidationError, EOFError, ValueError, zlib.error):
        raise Unable("not-a-backup", file=file) from None
    names = [one.name for one in manifest.members]
    if names != [LEDGER] or sorted(archive.namelist()) != sorted([MANIFEST, *names]):
        raise Unable("backup-of-newer", file=file, version=manifest.program)
    return manifest, archive


def _is_odd(info: zipfile.ZipInfo) -> bool:
    """Encrypted, or packed in another way than ours."""
    return bool(info.flag_bits & 1) or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _unpack(
    packed: IO[bytes], archive: zipfile.ZipFile | None, manifest: Manifest | None, place: Path, file: Path
) -> None:
    """No more than the manifest says, and only what is what it says."""
    size = manifest.members[0].size if manifest else os.fstat(packed.fileno()).st_size
    if size > shutil.disk_usage(place.parent).free - SPARE:
        raise Unable("restore-no-room", file=file, size=size // 1_000_000)
    digest = hashlib.sha256()
    with os.fdopen(private.made_file(place), "wb") as written:
        try:
            for chunk in _chunks(packed, archive, size):
                digest.update(chunk)
                written.write(chunk)
        except (zipfile.BadZipFile, EOFError, ValueError, zlib.error):
            raise Unable("backup-damaged", file=file) from None
        written.flush()
        os.fsync(written.fileno())
    if manifest and digest.hexdigest() != manifest.members[0].sha256:
        raise Unable("backup-damaged", file=file)


def _chunks(packed: IO[bytes], archive: zipfile.ZipFile | None, size: int) -> Iterator[bytes]:
    """All of it, which has that many bytes. Raises ValueError for more or fewer."""
    if archive is not None and _is_odd(archive.getinfo(LEDGER)):
        raise ValueError("packed in another way")
    with packed if archive is None else archive.open(LEDGER) as source:
        left = size
        while chunk := source.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise ValueError("longer than it says")
            yield chunk
        if left:
            raise ValueError("shorter than it says")


def _take_log(file: Path, place: Path) -> None:
    """A ledger that was moved aside, or copied as it lay there, has a log beside it: what came last."""
    from campaign_bot.ledger import copies  # here, for it loads SQLAlchemy

    log = Path(f"{file}-wal")
    if not log.exists():
        return
    with _opened(log) as written, os.fdopen(private.made_file(Path(f"{place}-wal")), "wb") as made:
        shutil.copyfileobj(written, made)
    copies.take_in_log(place, str(file))


def _check(place: Path, manifest: Manifest | None, file: Path) -> None:
    from campaign_bot.ledger import copies  # here, for it loads SQLAlchemy

    copies.must_be_plain(place, str(file))
    revision = copies.revision_of(place, str(file))
    if manifest and revision != manifest.revision:
        raise Unable("backup-damaged", file=file)
    if manifest is None and copies.is_dry(place, str(file)):
        raise Unable("backup-of-dry", file=file)


# ---------------------------------------------------------------- putting it back


def put_back(copy: Copy, now: dt.datetime) -> Path | None:
    """Put a copy in the ledger's place. Returns the folder of what was there, None where nothing was.

    Raises Unable while a worker has the ledger; OSError.
    """
    lock = FileLock(lock_of(copy.ledger), str(copy.ledger))
    if not lock.acquire():
        holder = lock.holder()
        raise Unable("restore-while-working", holder=f"{holder.pid}, {holder.host}" if holder else "?")
    try:
        return _exchange(copy, now)
    finally:
        lock.release()


def _exchange(copy: Copy, now: dt.datetime) -> Path | None:
    folder, note = copy.ledger.parent, restoring_of(copy.ledger)
    private.replace(note, b"")
    private.sync(folder)
    aside = _moved_aside(copy.ledger, now)
    copy.unpacked.replace(copy.ledger)
    private.sync(folder)
    note.unlink()
    private.sync(folder)
    return aside


def _moved_aside(ledger: Path, now: dt.datetime) -> Path | None:
    """Where the ledger's files are now; None where there were none."""
    names = [f"{ledger.name}{beside}" for beside in ("", *BESIDE)]
    there = [ledger.with_name(name) for name in names if private.is_there(ledger.with_name(name))]
    if not there:
        return None
    aside = _new_folder(ledger.parent, now)
    for path in there:
        path.rename(aside / path.name)
    private.sync(aside)
    return aside


def _new_folder(folder: Path, now: dt.datetime) -> Path:
    """Named by the time, and by a number where that is taken."""
    for number in count(1):
        more = f"-{number}" if number > 1 else ""
        made = folder / f"replaced-{now:%Y-%m-%dT%H-%M-%SZ}{more}"
        if not private.is_there(made):
            private.prepare(made)
            return made
    raise AssertionError  # the numbers do not end
