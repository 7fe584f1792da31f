"""What a picture's metadata says: how it is to be turned, and whether it tells of a place or a person.

What it tells of them is not read out: whoever sees a Problem need not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from campaign_bot.files.containers import Container

Order = Literal["little", "big"]

MOST_TAGS = 1000
_ORDERS: dict[bytes, Order] = {b"II": "little", b"MM": "big"}
_UNITS = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of a value's kind; all others have 1
_ORIENTATION, _GPS, _EXIF = 0x0112, 0x8825, 0x8769
_PLACES = frozenset({1, 2, 3, 4, 19, 20, 21, 22, 27, 28, 29})  # of the GPS tags: positions, areas
_PEOPLE = frozenset({0x013B, 0x8298, 0x9C9D, 0xA430, 0xA431, 0xA435})
"""Artist, Copyright, XPAuthor, CameraOwnerName, BodySerialNumber, LensSerialNumber."""
_PLACES_TOLD = (
    b"GPSLatitude",
    b"GPSLongitude",
    b"photoshop:City",
    b"Iptc4xmpCore:Location",
    b"LocationCreated",
    b"LocationShown",
)
_PEOPLE_TOLD = (
    b"dc:creator",
    b"dc:rights",
    b"OwnerName",
    b"SerialNumber",
    b"Author\0",
    b"Copyright\0",
    b"Artist\0",
    b"CreatorContactInfo",
    b"PersonInImage",
    b"PersonDisplayName",  # whose face is where, as Windows writes it
    b"mwg-rs:Name",  # as others do
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
    orientation, gps, tags = _exif(container.exif.removeprefix(b"Exif\0\0"))
    told = container.told
    iptc = told if b"8BIM" in told else b""
    return Metadata(
        orientation if orientation in range(1, 9) else 1,
        bool(_PLACES & gps) or _has(told, _PLACES_TOLD) or _has(iptc, _IPTC_PLACES),
        bool(_PEOPLE & tags) or _has(told, _PEOPLE_TOLD) or _has(iptc, _IPTC_PEOPLE),
    )


def _has(told: bytes, signs: tuple[bytes, ...]) -> bool:
    return any(sign in told for sign in signs)


def _exif(data: bytes) -> tuple[int, frozenset[int], frozenset[int]]:
    """The orientation, the GPS tags that say something, and all others that do."""
    order = _ORDERS.get(data[:2])
    if order is None:
        return 1, frozenset(), frozenset()
    first = _directory(data, order, int.from_bytes(data[4:8], order))
    more, gps = (
        _directory(data, order, int.from_bytes(first[tag], order)) if tag in first else {}
        for tag in (_EXIF, _GPS)
    )
    return int.from_bytes(first.get(_ORIENTATION, b"\1"), order), _filled(gps), _filled(first | more)


def _directory(data: bytes, order: Order, at: int) -> dict[int, bytes]:
    """Tag → how its value begins. Read here and not by Pillow, which would copy each value whole: there may
    be thousands that are the same megabytes."""
    found = {}
    for number in range(min(int.from_bytes(data[at : at + 2], order), MOST_TAGS)):
        entry = data[at + 2 + 12 * number : at + 14 + 12 * number]
        tag, kind, amount = (int.from_bytes(entry[a:b], order) for a, b in ((0, 2), (2, 4), (4, 8)))
        size = amount * _UNITS.get(kind, 1)
        start = int.from_bytes(entry[8:], order)
        found[tag] = entry[8 : 8 + size] if size <= 4 else data[start : start + min(size, 64)]
    return found


def _filled(tags: dict[int, bytes]) -> frozenset[int]:
    """Some cameras leave room for a name, and fill it with nothing."""
    return frozenset(tag for tag, value in tags.items() if value.strip(b"\0 "))
