"""PNG: chunks, each with a checksum. An animated one shows its first picture to who knows no animation."""

from __future__ import annotations

import zlib
from contextlib import suppress

from campaign_bot.files.containers.base import MOST_PIECES, Container, NotSound

MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_PROFILE = 4_000_000
"""Bytes: those for printers have half as many."""
MOST_TOLD = 4_000_000
"""Bytes of all texts together, unpacked."""
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ONCE = frozenset({b"IHDR", b"PLTE", b"tRNS"})
_TOLD = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_EXIF = b"Exif\0\0"


def walk(data: bytes) -> Container:
    kept = [MAGIC]
    told: list[bytes] = []
    room = MOST_TOLD
    seen: dict[bytes, bytes] = {}
    at = len(MAGIC)
    for _ in range(MOST_PIECES):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        piece = data[at : at + size + 12]
        content = piece[8:-4]
        if len(piece) != size + 12 or zlib.crc32(piece[4:-4]) != int.from_bytes(piece[-4:]):
            raise NotSound
        if (not seen) != (kind == b"IHDR"):
            raise NotSound  # it stands first, and once
        if kind in _KEPT and not (kind in _ONCE and kind in seen):
            kept.append(piece)
        elif kind in _TOLD:
            told.append(_text(kind, content, room))
            room = max(1, room - len(told[-1]))
        seen.setdefault(kind, content)
        at += len(piece)
        if kind == b"IEND":
            break
    if b"IEND" not in seen or b"IDAT" not in seen:
        raise NotSound
    head, rest = seen[b"IHDR"], b"\n".join(told)
    return Container(
        "PNG",
        int.from_bytes(head[:4]),
        int.from_bytes(head[4:8]),
        b"".join(kept),
        _unpacked(seen.get(b"iCCP", b"").partition(b"\0")[2][1:], MOST_PROFILE),
        seen.get(b"eXIf") or rest.partition(_EXIF)[2],
        rest,
        moves=int.from_bytes(seen.get(b"acTL", b"")[:4]) > 1,
    )


def _text(kind: bytes, content: bytes, most: int) -> bytes:
    """Its name and its words, of packed ones ``most`` bytes; in hex where they are a *raw profile*: EXIF, XMP
    or IPTC, as older programs write it."""
    name, _, words = content.partition(b"\0")
    if kind == b"zTXt":
        words = _unpacked(words[1:], most)
    elif kind == b"iTXt" and words.startswith(b"\1"):
        words = _unpacked(words[2:].split(b"\0", 2)[-1], most)
    if name.startswith(b"Raw profile type"):
        with suppress(ValueError):
            words = bytes.fromhex("".join(words.decode("ascii").splitlines()[3:]))
    return name + b"\0" + words


def _unpacked(packed: bytes, most: int) -> bytes:
    with suppress(zlib.error):
        return zlib.decompressobj().decompress(packed, most)
    return b""
