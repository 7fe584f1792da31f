"""What a picture's metadata says: how it is to be turned, and whether it tells of a place or a person.

What it tells of them is not read out: whoever sees a Problem need not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaign_bot.files.containers import Container

_ORIENTATION, _GPS, _EXIF = 0x0112, 0x8825, 0x8769
_PLACES = frozenset({1, 2, 3, 4, 19, 20, 21, 22, 27, 28, 29})  # of the GPS tags: positions, areas
_PEOPLE = frozenset({0x013B, 0x8298, 0x9C9D, 0xA430, 0xA431, 0xA435})
"""Artist, Copyright, XPAuthor, CameraOwnerName, BodySerialNumber, LensSerialNumber."""
_PLACES_TOLD = (b"GPSLatitude", b"GPSLongitude", b"photoshop:City", b"Iptc4xmpCore:Location")
_PEOPLE_TOLD = (
    b"dc:creator",
    b"dc:rights",
    b"OwnerName",
    b"SerialNumber",
    b"Author\0",
    b"Copyright\0",
    b"Artist\0",
)
_IPTC_PLACES = tuple(b"\x1c\x02" + bytes([number, 0]) for number in (0x5A, 0x5C, 0x5F, 0x65))
_IPTC_PEOPLE = tuple(b"\x1c\x02" + bytes([number, 0]) for number in (0x50, 0x6E, 0x73, 0x74, 0x76, 0x7A))


@dataclass(frozen=True, slots=True)
class Metadata:
    """``orientation`` is EXIF's: 1 is upright, from 5 on width and height change places."""

    orientation: int = 1
    place: bool = False
    person: bool = False


def read(container: Container) -> Metadata:
    """Whatever the metadata is: one that cannot be read says nothing."""
    orientation, gps, tags = _exif(container.exif)
    told = container.told
    iptc = told if b"8BIM" in told else b""
    return Metadata(
        orientation if orientation in range(1, 9) else 1,
        bool(_PLACES & gps) or _has(told, _PLACES_TOLD) or _has(iptc, _IPTC_PLACES),
        bool(_PEOPLE & tags) or _has(told, _PEOPLE_TOLD) or _has(iptc, _IPTC_PEOPLE),
    )


def _has(told: bytes, signs: tuple[bytes, ...]) -> bool:
    return any(sign in told for sign in signs)


def _exif(data: bytes) -> tuple[Any, frozenset[int], frozenset[int]]:
    """The orientation, the GPS tags that say something, and all others that do."""
    if not data:
        return 1, frozenset(), frozenset()
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + data)
        gps, more = exif.get_ifd(_GPS), exif.get_ifd(_EXIF)
        return exif.get(_ORIENTATION, 1), _filled(gps), _filled(exif) | _filled(more)
    except Exception:  # noqa: BLE001 - broken metadata makes Pillow raise nearly anything
        return 1, frozenset(), frozenset()


def _filled(tags: Any) -> frozenset[int]:
    return frozenset(tag for tag, value in tags.items() if _says(value))


def _says(value: Any) -> bool:
    """Some cameras leave room for a name, and fill it with nothing."""
    return bool(value.strip(b"\0 ") if isinstance(value, bytes) else str(value).strip("\0 "))
