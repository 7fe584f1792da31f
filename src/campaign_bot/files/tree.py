"""The campaign folder as the disk has it: one walk, and careful reading of text files.

Nothing but a regular file is ever opened (a FIFO would hang), no link is followed out of ``config/`` and
``posts/`` (what lies beside them may be the operator's: ``.env``, ``var/``), and none to a folder at all.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from campaign_bot.files.words import CONTROL
from campaign_bot.model import Problem
from campaign_bot.names import nfc

TOPS = ("config", "posts")
MOST_BYTES = 250_000  # of a text file: a post is a few lines, and 250 kB is a book

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Kind(Enum):
    """What stands at a path. The value of a bad one is the code of its Problem."""

    FILE = "file"
    FOLDER = "folder"
    SPECIAL = "special-file"  # a FIFO, a socket, a device
    OUTSIDE = "link-outside"
    LINKED_FOLDER = "link-to-folder"
    DANGLING = "link-broken"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the folder; ``path`` is relative to the root, with ``/``, and NFC.

    ``disk`` is the same path as the disk spells it: the one to open it by. ``ctime_ns`` is when the file, or
    what the disk says of it, last changed.
    """

    path: str
    kind: Kind
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    disk: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1]  # noqa: PTH122 - a hot loop

    @property
    def shown(self) -> str:
        return printable(self.path)


Look = tuple[int, int, int]
"""What tells that a file has changed without reading it: its bytes, and the times (ns) at which its contents,
and what the disk says of it, changed last. No inode: some network folders make up another one each time."""

NOTHING: Look = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tree:
    """What the folder's files looked like, by the disk's spelling. Two are compared with ``==``.

    ``spelled``: path → how the disk spells it, where that differs.
    """

    files: Mapping[str, Look]
    spelled: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Tree:
        """Look at every file under ``config/`` and ``posts/``, without opening one.

        A worker does it every two seconds: a loop without anything that could be left out.
        """
        base = os.path.realpath(root)
        files: dict[str, Look] = {}
        waiting = []
        for top in filter(lambda top: os.path.lexists(f"{base}/{top}"), TOPS):
            if os.path.islink(f"{base}/{top}"):  # noqa: PTH114 - it may lead to all of the disk
                files[top] = NOTHING
            else:
                waiting.append(top)
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(f"{base}/{folder}") as found:
                    for item in found:
                        if item.is_dir(follow_symlinks=False):
                            waiting.append(f"{folder}/{item.name}")
                        else:
                            files[f"{folder}/{item.name}"] = _look_at(base, item)
            except OSError:  # no folder, or none that may be read
                files[folder] = NOTHING
        others = {nfc(disk): disk for disk in sorted(disk for disk in files if not disk.isascii())}
        return cls(files, {path: disk for path, disk in others.items() if path not in files})

    def changes(self, other: Tree) -> frozenset[str]:
        """The paths of the files that are not the same in both."""
        if self.files == other.files:
            return frozenset()
        return frozenset(nfc(disk) for disk, _look in self.files.items() ^ other.files.items())

    def look(self, path: str) -> Look | None:
        """What a file looked like; None where there was none."""
        return self.files.get(self.spelled.get(path, path))

    def has_still(self, root: Path, path: str) -> bool:
        """Whether the file is as it was, or still not there, as far as the disk tells."""
        return self.look(path) == _look(f"{root}/{self.spelled.get(path, path)}")


def printable(path: str) -> str:
    """A path that can be shown and stored, whatever bytes the disk has in it."""
    if path.isascii() and path.isprintable():
        return path
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def walk(root: Path) -> Iterator[Entry]:
    """Everything below ``config/`` and ``posts/``, each folder before what is in it, names in order.

    Of two names that differ only in their form, the composed one comes first.
    """
    base = os.path.realpath(root)
    try:
        with os.scandir(base) as found:
            tops = [item for item in found if item.name in TOPS]
    except OSError:
        return
    waiting = sorted(tops, key=_by_name, reverse=True)
    while waiting:
        item = waiting.pop()
        entry = _entry(base, item)
        if entry.kind is Kind.FOLDER:
            try:
                with os.scandir(item.path) as found:
                    waiting += sorted(found, key=_by_name, reverse=True)
            except OSError:
                entry = Entry(entry.path, Kind.UNREADABLE, disk=entry.disk)
        yield entry


def _by_name(item: os.DirEntry[str]) -> tuple[str, bool]:
    known = nfc(item.name)
    return known, known != item.name


