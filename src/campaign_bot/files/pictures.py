"""Pictures: what a platform gets of one, and what staff should know of them before."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from campaign_bot.files import drawing, fitted, metadata
from campaign_bot.files.containers import Container, NotSound, walk
from campaign_bot.files.fitted import Frame, Made
from campaign_bot.files.media import MOST_BYTES, PictureError, inside, read
from campaign_bot.files.metadata import Metadata
from campaign_bot.files.tree import Entry, Kind
from campaign_bot.files.words import did_you_mean, shown
from campaign_bot.model import Account, ImageFile, Picture, Post, Problem, Rules, Severity

MOST_KEPT = 32_000_000
"""Bytes of made pictures that are kept in memory: several accounts get the same ones, one after the other."""

_drawing = threading.Lock()
"""One picture is decoded at a time: each may take hundreds of megabytes."""


def picture(root: Path, picture: Picture, rules: Rules) -> ImageFile:
    """What a platform with these ``rules`` gets of a picture. Raises PictureError."""
    data = read(root, picture.file)
    with _drawing:
        made = _shelf.made(data, Frame.of(rules), picture.file)
    return ImageFile(picture.file, made.data, made.media_type, made.width, made.height, picture.alt)


class _Shelf:
    """Made pictures by what they were made of; those that were asked for longest ago go first."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[bytes, Frame], Made] = OrderedDict()

    def made(self, data: bytes, frame: Frame, file: str) -> Made:
        key = hashlib.sha256(data).digest(), frame
        if key not in self._made:
            self._made[key] = _make(data, frame, file)
        self._made.move_to_end(key)
        made = self._made[key]
        while len(self._made) > 1 and sum(len(one.data) for one in self._made.values()) > MOST_KEPT:
            self._made.popitem(last=False)
        return made


_shelf = _Shelf()


def _make(data: bytes, frame: Frame, file: str) -> Made:
    try:
        container = walk(data)
        if _too_large(container):
            raise PictureError("picture-too-many-pixels", file)
        return fitted.make(container, metadata.read(container), frame)
    except NotSound as error:
        raise PictureError("unreadable-picture", file) from error


def _too_large(container: Container) -> bool:
    return container.pixels > _most_pixels(container)


def _most_pixels(container: Container) -> int:
    """A JPEG can be decoded at a part of its size; of any other the whole would have to be, and of one in
    several passes (a progressive one) the decoder keeps the whole too."""
    in_parts = container.format == "JPEG" and not container.in_passes
    return drawing.MOST_PIXELS if in_parts else fitted.MOST_PIXELS


# ---------------------------------------------------------------- what staff are told


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture's file is, without its contents; or of which other ``kind``, such as ``HEIC``."""

    container: Container | None
    metadata: Metadata = field(default_factory=Metadata)
    kind: str = ""


@lru_cache(maxsize=4096)
def _facts_of(root: Path, file: str, size: int, mtime_ns: int) -> Facts:
    """``size`` and ``mtime_ns`` make it a new question when the file has changed. Raises PictureError."""
    del size, mtime_ns
    try:
        container = walk(read(root, file))
        if not _too_large(container):
            with _drawing:
                fitted.try_out(container)
    except NotSound as error:
        return Facts(None, kind=error.kind)
    return Facts(container.outline(), metadata.read(container))


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
        try:
            facts = self._facts(file)
        except PictureError as error:
            more: dict[str, Any] = {"limit": MOST_BYTES}
            if error.code == "missing-picture":
                more = dict(did_you_mean(inside(file) or "", self._names()))
            yield post.source.problem(error.code, field, file=shown(file), **more)
            return
        rules = {account.platform: account.rules for account in accounts}.values()
        for code, severity, params in _remarks(facts, rules):
            yield post.source.problem(code, field, severity=severity, file=shown(file), **params)

    def _facts(self, file: str) -> Facts:
        """Raises PictureError."""
        path = inside(file)
        entry = self._entries.get(f"posts/{path}")
        if path is None or (entry is not None and entry.kind is Kind.OUTSIDE):
            raise PictureError("picture-outside", file)
        if entry is None:
            raise PictureError("missing-picture", file)
        if entry.kind is not Kind.FILE or entry.size == 0:
            raise PictureError("unreadable-picture", file)
        return _facts_of(self._root, file, entry.size, entry.mtime_ns)

    def _names(self) -> list[str]:
        return [
            path.removeprefix("posts/") for path, entry in self._entries.items() if _pictured(path, entry)
        ]


def _pictured(path: str, entry: Entry) -> bool:
    return entry.kind is Kind.FILE and path.startswith("posts/") and not path.endswith((".md", ".yaml"))


Remark = tuple[str, Severity, dict[str, Any]]


def _remarks(facts: Facts, rules: Iterable[Rules]) -> Iterator[Remark]:
    """What is to be said of a picture's file: code, severity, parameters."""
    container = facts.container
    if container is None:
        code = "picture-format" if facts.kind else "unreadable-picture"
        yield code, Severity.ERROR, {"format": facts.kind} if facts.kind else {}
    elif _too_large(container):
        found = {
            "width": container.width,
            "height": container.height,
            "limit": _most_pixels(container) // 1_000_000,
        }
        yield "picture-too-many-pixels", Severity.ERROR, found
    else:
        for one in rules:
            for code, params in _fitting(container, facts.metadata, one):
                yield code, Severity.WARNING, {"platform": one.platform, **params}
        if facts.metadata.place:
            yield "picture-place", Severity.WARNING, {}
        if facts.metadata.person:
            yield "picture-person", Severity.WARNING, {}


def _fitting(container: Container, known: Metadata, rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    """How a platform gets it otherwise than it is."""
    frame = Frame.of(rules)
    if fitted.stays(container, known, frame):
        return
    before = fitted.upright((container.width, container.height), known)
    after = fitted.size(container, known, frame)
    if container.moves:
        yield "picture-stands-still", {}
    if after != before:
        sizes = {"width": before[0], "height": before[1], "new_width": after[0], "new_height": after[1]}
        yield "picture-smaller", sizes
    elif container.weight > frame.bytes:
        yield "picture-compressed", {"size": container.weight, "limit": frame.bytes}
    elif container.format not in frame.formats and not container.moves:
        yield "picture-converted", {"format": container.format}
