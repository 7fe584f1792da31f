"""Pictures as people have them: from phones, cameras and programs, with all that these write into a file."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

RED, BLUE = (220, 20, 30), (10, 40, 200)
NAME, SERIAL, PLACE = "Ana Testigo", "SN-4711-0815", "Tijuana Cruce Norte"
SAYINGS = (NAME, SERIAL, PLACE)


def drawn(size: tuple[int, int] = (120, 80), mode: str = "RGB") -> Image.Image:
    """Red, with a blue quarter at the top left: whoever turns it can see it."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """What compresses badly."""
    return Image.effect_noise(size, 90).convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """With a position, a name and a serial number."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = "Maker"
    made[0x013B] = NAME
    made.get_ifd(0x8769)[0xA431] = SERIAL
    made.get_ifd(0x8825).update(
        {1: "N", 2: (32.0, 32.0, 12.3), 3: "W", 4: (117.0, 1.0, 45.6), 27: PLACE.encode()}
    )
    return made


def xmp() -> bytes:
    return (
        f"<x:xmpmeta><dc:creator>{NAME}</dc:creator><exif:GPSLatitude>32,32.2N</exif:GPSLatitude>"
        f"<photoshop:City>{PLACE}</photoshop:City><aux:SerialNumber>{SERIAL}</aux:SerialNumber></x:xmpmeta>"
    ).encode()


def profile(kind: str = "sRGB") -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()  # type: ignore[arg-type]


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    """One of a PNG's."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def from_a_phone(orientation: int = 6, size: tuple[int, int] = (120, 80)) -> bytes:
    """A JPEG with everything: EXIF with a small picture, XMP, IPTC, a comment, a second picture, and more."""
    options: dict[str, Any] = {
        "exif": exif(orientation),
        "xmp": xmp(),
        "comment": NAME.encode(),
        "quality": 92,
    }
    two = saved(drawn(size), "MPO", save_all=True, append_images=[drawn((40, 30))], **options)
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", 30)
    iptc += b"\x1c\x02\x50" + struct.pack(">H", len(NAME)) + NAME.encode() + PLACE.encode()
    return two[:2] + segment(0xED, iptc) + segment(0xE5, SERIAL.encode()) + two[2:] + PLACE.encode()


def png_of_everything(orientation: int = 6) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", NAME)
    info.add_text("Comment", PLACE, zip=True)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    return saved(drawn(), "PNG", exif=exif(orientation), pnginfo=info, dpi=(72, 72)) + SERIAL.encode()


def webp_of_everything(orientation: int = 6) -> bytes:
    return saved(drawn(), "WEBP", exif=exif(orientation), xmp=xmp(), lossless=True)


def gif_of_everything(frames: int = 1) -> bytes:
    more = [Image.new("RGB", (120, 80), (0, 60 * number, 0)) for number in range(1, frames)]
    return saved(drawn(), "GIF", comment=NAME.encode(), save_all=True, append_images=more, loop=0)


KINDS: dict[str, Callable[[int], bytes]] = {
    "JPEG": from_a_phone,
    "PNG": png_of_everything,
    "WebP": webp_of_everything,
}
"""Each with an orientation, a place, a name and a serial number, wherever such a file may have them."""


# ---------------------------------------------------------------- what is in a file


def parts(data: bytes) -> set[str]:
    """The kinds of segments or chunks of a file, read by other code than the program's."""
    if data.startswith(b"\xff\xd8"):
        return set(_of_a_jpeg(data))
    if data.startswith(b"\x89PNG"):
        return set(_chunks(data, 8, ">I4s", 4))
    if data.startswith(b"RIFF"):
        return set(_chunks(data, 12, "<4sI", 0))
    return set()


def _of_a_jpeg(data: bytes) -> Iterator[str]:
    at = 2
    while data[at + 1] != 0xDA:
        length = struct.unpack_from(">H", data, at + 2)[0]
        yield f"{data[at + 1]:X}"
        at += 2 + length
    if data.count(b"\xff\xd8\xff") > 1:
        yield "another picture"
    if not data.endswith(b"\xff\xd9"):
        yield "something behind"


def _chunks(data: bytes, at: int, form: str, more: int) -> Iterator[str]:
    while at < len(data):
        first, second = struct.unpack_from(form, data, at)
        kind, size = (first, second) if isinstance(first, bytes) else (second, first)
        yield kind.decode("latin-1")
        at += 8 + size + (more or size % 2)


ALLOWED = {
    *("C0", "C2", "C4", "DA", "DB", "DD", "E0", "EE"),
    *("IHDR", "PLTE", "tRNS", "IDAT", "IEND", "iCCP"),
    *("VP8X", "VP8 ", "VP8L", "ALPH", "ICCP"),
}
"""All that may be in what goes out: pixels, how they are packed, and a colour profile (in a JPEG: E2)."""


def tells(data: bytes) -> list[str]:
    """What a file gives away: sayings and kinds of parts that are not allowed."""
    found = [saying for saying in SAYINGS if saying.encode() in data or saying.encode("utf-16-le") in data]
    found += [kind for kind in parts(data) if kind not in ALLOWED and kind != "E2"]
    if b"Exif" in data or b"http://ns.adobe.com" in data:
        found.append("metadata")
    with Image.open(io.BytesIO(data)) as image:
        if dict(image.getexif()) or getattr(image, "text", None):
            found.append("EXIF or text")
    return found


def huge_png(width: int, height: int) -> bytes:
    """Few bytes that are many pixels, and sound."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(line * min(100, height - at)) for at in range(0, height, 100))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", body + packer.flush())
        + chunk(b"IEND", b"")
    )
