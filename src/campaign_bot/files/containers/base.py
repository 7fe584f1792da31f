"""What a walk through a picture's file finds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

MOST_PIECES = 20_000
"""Segments, chunks or blocks of one file: more than any honest one has, and walked in no time."""


class NotSound(ValueError):
    """This is no picture, or a broken one. ``kind`` names it where it is one that nobody takes (``HEIC``)."""

    def __init__(self, kind: str = "") -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Container:
    """A picture's file, walked. ``format`` is Pillow's name; the size is in pixels, as stored (not upright).

    ``lean`` has no metadata and no colour profile, which is in ``profile``; of several pictures it has the
    first, but of a GIF all. ``told`` is the metadata that is not EXIF: XMP, IPTC, comments.
    """

    format: str
    width: int
    height: int
    lean: bytes
    profile: bytes = b""
    exif: bytes = b""
    told: bytes = b""
    moves: bool = False
    for_print: bool = False  # in a printer's four colours
    in_passes: bool = False  # a JPEG of which no part is ready before the whole file is read
    weight: int = 0  # bytes of ``lean``, also where that is not kept

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def outline(self) -> Container:
        """The same without its contents, to be remembered."""
        return dataclasses.replace(self, lean=b"", profile=b"", exif=b"", told=b"")
