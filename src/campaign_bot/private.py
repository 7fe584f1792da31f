"""Files that are the operator's alone: a folder of mode 0700 and in it files of 0600, whatever the umask.

What lies there is ours and a file: no link is followed, nothing is opened that could be waited for, and a new
file has a name that nobody can guess before it takes its place. What is found with wider modes gets narrower
ones. Where root works for somebody else, what it makes belongs to the folder's owner.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from campaign_bot.i18n import _
from campaign_bot.i18n.sentences import Unable

log = logging.getLogger(__name__)

FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077
"""What anybody but the owner may do, in a mode."""

SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""No link is followed, no pipe waited for, and no other program gets it."""

STALE = 3600.0
"""Seconds after which a new file that never took its place is a dead process's."""

Status = os.stat_result

_said: set[Path] = set()
"""Folders of which this process has said that nobody can be kept out."""


# ---------------------------------------------------------------- the folder


def prepare(folder: Path) -> None:
    """Make the folder, or see that it and all in it are the owner's alone; says so where they were not.

    Raises Unable for a link, for what is not a folder, and for somebody else's.
    """
    made = _made(folder)
    status = _status_of_folder(folder)
    if made:
        folder.chmod(FOLDER)  # the umask may have taken away even what the owner needs
        _give(folder, folder.parent.stat())
        return
    was_open = bool(status.st_mode & OTHERS)
    if was_open:
        _narrow(folder, status)
    for path in _below(folder):
        with suppress(FileNotFoundError):  # a worker is at work there
            _narrow(path, path.lstat())
            if _is_stale(path):
                path.unlink()
    if was_open:
        _say(folder)


def check_folder(folder: Path) -> None:
    """Raises as ``prepare`` does, but changes nothing; a folder that is not there is well."""
    with suppress(FileNotFoundError):
        _status_of_folder(folder)


def _made(folder: Path) -> bool:
    """Whether it had to be made. OSError."""
    try:
        folder.mkdir(FOLDER, parents=True)
    except FileExistsError:
        return False
    return True


def _status_of_folder(folder: Path) -> Status:
    status = folder.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise Unable("folder-is-link", folder=folder)
    if not stat.S_ISDIR(status.st_mode):
        raise Unable("folder-is-file", folder=folder)
    if os.geteuid() not in (0, status.st_uid):
        raise Unable("folder-not-ours", folder=folder)
    if status.st_mode & stat.S_ISVTX:  # as /tmp: everybody is meant to use it
        raise Unable("folder-shared", folder=folder)
    return status


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):  # follows no links
        yield from (Path(parent, name) for name in (*folders, *files))


def _narrow(path: Path, status: Status) -> None:
    """By its path: a ledger that this process opened and closed once more would lose its locks."""
    if not stat.S_ISLNK(status.st_mode) and status.st_mode & OTHERS:
        with suppress(
            OSError
        ):  # root's, or a disk that is read-only: the folder keeps others out, or says so
            path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)


def _is_stale(path: Path) -> bool:
    if not (path.name.startswith(".") and path.name.endswith(".new")):
        return False
    return time.time() - path.lstat().st_mtime > STALE


def _say(folder: Path) -> None:
    if not folder.stat().st_mode & OTHERS:
        words = _("Other users of this machine could read what is in {folder}. Now only its owner can.")
        log.warning("%s", words.format(folder=folder))
    elif folder not in _said:
        _said.add(folder)
        words = _("The file system keeps no permissions: all users of this machine can read {folder}.")
        log.info("%s", words.format(folder=folder))


# ---------------------------------------------------------------- its files


def is_there(path: Path) -> bool:
    """Whether anything lies there, even a link to nothing. OSError where nobody may look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def check_file(path: Path) -> None:
    """Raises Unable where something else than a file of ours lies there; nothing at all is well."""
    with suppress(FileNotFoundError):
        _must_be_ours(path, path.lstat())


def create(path: Path) -> None:
    """See that a file lies there which only its owner can use: an empty one where there was none.

    One that is there is not opened (see ``_narrow``). Raises Unable as ``check_file``; OSError.
    """
    try:
        os.close(made_file(path))
    except FileExistsError:
        check_file(path)
        _narrow(path, path.lstat())


def open_file(path: Path, flags: int) -> int:
    """A descriptor; the file is made where it has to be. Raises Unable as ``check_file``; OSError."""
    if flags & os.O_CREAT:
        create(path)
    check_file(path)
    descriptor = os.open(path, flags & ~os.O_CREAT | SAFELY)
    try:
        _must_be_ours(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read(path: Path, most: int) -> bytes:
    """A whole file of at most so many bytes. Unable as ``check_file``; OSError; ValueError if longer."""
    with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} is too long")
    return content


def replace(path: Path, content: bytes) -> None:
    """Whole or not at all. OSError."""
    new = temporary(path)
    try:
        with os.fdopen(made_file(new), "wb") as file:
            file.write(content)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def append(path: Path, content: bytes) -> None:
    """Raises Unable as ``check_file``; OSError."""
    with os.fdopen(open_file(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as file:
        file.write(content)


def temporary(path: Path) -> Path:
    """A name beside ``path`` that nobody can guess."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")


def new_file(path: Path) -> int:
    """A descriptor of a file that was not there, for its owner alone. FileExistsError; OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFELY, FILE)
    os.fchmod(descriptor, FILE)  # the umask may have taken away even what the owner needs
    return descriptor


def made_file(path: Path) -> int:
    """``new_file`` in a folder of ours, whose owner it belongs to."""
    descriptor = new_file(path)
    _give(descriptor, path.parent.stat())
    return descriptor


def sync(folder: Path) -> None:
    """What was renamed, made or deleted in it is on the disk when this ends. OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _must_be_ours(path: Path, status: Status) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise Unable("not-a-file", file=path)
    if status.st_uid not in trusted(path.parent):
        raise Unable("file-not-ours", file=path)


def trusted(folder: Path) -> frozenset[int]:
    """Whose files in a folder are used: this user's or root's; by root, also the folder's owner's."""
    me = os.geteuid()
    return frozenset({0, me} if me else {0, folder.stat().st_uid})


def _give(made: Path | int, folder: Status) -> None:
    """What root makes belongs to whom the folder belongs to."""
    if os.geteuid() == 0 and folder.st_uid != 0:
        os.chown(made, folder.st_uid, folder.st_gid)


# ---------------------------------------------------------------- who else may


def keeps_modes(folder: Path) -> bool:
    """Whether its file system keeps permissions at all, as far as can be told. Leaves nothing behind."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            return not os.fstat(probe.fileno()).st_mode & OTHERS
    except OSError:
        return True


def is_open(path: Path, bits: int = OTHERS) -> bool:
    """Whether others may do what ``bits`` say, where the file system could keep them from it."""
    try:
        is_wide = bool(path.lstat().st_mode & bits)
    except OSError:
        return False
    return is_wide and keeps_modes(path if path.is_dir() else path.parent)
