"""Pictures: found under ``posts/``, never outside of it; sound, and such as the platforms take."""

from __future__ import annotations

import io
import os
import posixpath
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from campaign_bot.files.tree import Entry, Kind, on_disk
from campaign_bot.files.words import did_you_mean, shown
from campaign_bot.model import Account, ImageFile, Picture, Post, Problem

MOST_BYTES = 50_000_000  # no platform takes a larger one; not even opened
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


class PictureError(Exception):
    """A picture cannot be read: ``code`` is that of the Problem."""

    def __init__(self, code: str, file: str) -> None:
        super().__init__(f"{code}: {file}")
        self.code = code
        self.file = file


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture's file is: Pillow's name of its format, and its size in pixels."""

    format: str
    width: int
    height: int


def picture(root: Path, picture: Picture) -> ImageFile:
    """Read a picture for publishing. Raises PictureError."""
    inner = inside(picture.file)
    base = os.path.realpath(root / "posts")
    path = Path(os.path.realpath(f"{base}/{on_disk(base, inner or '')}"))
    if inner is None or not path.is_relative_to(base):
        raise PictureError("picture-outside", picture.file)
    if not path.is_file():
        raise PictureError("missing-picture", picture.file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError("unreadable-picture", picture.file) from error
    facts = _facts(data)
    if facts is None or facts.format not in MEDIA_TYPES:
        raise PictureError("unreadable-picture", picture.file)
    return ImageFile(picture.file, data, MEDIA_TYPES[facts.format], facts.width, facts.height, picture.alt)


def inside(file: str) -> str | None:
    """The path below ``posts/`` that a picture's name leads to; None when it leads out."""
    path = posixpath.normpath(file.replace("\\", "/"))
    if path.startswith(("/", "~", "../")) or path in (".", "..") or path[1:2] == ":" or "\0" in path:
        return None
    return path


def _facts(data: bytes) -> Facts | None:
    """What Pillow says of a picture, all of which can be decoded; None when it is no sound picture."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a size that would fill the memory
            with Image.open(io.BytesIO(data)) as image:
                facts = Facts(image.format or "", image.width, image.height)
                if image.format == "PNG":
                    image.verify()  # its checksums say enough
                else:
                    image.draft("L", (1, 1))  # a JPEG decodes at an eighth
                    image.load()
                return facts
    except Exception:  # noqa: BLE001 - a broken picture makes Pillow raise nearly anything
        return None


@lru_cache(maxsize=4096)
def _facts_of(path: str, size: int, mtime_ns: int) -> Facts | None:
    """``size`` and ``mtime_ns`` make it a new question when the file has changed."""
    del size, mtime_ns
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    return _facts(data)


class Album:
    """Checks the pictures of many posts; each file is looked at once."""

    def __init__(self, root: Path, entries: Mapping[str, Entry]) -> None:
        self._root = root
        self._entries = entries

    def check(self, post: Post, accounts: Iterable[Account]) -> Iterator[Problem]:
        """Problems of one post's pictures, for the accounts it goes to."""
        accounts = list(accounts)
        for index, image in enumerate(post.images):
            field = f"images.{index}.file"
            for file in dict.fromkeys(image.file.values()):
                speaking = [a for a in accounts if any(image.file.get(code) == file for code in a.languages)]
                yield from self._check_file(post, file, field, speaking)
        for account in accounts:
            if len(post.images) > account.rules.images:
                yield post.source.problem(
                    "too-many-pictures",
                    "images",
                    count=len(post.images),
                    limit=account.rules.images,
                    platform=account.platform,
                )

    def _check_file(self, post: Post, file: str, field: str, accounts: list[Account]) -> Iterator[Problem]:
        def problem(code: str, **params: Any) -> Problem:
            return post.source.problem(code, field, file=shown(file), **params)

        path = inside(file)
        entry = self._entries.get(f"posts/{path}")
        if path is None or (entry is not None and entry.kind is Kind.OUTSIDE):
            yield problem("picture-outside")
        elif entry is None:
            yield problem("missing-picture", **did_you_mean(path, self._names()))
        elif entry.kind is not Kind.FILE or entry.size == 0:
            yield problem("unreadable-picture")
        elif entry.size > MOST_BYTES:
            yield problem("picture-too-large", size=entry.size, limit=MOST_BYTES, platform="")
        else:
            yield from self._check_facts(entry, accounts, problem)

    def _check_facts(self, entry: Entry, accounts: list[Account], problem: Any) -> Iterator[Problem]:
        facts = _facts_of(f"{self._root}/{entry.disk}", entry.size, entry.mtime_ns)
        if facts is None:
            yield problem("unreadable-picture")
            return
        for rules in {account.platform: account.rules for account in accounts}.values():
            if entry.size > rules.image_bytes:
                params = {"size": entry.size, "limit": rules.image_bytes, "platform": rules.platform}
                yield problem("picture-too-large", **params)
            if facts.format not in rules.image_formats:
                formats = ", ".join(rules.image_formats)
                yield problem("picture-format", format=facts.format, formats=formats, platform=rules.platform)

    def _names(self) -> list[str]:
        return [
            path.removeprefix("posts/") for path, entry in self._entries.items() if _pictured(path, entry)
        ]


def _pictured(path: str, entry: Entry) -> bool:
    return entry.kind is Kind.FILE and path.startswith("posts/") and not path.endswith((".md", ".yaml"))
