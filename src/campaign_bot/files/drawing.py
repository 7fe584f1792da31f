"""Pillow, as far as pictures need it: opened, turned upright, brought to sRGB, resized and saved."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from campaign_bot.files.containers import Container

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MOST_PIXELS = 120_000_000
"""Of any picture that is opened: a JPEG, which can be decoded at a fraction of its size."""
_SINCE = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # a profile's date: 1 January 2000
_CHART = bytes(chain.from_iterable(product((0, 64, 128, 192, 255), repeat=3)))
_ALIKE = 3  # of 255: what nobody sees
_EXACT = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})  # as PNG saves them
_SCALED = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})


def opened(container: Container) -> ImageFile:
    """The lean file, by the decoder of its format and no other."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # it would only warn of what was allowed before
    return Image.open(io.BytesIO(container.lean), formats=(container.format,))


def forget(image: Image, profile: bytes) -> None:
    """All that was read beside the pixels, but for what they look like."""
    clear = image.info.get("transparency")
    image.info = {"icc_profile": profile}
    if clear is not None:
        image.info["transparency"] = clear


def like_before(image: ImageFile) -> Mapping[str, Any]:
    """How to save a JPEG so that it is compressed as it was, and loses next to nothing."""
    from PIL.JpegImagePlugin import get_sampling

    tables = getattr(image, "quantization", None)
    return {"qtables": tables, "subsampling": get_sampling(image), "optimize": True}


def upright(image: Image, orientation: int) -> Image:
    """EXIF's orientation, from 1 to 8, applied."""
    from PIL.Image import Transpose

    moves = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(moves[orientation]) if orientation in moves else image


def resized(image: Image, size: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    if image.mode not in _SCALED or "transparency" in image.info:
        image = _plain(image)
    return image.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def small_format(image: Image) -> str:
    """What a photograph is small in: JPEG, or WebP where something can be seen through."""
    return "WEBP" if _plain(image).mode == "RGBA" else "JPEG"


def saved(image: Image, kind: str, options: Mapping[str, Any]) -> bytes:
    """The file, with no metadata but our sRGB profile, if it had one."""
    if kind == "JPEG":
        image = _on_white(_plain(image))
    elif kind == "WEBP" or image.mode not in _EXACT:
        image = _plain(image)
    profile = None if image.mode in ("1", "L", "LA", "I;16") else image.info.get("icc_profile")
    out = io.BytesIO()
    speed = {"method": 2} if kind == "WEBP" else {}
    image.save(out, kind, **{**options, **speed, "icc_profile": profile})
    return out.getvalue()


def _plain(image: Image) -> Image:
    """In grey, RGB or, where something can be seen through, RGBA; 8 bits each."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = clear if clear.getchannel("A").getextrema()[0] != 255 else clear.convert("RGB")
        image.info.pop("transparency", None)
    if image.mode in ("1", "L"):
        return image.convert("L")
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _on_white(image: Image) -> Image:
    if image.mode != "RGBA":
        return image
    from PIL.Image import new

    paper = new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    paper.info = dict(image.info)
    return paper


# ---------------------------------------------------------------- colours


def in_srgb(image: Image) -> Image:
    """In sRGB, with our profile where it had any: its own may say whose camera or screen it was made for."""
    from PIL import ImageCms

    profile = image.info.pop("icc_profile", b"")
    if profile:
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
            pass  # broken, or another picture's: without a profile it is sRGB
    return image if image.mode in _EXACT else _plain(image)


def _converted(image: Image, profile: Any) -> Image:
    from PIL import ImageCms

    space = profile.profile.xcolor_space.strip()
    if space == "RGB" and image.mode != "CMYK" and _is_srgb(profile):
        image.info["icc_profile"] = _srgb_profile()
        return image
    plain = image if image.mode == "CMYK" else _plain(image)
    if (space == "CMYK") != (image.mode == "CMYK") or (space == "GRAY" and plain.mode != "L"):
        raise ValueError("another picture's profile")
    base = plain.convert({"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space])
    turned = ImageCms.profileToProfile(base, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert turned is not None  # noqa: S101 - it is only where the picture itself is changed
    if plain.mode == "RGBA":
        turned.putalpha(plain.getchannel("A"))
    turned.info = {"icc_profile": _srgb_profile()}
    return turned


def _is_srgb(profile: Any) -> bool:
    """By what it makes of some colours: linear ones are called sRGB too."""
    from PIL import Image, ImageCms

    chart = Image.frombytes("RGB", (len(_CHART) // 3, 1), _CHART)
    seen = ImageCms.profileToProfile(chart, profile, ImageCms.createProfile("sRGB"))
    assert seen is not None  # noqa: S101 - it is only where the picture itself is changed
    return all(abs(a - b) <= _ALIKE for a, b in zip(_CHART, seen.tobytes(), strict=True))


@cache
def _srgb_profile() -> bytes:
    """Always the same bytes: Little CMS writes when it made a profile."""
    from PIL import ImageCms

    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + _SINCE + made[36:]