def _entry(base: str, item: os.DirEntry[str]) -> Entry:
    disk = item.path[len(base) :].lstrip(os.sep).replace(os.sep, "/")
    try:
        if item.is_symlink():
            return _linked(base, disk, item.path)
        status = item.stat(follow_symlinks=False)
    except OSError:
        return _seen(disk, Kind.UNREADABLE)
    return _seen(disk, _kind(status.st_mode), status)


def _linked(base: str, disk: str, full: str) -> Entry:
    """What a link leads to, when that is a file of this very folder."""
    target = os.path.realpath(full)
    if os.path.commonpath([base, target]) != base:
        return _seen(disk, Kind.OUTSIDE)
    try:
        status = os.stat(target)  # noqa: PTH116 - a hot loop
    except OSError:
        return _seen(disk, Kind.DANGLING)
    kind = _kind(status.st_mode)
    if kind is Kind.FOLDER:
        return _seen(disk, Kind.LINKED_FOLDER, status)
    if not target.startswith(tuple(f"{base}/{top}/" for top in TOPS)):
        return _seen(disk, Kind.OUTSIDE)
    return _seen(disk, kind, status)


def _seen(disk: str, kind: Kind, status: os.stat_result | None = None) -> Entry:
    look = NOTHING if status is None else _look_of(status)
    return Entry(nfc(disk), kind, *look, disk)


def _look_at(base: str, item: os.DirEntry[str]) -> Look:
    try:
        if not item.is_symlink():
            return _look_of(item.stat(follow_symlinks=False))
    except OSError:
        return NOTHING
    entry = _entry(base, item)
    return entry.size, entry.mtime_ns, entry.ctime_ns


def _look_of(status: os.stat_result) -> Look:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _look(path: str) -> Look | None:
    try:
        return _look_of(os.stat(path))  # noqa: PTH116 - before every call: a Path takes longer to make
    except OSError:
        return None


def on_disk(base: Path | str, path: str) -> str:
    """The path below ``base`` as the disk spells it; as it is where there is no such file."""
    if path.isascii() or os.path.lexists(f"{base}/{path}"):
        return path
    spelled = str(base)
    for name in path.split("/"):
        spelled = f"{spelled}/{_spelled(spelled, name)}"
    return spelled.removeprefix(f"{base}/")


def _spelled(folder: str, name: str) -> str:
    try:
        with os.scandir(folder) as found:
            return next((item.name for item in found if nfc(item.name) == nfc(name)), name)
    except OSError:
        return name


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.SPECIAL


def read_bytes(root: Path | str, entry: Entry, most: int) -> bytes | Problem:
    """A regular file's bytes, or what stands in the way."""
    if entry.kind is Kind.FOLDER:
        return problem(entry, "is-a-folder")
    if entry.kind is not Kind.FILE:
        return problem(entry, entry.kind.value)
    if entry.size > most:
        return problem(entry, "file-too-large", size=entry.size, limit=most)
    try:
        handle = os.open(f"{root}/{entry.disk}", _FLAGS)
        try:
            data = os.read(handle, most + 1)
            while len(data) < entry.size and (more := os.read(handle, most)):
                data += more
        finally:
            os.close(handle)
    except OSError:
        return problem(entry, "unreadable")
    return data if len(data) <= most else problem(entry, "file-too-large", size=len(data), limit=most)


def without_controls(text: str, file: str) -> tuple[str, Problem | None]:
    """A text that any reader takes, and a Problem for the first control character that was in it."""
    found = CONTROL.search(text)
    if found is None:
        return text, None
    at = found.start()
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), Problem(
        file, line, column, "", "control-character"
    )


def read_text(root: Path | str, entry: Entry) -> str | Problem:
    """A text file: UTF-8 with or without BOM; CRLF comes out as LF."""
    data = read_bytes(root, entry, MOST_BYTES)
    if isinstance(data, Problem):
        return data
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(entry, data, error.start)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.strip() else problem(entry, "empty-file")


def problem(entry: Entry, code: str, **params: object) -> Problem:
    return Problem(entry.shown, 1, 1, "", code, params=params)


def _not_utf8(entry: Entry, data: bytes, start: int) -> Problem:
    line_start = data.rfind(b"\n", 0, start) + 1
    column = len(data[line_start:start].decode("utf-8", "replace")) + 1
    return Problem(entry.shown, data.count(b"\n", 0, start) + 1, column, "", "not-utf8")
