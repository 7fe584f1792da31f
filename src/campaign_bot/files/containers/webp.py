"""WebP: chunks in a RIFF file. Of an animated one, the first picture is kept.

Decoders go by what comes first: ``VP8X`` tells the size of all that follows; without it there is one picture
and nothing else. So a size that stands behind a picture means nothing.
"""

from __future__ import annotations

from campaign_bot.files.containers.base import MOST_PIECES, Container, NotSound

_KEPT = frozenset({b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"})
_EXIF, _XMP, _PROFILE = 0x08, 0x04, 0x20  # flags in VP8X: what else is in the file


def walk(data: bytes) -> Container:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise NotSound
    kept: list[bytes] = []
    seen: dict[bytes, bytes] = {}
    at = 12
    for _ in range(MOST_PIECES):
        if at + 8 > end:
            break
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        content = data[at + 8 : at + 8 + size]
        if len(content) != size:
            raise NotSound
        if kind in _KEPT and kind not in seen and (not kept or kept[0].startswith(b"VP8X")):
            kept.append(_chunk(kind, content))
        seen.setdefault(kind, content)
        at += 8 + size + size % 2
    else:
        raise NotSound
    whole = b"WEBP" + b"".join(kept)
    return Container(
        "WEBP",
        *_size(kept),
        b"RIFF" + len(whole).to_bytes(4, "little") + whole,
        seen.get(b"ICCP", b""),
        seen.get(b"EXIF", b""),
        seen.get(b"XMP ", b""),
        moves=b"ANMF" in seen,
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    if kind == b"VP8X":
        content = bytes([content[0] & ~(_EXIF | _XMP | _PROFILE)]) + content[1:]
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _size(kept: list[bytes]) -> tuple[int, int]:
    kind, head = (kept[0][:4], kept[0][8:]) if kept else (b"", b"")
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind != b"VP8 ":
        raise NotSound
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
