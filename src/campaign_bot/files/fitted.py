"""What a platform gets of a picture: upright, in sRGB, without metadata, and within what the platform takes.

A picture that is so already goes out as it is stored, less its metadata: nothing is compressed twice. Any
other is drawn anew by Pillow. None is made larger. An animated GIF moves on where the platform shows that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from campaign_bot.files import drawing
from campaign_bot.files.containers import Container, NotSound
from campaign_bot.files.metadata import Metadata
from campaign_bot.model import Rules

if TYPE_CHECKING:
    from PIL.Image import Image

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
MOST_PIXELS = 40_000_000
"""What is held in memory at once: a larger JPEG is decoded at half its size."""

_QUALITIES = (90, 80, 70)
_TRIES = 20
_HOPELESS = 1.5  # so many times too many bytes: a lower quality does not help enough
_PIXELS_PER_BYTE = 4  # two bits for each, as JPEG takes at a good quality
_AS_WEBP = 8_000_000  # pixels: what can be seen through takes 40 bytes and a microsecond for each
_EASY, _EASY_PNG = 4_000_000, 250_000  # pixels that are decoded only to see that they can be
_LONGEST = 16_383  # pixels of a side of what is drawn anew: a WebP has no more, and a JPEG 65,500


@dataclass(frozen=True, slots=True)
class Frame:
    """What a platform takes: Pillow's names of formats, most pixels, most bytes, most pixels of a GIF."""

    formats: tuple[str, ...]
    pixels: int
    bytes: int
    gif_pixels: int

    @classmethod
    def of(cls, rules: Rules) -> Frame:
        pixels = min(rules.image_pixels or MOST_PIXELS, MOST_PIXELS)
        return cls(rules.image_formats, pixels, rules.image_bytes, rules.gif_pixels)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as it goes out; its size in pixels is that of what is seen."""

    data: bytes
    format: str
    width: int
    height: int

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


def size(container: Container, metadata: Metadata, frame: Frame) -> tuple[int, int]:
    """Width and height, upright, in which it is drawn: no more pixels than the frame has room for."""
    width, height = container.width, container.height
    if container.pixels > MOST_PIXELS:
        width, height = -(-width // 2), -(-height // 2)
    most = _most_pixels(container, frame)
    scale = min(1, math.sqrt(most / (width * height)), _LONGEST / max(width, height))
    return upright(_scaled((width, height), scale), metadata)


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _most_pixels(container: Container, frame: Frame) -> int:
    """One with too many bytes gets as many as a photograph may have in the bytes that are allowed."""
    heavy = container.weight > frame.bytes
    most = min(frame.pixels, frame.bytes * _PIXELS_PER_BYTE) if heavy else frame.pixels
    may_be_webp = container.format == "WEBP" or (heavy and container.format != "JPEG")
    return min(most, _AS_WEBP) if may_be_webp else most


def upright(stored: tuple[int, int], metadata: Metadata) -> tuple[int, int]:
    return (stored[1], stored[0]) if metadata.orientation >= 5 else stored


def stays(container: Container, metadata: Metadata, frame: Frame) -> bool:
    """Whether it goes out as it is stored, but for its metadata."""
    if container.format not in frame.formats or container.weight > frame.bytes:
        return False
    if container.format == "GIF":
        return container.pixels <= min(frame.gif_pixels, frame.pixels)
    as_seen = metadata.orientation == 1 and not container.profile and not container.for_print
    return as_seen and not container.moves and container.pixels <= frame.pixels


def make(container: Container, metadata: Metadata, frame: Frame) -> Made:
    """Raises NotSound for a picture that cannot be decoded."""
    if stays(container, metadata, frame):
        return Made(container.lean, container.format, container.width, container.height)
    with _sound():
        image, like_before = _decoded(container, size(container, Metadata(), frame))
        image = drawing.in_srgb(drawing.upright(image, metadata.orientation))
        return _within(image, container, frame, like_before)


def try_out(container: Container) -> None:
    """Raises NotSound where the picture cannot be decoded, as far as that is quickly seen.

    Of a large picture that has its end only the head is tried, and of a PNG sooner, whose checksums are right
    already: a campaign has many of them, and each command looks at all.
    """
    with _sound(), drawing.opened(container) as image:
        if container.pixels <= (_EASY_PNG if container.format == "PNG" else _EASY):
            image.draft("L", (1, 1))  # a JPEG decodes at an eighth
            image.load()


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except NotSound:
        raise
    except Exception as error:  # a broken picture makes Pillow raise nearly anything
        raise NotSound from error


def _decoded(container: Container, wanted: tuple[int, int]) -> tuple[Image, Mapping[str, Any]]:
    """The picture in ``wanted`` pixels, and how a JPEG is saved so that it loses nothing more."""
    large = container.pixels > MOST_PIXELS
    like_before: Mapping[str, Any] = {"quality": _QUALITIES[0]}
    with drawing.opened(container) as image:
        if container.format == "JPEG":
            half = (image.width // 2, image.height // 2) if large else image.size
            image.draft(None, (min(wanted[0], half[0]), min(wanted[1], half[1])))
            if image.size == wanted and not large and not container.for_print:
                like_before = drawing.like_before(image)
        image.load()
        drawing.forget(image, container.profile)
    return (image if image.size == wanted else drawing.resized(image, wanted)), like_before


def _within(image: Image, container: Container, frame: Frame, like_before: Mapping[str, Any]) -> Made:
    """The best that has no more bytes than the frame: first by its format and quality, then by its size."""
    data, kind = b"", ""
    options: Mapping[str, Any] = {}
    for kind, options in _ways(image, container, frame, like_before):
        if kind == "WEBP" and image.width * image.height > _AS_WEBP:
            scale = math.sqrt(_AS_WEBP / (image.width * image.height))
            image = drawing.resized(image, _scaled(image.size, scale))
        data = drawing.saved(image, kind, options)
        if len(data) <= frame.bytes:
            return Made(data, kind, *image.size)
        if kind != "PNG" and len(data) > _HOPELESS * frame.bytes:
            break
    for _ in range(_TRIES):
        scale = min(0.9, 0.95 * math.sqrt(frame.bytes / len(data)))
        image = drawing.resized(image, _scaled(image.size, scale))
        data = drawing.saved(image, kind, options)
        if len(data) <= frame.bytes:
            return Made(data, kind, *image.size)
    raise NotSound


def _ways(
    image: Image, container: Container, frame: Frame, like_before: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Formats, with how to save in them, from the most faithful to the smallest."""
    own = "PNG" if container.format == "GIF" else container.format
    likely = container.weight * image.width * image.height / container.pixels
    if own in frame.formats and likely <= frame.bytes:
        yield own, like_before
    small = [kind for kind in (drawing.small_format(image), "JPEG") if kind in frame.formats]
    kind = small[0] if small else frame.formats[0]
    yield from ((kind, {"quality": quality}) for quality in _QUALITIES)
