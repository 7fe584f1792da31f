"""GIF: blocks. Its comments are left out, its pictures are all kept."""

from __future__ import annotations

from campaign_bot.files.containers.base import MOST_PIECES, Container, NotSound

MAGICS = (b"GIF87a", b"GIF89a")
_END, _EXTENSION, _PICTURE = 0x3B, 0x21, 0x2C
_CONTROL = 0xF9
_REPEATS = (b"\xff\x0bNETSCAPE2.0", b"\xff\x0bANIMEXTS1.0")


def walk(data: bytes) -> Container:
    at = 13 + _table(data[10])
    kept = [data[:at]]
    told: list[bytes] = []
    pictures: list[tuple[int, int]] = []
    for _ in range(MOST_PIECES):
        kind = data[at] if at < len(data) else _END  # many lack their end
        if kind == _END:
            break
        if kind == _EXTENSION:
            end = _blocks(data, at + 2)
            piece = data[at:end]
            (kept if _is_needed(piece) else told).append(piece)
        elif kind == _PICTURE:
            left, top, width, height = (
                int.from_bytes(data[at + n : at + n + 2], "little") for n in (1, 3, 5, 7)
            )
            pictures.append((left + width, top + height))
            end = _blocks(data, at + 11 + _table(data[at + 9]))
            kept.append(data[at:end])
        else:
            raise NotSound
        at = end
    else:
        raise NotSound
    if not pictures:
        raise NotSound
    width, height = (int.from_bytes(data[n : n + 2], "little") for n in (6, 8))
    size = (max(width, pictures[0][0]), max(height, pictures[0][1]))
    lean = b"".join([*kept, bytes([_END])])
    return Container("GIF", *size, lean, told=b"\n".join(told), moves=len(pictures) > 1)


def _is_needed(piece: bytes) -> bool:
    """How long a picture stays, what of it is clear, and how often all is repeated; no more beside it."""
    if piece[1] == _CONTROL:
        return len(piece) == 8
    return piece[1:14] in _REPEATS and len(piece) == 19


def _table(flags: int) -> int:
    """The bytes of the table of colours that follows."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where the blocks end that begin at ``at``: each says its length, and an empty one is the last."""
    while length := data[at]:
        at += length + 1
    return at + 1
