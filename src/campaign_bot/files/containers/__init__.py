"""What a picture's file is made of: its outer form is walked, and nothing in it is decoded.

From the walk come the size, the metadata, and a *lean* file: the picture, and what is needed to show it. Only
lean files are given to Pillow, each to the one decoder of its format. So nothing leaves us of what a file may
hold besides (a second picture, a preview of what was cut away, bytes after the end), no decoder has to be
trusted with it, and each takes no longer than the picture needs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from campaign_bot.files.containers import gif, jpeg, png, webp
from campaign_bot.files.containers.base import Container, NotSound

__all__ = ["Container", "NotSound", "walk"]

_OTHERS = {
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"8BPS": "PSD",
    b"<svg": "SVG",
    b"\0\0\0\x0cjP": "JPEG 2000",
}
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF"}


def walk(data: bytes) -> Container:
    """Walk a PNG, JPEG, WebP or GIF. Raises NotSound for anything else, and for one that is cut off."""
    try:
        found = _walker(data)(data)
    except IndexError:
        raise NotSound from None  # it ends too early
    if not found.pixels:
        raise NotSound
    return dataclasses.replace(found, weight=len(found.lean))


def _walker(data: bytes) -> Callable[[bytes], Container]:
    if data.startswith(png.MAGIC):
        return png.walk
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.walk
    if data.startswith(gif.MAGICS):
        return gif.walk
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp.walk
    raise NotSound(_other(data))


def _other(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "")
    return next((name for magic, name in _OTHERS.items() if data.startswith(magic)), "")
