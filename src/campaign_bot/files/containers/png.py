"""PNG: chunks, each with a checksum. An animated one shows its first picture to who knows no animation."""

from __future__ import annotations

import zlib

from campaign_bot.files.containers.base import MOST_PIECES, Container, NotSound

MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_PROFILE = 4_000_000
"""Bytes: those for printers have half as many."""
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ONCE = frozenset({b"IHDR", b"PLTE", b"tRNS"})
_TOLD = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def walk(data: bytes) -> Container:
    kept = [MAGIC]
    told: list[bytes] = []
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
            told.append(content)
        seen.setdefault(kind, content)
        at += len(piece)
        if kind == b"IEND":
            break
    if b"IEND" not in seen or b"IDAT" not in seen:
        raise NotSound
    head = seen[b"IHDR"]
    return Container(
        "PNG",
        int.from_bytes(head[:4]),
        int.from_bytes(head[4:8]),
        b"".join(kept),
        _profile(seen.get(b"iCCP", b"")),
        seen.get(b"eXIf", b""),
        b"\n".join(told),
        moves=int.from_bytes(seen.get(b"acTL", b"")[:4]) > 1,
    )


def _profile(packed: bytes) -> bytes:
    """A name, a zero, how it is packed, and the packed profile; one that would be huge is none."""
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed.partition(b"\0")[2][1:], MOST_PROFILE)
    except zlib.error:
        return b""
    return profile if unpacking.eof else b""
