"""The pictures of one page, as its accounts get them."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from pathlib import Path

from campaign_bot import files
from campaign_bot.files import PictureError
from campaign_bot.model import Account, ImageFile, Picture, Rendered

ROOM = 50_000_000
"""Bytes of pictures that a page may have as they go out."""


class Gallery:
    """Pictures as data URIs: as they go out, byte for byte, each once and while there is room; else small.

    ``room`` is in bytes.
    """

    def __init__(self, root: Path, room: int = ROOM) -> None:
        self._root = root
        self._room = room
        self._whole: set[bytes] = set()
        self._small: dict[str, str] = {}

    def pictures(self, rendered: Rendered, account: Account) -> tuple[tuple[str, str], ...]:
        """Pairs of data URI and alt text. What cannot be read is left out: ``check`` tells of it."""
        found = []
        for picture in rendered.images:
            try:
                found.append((self._address(picture, account), picture.alt))
            except PictureError:
                continue
        return tuple(found)

    def _address(self, picture: Picture, account: Account) -> str:
        if self._room:
            image = files.picture(self._root, picture, account.rules)
            digest = hashlib.sha256(image.data).digest()
            if digest not in self._whole and len(image.data) <= self._room:
                self._whole.add(digest)
                self._room -= len(image.data)
                return _uri(image)
        if picture.file not in self._small:
            self._small[picture.file] = _uri(self._copy(picture, account))
        return self._small[picture.file]

    def _copy(self, picture: Picture, account: Account) -> ImageFile:
        """Made as for a platform that takes little."""
        little = {"image_formats": ("JPEG",), "image_pixels": 640 * 480, "image_bytes": 100_000}
        return files.picture(self._root, picture, dataclasses.replace(account.rules, **little))  # type: ignore[arg-type]


def _uri(image: ImageFile) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode('ascii')}"
