"""JPEG: segments until the end of the first picture. A phone's may have others behind it (``MPO``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from campaign_bot.files.containers.base import MOST_PIECES, Container, NotSound

MOST_SCANS = 100
"""Each makes the decoder go over the whole picture; a progressive one has about ten."""

BEGIN, END, SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF: the size
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})  # DHT, DAC, DQT, DRI
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JFIF, _ADOBE, _ICC = b"JFIF\0", b"Adobe", b"ICC_PROFILE\0"
_EXIF = b"Exif\0\0"


def walk(data: bytes) -> Container:
    kept = [data[:2]]
    told: list[bytes] = []
    profile: dict[int, bytes] = {}
    frames: list[bytes] = []
    in_passes = False
    exif = b""
    scans = 0
    for marker, piece in _segments(data):
        content = piece[4:]
        if marker in _FRAMES:
            frames.append(content)
            in_passes = in_passes or marker in _PROGRESSIVE
        if marker == SCAN:
            scans += 1
            in_passes = in_passes or scans > 1 or content[0] != (frames[0][5] if frames else 0)
        if marker in _FRAMES or marker in _TABLES or marker in (SCAN, END) or _is_needed(marker, content):
            kept.append(piece)
        elif marker == 0xE2 and content.startswith(_ICC):
            profile[content[12]] = content[14:]
        elif marker == 0xE1 and content.startswith(_EXIF):
            exif = exif or content[len(_EXIF) :]
        else:
            told.append(content)
    if len(frames) != 1 or not 0 < scans <= MOST_SCANS:
        raise NotSound
    whole = b"".join(profile[number] for number in sorted(profile))
    height, width, colours = int.from_bytes(frames[0][1:3]), int.from_bytes(frames[0][3:5]), frames[0][5]
    lean, rest = b"".join(kept), b"\n".join(told)
    return Container(
        "JPEG", width, height, lean, whole, exif, rest, for_print=colours == 4, in_passes=in_passes
    )


def _is_needed(marker: int, content: bytes) -> bool:
    """What says how the colours are stored. A JFIF segment that is longer has a small picture in it."""
    if marker == 0xE0:
        return content.startswith(_JFIF) and len(content) == 14
    return marker == 0xEE and content.startswith(_ADOBE) and len(content) == 12


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and whole segment; that of a scan has the scan in it. Ends with the picture's end."""
    at = 2
    for _ in range(MOST_PIECES):
        if data[at] != 0xFF:
            raise NotSound
        while data[at + 1] == 0xFF:  # they may be filled up
            at += 1
        marker = data[at + 1]
        if marker == END:
            yield marker, data[at : at + 2]
            return
        end = at + 2 if marker in _ALONE else at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == SCAN:
            following = _NEXT.search(data, end)
            end = following.start() if following else len(data)
        if end >= len(data):
            break
        if marker not in _ALONE:
            yield marker, data[at:end]
        at = end
    raise NotSound
