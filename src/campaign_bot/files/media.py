"""The one way in which a picture's file is opened: below ``posts/``, a regular file, and not too large."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Sequence
from pathlib import Path

from campaign_bot.files.tree import on_disk

MOST_BYTES = 50_000_000
"""No platform takes so much; a larger file is not even opened."""

_STEP = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _STEP | getattr(os, "O_DIRECTORY", 0)
_FILE = _STEP | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class PictureError(Exception):
    """A picture cannot be read: ``code`` is that of the Problem."""

    def __init__(self, code: str, file: str) -> None:
        super().__init__(f"{code}: {file}")
        self.code = code
        self.file = file


def inside(file: str) -> str | None:
    """The path below ``posts/`` that a picture's name leads to; None when it leads out."""
    path = posixpath.normpath(file.replace("\\", "/"))
    if path.startswith(("/", "~", "../")) or path in (".", "..") or path[1:2] == ":" or "\0" in path:
        return None
    if "://" in file:
        return None
    return path


def read(root: Path, file: str) -> bytes:
    """A picture's bytes; ``file`` is relative to ``posts/``. Raises PictureError.

    A link may lead to another place below ``posts/``. Where it leads is looked up first; then that way is
    gone step by step, and at none is a link followed: one that is put there meanwhile leads nowhere.
    """
    inner = inside(file)
    if inner is None:
        raise PictureError("picture-outside", file)
    try:
        base = os.path.realpath(root / "posts")
        place = Path(os.path.realpath(f"{base}/{on_disk(base, inner)}"))
        if not place.is_relative_to(base):
            raise PictureError("picture-outside", file)
        return _contents(_open(base, place.relative_to(base).parts), file)
    except (FileNotFoundError, NotADirectoryError):
        raise PictureError("missing-picture", file) from None
    except OSError as error:
        raise PictureError("unreadable-picture", file) from error


def _contents(handle: int, file: str) -> bytes:
    """What can be read there; closes ``handle``."""
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise PictureError("unreadable-picture", file)
    with os.fdopen(handle, "rb") as opened:
        data = opened.read(MOST_BYTES + 1) if status.st_size <= MOST_BYTES else None
    if data is None or len(data) > MOST_BYTES:
        raise PictureError("picture-too-large", file)
    return data


def _open(base: str, parts: Sequence[str]) -> int:
    """The file ``parts`` below ``base``, through folders that are held open."""
    folder = os.open(base, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1] if parts else ".", _FILE, dir_fd=folder)
    finally:
        os.close(folder)
