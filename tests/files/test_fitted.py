"""What each platform gets of a picture: upright, in sRGB, without metadata, and no more than it takes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from campaign_bot import files
from campaign_bot.files import fitted, picture
from campaign_bot.files.fitted import MEDIA_TYPES
from campaign_bot.model import ImageFile, Picture, Rules, Severity
from campaign_bot.platforms.bluesky import Bluesky
from campaign_bot.platforms.mastodon import Mastodon
from campaign_bot.platforms.x import X
from support import photos
from support.campaigns import MASTODON, RULES
from support.files import POST, load, write


def post(images: str) -> str:
    return f"---\nat: 2026-12-01 09:00\nimages:\n{images}\n---\n## en\nA.\n## es\nB.\n"


def one(file: str, alt: str = "{en: A page., es: Una página.}") -> str:
    return post(f"  - file: {file}\n    alt: {alt}")


def made(data: bytes, rules: Rules, folder: Path) -> tuple[ImageFile, Image.Image]:
    """What goes out of a file with these bytes; and what is seen of it."""
    write(folder, {"posts/media/a": data})
    file = picture(folder, Picture("media/a", "A."), rules)
    with Image.open(io.BytesIO(file.data)) as image:
        image.load()
    assert MEDIA_TYPES[image.format or ""] == file.media_type
    assert image.size == (file.width, file.height)
    assert len(file.data) <= rules.image_bytes
    return file, image


REAL = {"x": X.rules, "mastodon": Mastodon.rules, "bluesky": Bluesky.rules}


def near(one: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(one, tuple)
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=False))


@pytest.mark.parametrize("rules", REAL.values(), ids=REAL)
@pytest.mark.parametrize("kind", photos.KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_goes_out_upright_and_tells_nothing(
    tmp_path: Path, kind: str, orientation: int, rules: Rules
) -> None:
    data = photos.KINDS[kind](orientation)
    assert set(photos.tells(data)) & {"EXIF or text", "metadata"}
    file, image = made(data, rules, tmp_path)
    assert photos.tells(file.data) == []
    assert image.size == ((80, 120) if orientation >= 5 else (120, 80))
    corners = [(5, 5), (image.width - 6, 5), (image.width - 6, image.height - 6), (5, image.height - 6)]
    blue = {1: 0, 2: 1, 3: 2, 4: 3, 5: 0, 6: 1, 7: 2, 8: 3}[orientation]
    seen = image.convert("RGB")
    for number, corner in enumerate(corners):
        assert near(seen.getpixel(corner), photos.BLUE if number == blue else photos.RED), corner


def test_the_first_picture_of_a_phones_jpeg_goes_out_as_it_is(tmp_path: Path) -> None:
    """Pillow calls it MPO."""
    plain = photos.saved(photos.drawn(), "JPEG", quality=92)
    both = photos.saved(
        photos.drawn(), "MPO", save_all=True, append_images=[photos.drawn((40, 30))], quality=92
    )
    file, image = made(both, X.rules, tmp_path)
    assert (image.format, image.size) == ("JPEG", (120, 80))
    assert len(file.data) <= len(plain)
    with Image.open(io.BytesIO(plain)) as before:
        assert image.tobytes() == before.tobytes(), "nothing is compressed twice"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}]
)
def test_a_jpeg_keeps_its_quality(tmp_path: Path, mode: str, options: dict[str, object]) -> None:
    """Also one that has to be turned: its pixels are hardly others."""
    noisy = photos.noise((128, 96)).resize((256, 192)).convert(mode)
    data = photos.saved(noisy, "JPEG", exif=photos.exif(3), quality=60, **options)
    _, image = made(data, X.rules, tmp_path)
    with Image.open(io.BytesIO(data)) as before:
        turned = before.convert("RGB").rotate(180)
    difference = ImageStat.Stat(ImageChops.difference(turned, image.convert("RGB"))).mean
    assert max(difference) < 2


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"),
        ("I;16", "PNG"), ("RGB", "WEBP"), ("RGBA", "WEBP"), ("P", "GIF"),
        ("L", "JPEG"), ("RGB", "JPEG"), ("CMYK", "JPEG"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("formats", [("JPEG",), ("PNG",), ("PNG", "JPEG"), ("WEBP", "JPEG", "PNG", "GIF")])
def test_whatever_it_is_every_platform_gets_what_it_takes(
    tmp_path: Path, mode: str, kind: str, formats: tuple[str, ...]
) -> None:
    source = Image.new("I;16", (60, 40), 30_000) if mode == "I;16" else photos.drawn((60, 40), mode)
    rules = replace(MASTODON, image_formats=formats, image_pixels=600, image_bytes=3000)
    file, image = made(photos.saved(source, kind), rules, tmp_path)
    assert image.format in formats
    assert file.width * file.height <= 600
    right = image.convert("RGB").getpixel((image.width - 2, image.height - 2))
    if mode == "I;16":
        assert near(right, (117, 117, 117))
    elif mode in ("RGB", "RGBA", "P", "CMYK"):
        assert near(right, photos.RED)


def test_what_can_be_seen_through_stays_so_or_gets_white_behind_it(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (40, 30), (*photos.RED, 0))
    clear.paste((*photos.BLUE, 255), (0, 0, 20, 30))
    data = photos.saved(clear, "PNG", exif=photos.exif(2))
    _, image = made(data, X.rules, tmp_path)
    assert image.convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]
    _, flat = made(data, replace(X.rules, image_formats=("JPEG",)), tmp_path)
    assert near(flat.convert("RGB").getpixel((5, 5)), (255, 255, 255))
    assert near(flat.convert("RGB").getpixel((35, 5)), photos.BLUE)


def test_colours_are_brought_to_srgb_and_the_profile_is_ours(tmp_path: Path) -> None:
    """A profile may say whose camera or screen it was made for."""
    lab = photos.profile("LAB")
    wide = (
        ImageCms.ImageCmsProfile(io.BytesIO(photos.profile())).tobytes().replace(b"s\0R\0G\0B", b"o\0w\0n\0e")
    )
    for kind in ("JPEG", "PNG", "WEBP"):
        with_srgb, seen = made(
            photos.saved(photos.drawn(), kind, icc_profile=photos.profile()), X.rules, tmp_path
        )
        assert seen.info["icc_profile"]
        again, _ = made(photos.saved(photos.drawn(), kind, icc_profile=photos.profile()), X.rules, tmp_path)
        assert again.data == with_srgb.data, "the same bytes each time"
        for profile in (lab, wide, b"broken", photos.profile()[:200]):
            _, image = made(photos.saved(photos.drawn(), kind, icc_profile=profile), X.rules, tmp_path)
            assert near(image.convert("RGB").getpixel((100, 70)), photos.RED)
            assert image.info.get("icc_profile", b"") in (b"", seen.info["icc_profile"])


def test_a_wide_gamut_is_converted(tmp_path: Path) -> None:
    """The red of a profile whose red is green."""
    srgb = photos.profile().replace(b"s\0R\0G\0B", b"o\0w\0n\0e")
    red, green = (srgb.index(name, 128) for name in (b"rXYZ", b"gXYZ"))
    swapped = bytearray(srgb)
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    data = photos.saved(Image.new("RGB", (40, 30), (255, 0, 0)), "PNG", icc_profile=bytes(swapped))
    _, image = made(data, X.rules, tmp_path)
    assert near(image.getpixel((5, 5)), (0, 255, 0))


def test_a_linear_profile_is_converted_though_it_is_called_srgb(tmp_path: Path) -> None:
    """Painting programs write such ones."""
    srgb = photos.profile()
    linear = srgb
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        at = int.from_bytes(srgb[(entry := srgb.index(name, 128)) + 4 : entry + 8])
        straight = b"para\0\0\0\0\0\0\0\0" + (1 << 16).to_bytes(4)  # to the power of 1
        linear = linear[:at] + straight + linear[at + len(straight) :]
    grey = photos.saved(Image.new("RGB", (40, 30), (55, 55, 55)), "PNG", icc_profile=linear)
    _, image = made(grey, X.rules, tmp_path)
    assert near(image.getpixel((5, 5)), (128, 128, 128))


# ---------------------------------------------------------------- fitted


def test_a_png_of_40_megapixels_goes_out_in_the_pixels_that_mastodon_takes(tmp_path: Path) -> None:
    data = photos.huge_png(8000, 5000)
    assert len(data) < 10_000
    root = write(tmp_path, {POST: one("media/a.png"), "posts/media/a.png": data})
    file = picture(root, Picture("media/a.png", ""), Mastodon.rules)
    assert (file.width, file.height) == (7285, 4553)
    assert file.width * file.height <= 33_177_600
    assert picture(root, Picture("media/a.png", ""), X.rules).width == 8000
    warnings = [p for p in load(root).problems if p.code == "picture-smaller"]
    assert [p.params["platform"] for p in warnings] == ["mastodon"]
    assert {p.severity for p in warnings} == {Severity.WARNING}
    assert (warnings[0].params["new_width"], warnings[0].params["new_height"]) == (7285, 4553)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (photos.noise((900, 700)), "JPEG"),
        (photos.noise((900, 700)), "PNG"),
        (photos.noise((900, 700)), "WEBP"),
        (photos.noise((900, 700), "L"), "PNG"),
        (Image.merge("RGBA", [photos.noise((500, 400), "L")] * 4), "PNG"),
    ],
)
@pytest.mark.parametrize("most", [20_000, 100_000])
def test_it_has_no_more_bytes_than_a_platform_takes(
    tmp_path: Path, image: Image.Image, kind: str, most: int
) -> None:
    """``made`` looks at the bytes."""
    rules = replace(Bluesky.rules, image_bytes=most)
    data = photos.saved(image, kind)
    assert len(data) > most
    file, _ = made(data, rules, tmp_path)
    assert len(file.data) > most / 4, "and not many fewer"
    assert abs(file.width / file.height - image.width / image.height) < 0.02
    assert made(data, rules, tmp_path)[0].data == file.data


def test_nothing_is_made_larger(tmp_path: Path) -> None:
    for size in ((1, 1), (3, 200), (200, 3)):
        data = photos.saved(photos.drawn(size), "JPEG", exif=photos.exif(8))
        file, _ = made(data, replace(X.rules, image_pixels=100_000_000), tmp_path)
        assert (file.width, file.height) == size[::-1]


def test_a_large_jpeg_is_decoded_at_half_its_size(tmp_path: Path) -> None:
    data = photos.saved(Image.new("L", (8001, 6001), 90), "JPEG")
    root = write(tmp_path, {POST: one("media/a.jpg"), "posts/media/a.jpg": data})
    file = picture(root, Picture("media/a.jpg", ""), X.rules)
    assert (file.width, file.height) == (4001, 3001)
    told_of = [p for p in load(root).problems if p.code == "picture-smaller"]
    assert {(p.params["new_width"], p.params["new_height"]) for p in told_of} == {(4001, 3001)}


def test_a_gif_moves_where_it_may(tmp_path: Path) -> None:
    data = photos.gif_of_everything(frames=4)
    assert photos.NAME.encode() in data
    file, image = made(data, Mastodon.rules, tmp_path)
    assert (file.media_type, getattr(image, "n_frames", 1)) == ("image/gif", 4)
    assert photos.NAME.encode() not in file.data
    still, image = made(data, X.rules, tmp_path)
    assert (still.media_type, getattr(image, "n_frames", 1)) == ("image/png", 1)
    large, _ = made(data, replace(Mastodon.rules, gif_pixels=120 * 80 - 1), tmp_path)
    assert large.media_type == "image/png"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_will_not_move_is_a_warning(tmp_path: Path, kind: str) -> None:
    more = [Image.new("RGB", (120, 80), color) for color in ("green", "white")]
    data = photos.saved(photos.drawn(), kind, save_all=True, append_images=more)
    loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))
    still = {p.params["platform"] for p in loaded.problems if p.code == "picture-stands-still"}
    assert still == ({"x"} if kind == "GIF" else {"x", "mastodon"})
    _, image = made(data, X.rules, tmp_path)
    assert near(image.convert("RGB").getpixel((100, 70)), photos.RED), "its first picture"


def test_it_is_said_what_is_fitted(tmp_path: Path) -> None:
    large = photos.saved(photos.noise((1600, 1600)), "PNG")
    assert len(large) > 5_000_000
    loaded = load(write(tmp_path, {POST: one("media/a.png"), "posts/media/a.png": large}))
    found = [(p.code, p.params["platform"], p.params["limit"]) for p in loaded.problems]
    assert found == [("picture-compressed", "x", 5_000_000), ("picture-compressed", "mastodon", 5_000_000)]
    assert loaded.campaign
    assert loaded.campaign.broken == frozenset()


def test_a_format_that_a_platform_does_not_take_is_converted(tmp_path: Path) -> None:
    rules = {name: replace(rules, image_formats=("JPEG", "PNG")) for name, rules in RULES.items()}
    root = write(tmp_path, {POST: one("media/a"), "posts/media/a": photos.saved(photos.drawn(), "WEBP")})
    loaded = files.load(root, rules.get, platforms=rules)
    assert {p.code for p in loaded.problems} == {"picture-converted"}


@pytest.mark.parametrize(
    ("size", "mode"),
    [((20_000, 100), "RGBA"), ((70_000, 30), "L"), ((20, 70_000), "RGB"), ((16_390, 9), "P")],
)
def test_a_side_is_no_longer_than_a_format_has_room_for(
    tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    """``check`` says so, and it goes out: a JPEG ends at 65,500 pixels, a WebP at 16,383."""
    noisy = Image.merge("RGBA", [photos.noise(size, "L")] * 4).convert(mode)
    rules = {name: replace(rules, image_bytes=500_000) for name, rules in RULES.items()}
    data = photos.saved(noisy, "PNG", exif=photos.exif(6) if mode == "P" else photos.exif(1))
    file, _ = made(data, rules["x"], tmp_path)
    loaded = files.load(write(tmp_path, {POST: one("media/a")}), rules.get, platforms=rules)
    (most,) = {
        (p.params["new_width"], p.params["new_height"])
        for p in loaded.problems
        if p.code == "picture-smaller"
    }
    assert max(most) in (16_382, 16_383)
    assert file.width <= most[0]
    assert file.height <= most[1]


def test_a_webp_that_is_drawn_anew_has_eight_megapixels(tmp_path: Path) -> None:
    """One of 40 that can be seen through took 1.7 GB and three quarters of a minute to make."""
    data = photos.saved(photos.drawn((4000, 3000), "RGBA"), "WEBP", exif=photos.exif(6))
    root = write(tmp_path, {POST: one("media/a"), "posts/media/a": data})
    file = picture(root, Picture("media/a", ""), X.rules)
    assert 7_900_000 < file.width * file.height <= 8_000_000
    said = {
        (p.params["new_width"], p.params["new_height"])
        for p in load(root).problems
        if p.code == "picture-smaller"
    }
    assert said == {(file.width, file.height)}


def test_what_only_turns_out_to_need_a_webp_is_made_no_larger_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A palette of 256 colours grows when it is resized: there are many more between them."""
    monkeypatch.setattr(fitted, "_AS_WEBP", 50_000)
    noisy = photos.noise((400, 300), "P")
    data = photos.saved(noisy, "PNG", transparency=bytes(range(256)))
    rules = replace(X.rules, image_pixels=100_000, image_bytes=len(data))
    file, image = made(data, rules, tmp_path)
    assert image.format == "WEBP"
    assert 49_000 < file.width * file.height <= 50_000
