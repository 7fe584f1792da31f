"""Pictures: what is refused before a post goes out, what staff are told, and what the publisher reads."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from campaign_bot.files import PictureError, picture
from campaign_bot.model import Picture, Severity
from support import photos
from support.campaigns import MASTODON
from support.files import POST, load, told, write


def drawn(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.effect_noise(size, 50).save(data, kind)
    return data.getvalue()


def post(images: str) -> str:
    return f"---\nat: 2026-12-01 09:00\nimages:\n{images}\n---\n## en\nA.\n## es\nB.\n"


def one(file: str, alt: str = "{en: A page., es: Una página.}") -> str:
    return post(f"  - file: {file}\n    alt: {alt}")


def test_pictures_by_language_or_for_all(tmp_path: Path) -> None:
    images = """\
  - file: {en: media/en.png, es: media/es.jpg}
    alt: {en: A page., es: Una página.}
  - file: media/en.png
    alt: {en: A page., es: Una página.}"""
    files: dict[str, str | bytes | None] = {
        "posts/media/en.png": drawn(),
        "posts/media/es.jpg": drawn("JPEG"),
    }
    loaded = load(write(tmp_path, {POST: post(images), **files}))
    assert told(loaded) == []
    assert loaded.campaign
    first, second = loaded.campaign.queues["launch"].posts[0].images
    assert first.file == {"en": "media/en.png", "es": "media/es.jpg"}
    assert second.file == {"en": "media/en.png", "es": "media/en.png"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (one("media/other.png"), "4:5 images.0.file missing-picture"),
        (one("media/a.PNG"), "4:5 images.0.file missing-picture"),
        (one("media"), "4:5 images.0.file unreadable-picture"),
        (one("../config/campaign.yaml"), "4:5 images.0.file picture-outside"),
        (one("media/../../a.png"), "4:5 images.0.file picture-outside"),
        (one("/etc/passwd"), "4:5 images.0.file picture-outside"),
        (one("'C:\\a.png'"), "4:5 images.0.file picture-outside"),
        (one("https://example.org/a.png"), "4:5 images.0.file picture-outside"),
        (one("media/link.png"), "4:5 images.0.file picture-outside"),
        (one("media/empty.png"), "4:5 images.0.file unreadable-picture"),
        (one("media/text.png"), "4:5 images.0.file unreadable-picture"),
        (one("media/half.png"), "4:5 images.0.file unreadable-picture"),
        (one("media/half.jpg"), "4:5 images.0.file unreadable-picture"),
        (one("media/a.bmp"), "4:5 images.0.file picture-format"),
        (one("{en: media/a.png}"), "4:5 images.0.file missing-language"),
        (
            one("{en: media/a.png, es: media/a.png, fr: media/a.png}"),
            "4:46 images.0.file.fr unknown-language",
        ),
        (one("media/a.png", "{en: A page.}"), "5:5 images.0.alt.es missing-alt"),
        (one("media/a.png", "{en: A page., es: ' '}"), "5:24 images.0.alt.es missing-alt"),
        (post("  - file: media/a.png"), "4:5 images.0.alt.en missing-alt"),
        (post("  - {file: media/a.png, alt: {en: A, es: B}}\n" * 5), "3:1 images too-many-pictures"),
    ],
)
def test_pictures_that_cannot_go_out(tmp_path: Path, text: str, expected: str) -> None:
    half = drawn("JPEG", (400, 400))
    files: dict[str, str | bytes | None] = {
        "posts/media/a.png": drawn(),
        "posts/media/a.bmp": drawn("BMP"),
        "posts/media/empty.png": b"",
        "posts/media/text.png": b"not a picture at all",
        "posts/media/half.png": drawn()[:-30],
        "posts/media/half.jpg": half[: len(half) // 2],
    }
    root = write(tmp_path / "campaign", {POST: text, **files})
    (tmp_path / "out.png").write_bytes(drawn())
    (root / "posts/media/link.png").symlink_to(tmp_path / "out.png")
    said = [item.removeprefix(f"{POST}:") for item in told(load(root))]
    assert expected in said


def test_a_picture_that_would_fill_the_memory_is_not_decoded(tmp_path: Path) -> None:
    """A header that promises 60,000 × 60,000 pixels."""
    data = bytearray(drawn())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    loaded = load(write(tmp_path, {POST: one("media/a.png"), "posts/media/a.png": bytes(data)}))
    assert "unreadable-picture" in {problem.code for problem in loaded.problems}


def test_a_name_that_is_nearly_right(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {POST: one("media/leter.png"), "posts/media/letter.png": drawn()}))
    assert loaded.problems[0].params == {"file": "media/leter.png", "suggestion": "media/letter.png"}


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif")]
)
def test_reading_one_for_publishing(tmp_path: Path, kind: str, media_type: str) -> None:
    data = drawn(kind)
    write(tmp_path, {"posts/media/a": data})
    file = picture(tmp_path, Picture("media/a", "A page."), MASTODON)
    assert (file.data, file.media_type, file.width, file.height) == (data, media_type, 40, 30)
    assert (file.name, file.alt) == ("media/a", "A page.")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("media/none.png", "missing-picture"),
        ("../out.png", "picture-outside"),
        ("media/link.png", "picture-outside"),
        ("media/text.png", "unreadable-picture"),
        ("media/a.bmp", "unreadable-picture"),
    ],
)
def test_one_that_cannot_be_read(tmp_path: Path, file: str, code: str) -> None:
    root = write(tmp_path / "campaign", {"posts/media/text.png": "x", "posts/media/a.bmp": drawn("BMP")})
    (tmp_path / "out.png").write_bytes(drawn())
    (root / "posts/media/link.png").symlink_to(tmp_path / "out.png")
    with pytest.raises(PictureError) as caught:
        picture(root, Picture(file, ""), MASTODON)
    assert caught.value.code == code


# ---------------------------------------------------------------- what staff should know


@pytest.mark.parametrize("kind", photos.KINDS)
def test_a_place_and_a_name_in_a_file_are_told_of_and_not_told(tmp_path: Path, kind: str) -> None:
    loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": photos.KINDS[kind](1)}))
    assert [p.code for p in loaded.problems] == ["picture-person", "picture-place"]
    assert {p.severity for p in loaded.problems} == {Severity.WARNING}
    assert not any(saying in str(loaded.problems) for saying in photos.SAYINGS)


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"exif": photos.exif()}, ["picture-person", "picture-place"]),
        ({"xmp": photos.xmp()}, ["picture-person", "picture-place"]),
        ({"xmp": b"<dc:creator>A</dc:creator>"}, ["picture-person"]),
        ({"xmp": b"<exif:GPSLongitude>1</exif:GPSLongitude>"}, ["picture-place"]),
        ({"comment": b"a comment"}, []),
        ({}, []),
    ],
)
def test_wherever_it_stands(tmp_path: Path, more: dict[str, object], codes: list[str]) -> None:
    data = photos.saved(photos.drawn(), "JPEG", **more)
    loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))
    assert [p.code for p in loaded.problems] == codes


def test_empty_fields_are_no_names(tmp_path: Path) -> None:
    made_up = Image.Exif()
    made_up[0x013B] = "   \0"
    made_up.get_ifd(0x8825)[0] = b"\2\2\0\0"
    data = photos.saved(photos.drawn(), "JPEG", exif=made_up)
    assert told(load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))) == []


def test_a_place_is_known_by_one_name_however_it_is_written(tmp_path: Path) -> None:
    text = one("{en: 'media\\a.png', es: ./media/../media//a.png}")
    loaded = load(write(tmp_path, {POST: text, "posts/media/a.png": drawn()}))
    assert told(loaded) == []
    assert loaded.campaign
    assert set(loaded.campaign.queues["launch"].posts[0].images[0].file.values()) == {"media/a.png"}


# ---------------------------------------------------------------- what else a file may tell


EXIF = photos.exif(6).tobytes().removeprefix(b"Exif\0\0")
BOTH = ["picture-person", "picture-place"]


def in_hex(kind: str, content: bytes) -> bytes:
    """As older programs pack EXIF, XMP and IPTC into a PNG's text."""
    text = f"\n{kind}\n{len(content):8}\n{content.hex()}\n".encode()
    return photos.chunk(b"zTXt", f"Raw profile type {kind}\0\0".encode() + zlib.compress(text))


@pytest.mark.parametrize(
    ("chunk", "codes"),
    [
        (photos.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(photos.xmp())), BOTH),
        (photos.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(photos.xmp())), BOTH),
        (in_hex("xmp", photos.xmp()), BOTH),
        (in_hex("exif", b"Exif\0\0" + EXIF), BOTH),
        (photos.chunk(b"eXIf", b"Exif\0\0" + EXIF), BOTH),
        (photos.chunk(b"zTXt", b"Comment\0\0not packed"), []),
        (photos.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 9\nno hex")), []),
        (photos.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1"), []),
    ],
)
def test_packed_or_not_a_png_tells_of_a_place_and_a_name(
    tmp_path: Path, chunk: bytes, codes: list[str]
) -> None:
    data = photos.saved(photos.drawn(), "PNG")
    data = data[:33] + chunk + data[33:]
    loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))
    assert [p.code for p in loaded.problems] == codes
    file = picture(tmp_path, Picture("media/a", ""), MASTODON)
    turned = bool(codes) and (b"Exif" in chunk or b"type exif" in chunk)
    assert (file.width, file.height) == ((80, 120) if turned else (120, 80))


@pytest.mark.parametrize(
    ("xmp", "code"),
    [
        (b"<Iptc4xmpExt:PersonInImage>Ana</Iptc4xmpExt:PersonInImage>", "picture-person"),
        (b"<MPReg:PersonDisplayName>Ana</MPReg:PersonDisplayName>", "picture-person"),
        (b'<rdf:Description mwg-rs:Name="Ana" mwg-rs:Type="Face"/>', "picture-person"),
        (b"<Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiAdrCity='Tijuana'/>", "picture-person"),
        (b"<Iptc4xmpExt:LocationCreated>Tijuana</Iptc4xmpExt:LocationCreated>", "picture-place"),
        (b"<Iptc4xmpExt:LocationShown>Tijuana</Iptc4xmpExt:LocationShown>", "picture-place"),
    ],
)
def test_who_is_in_it_and_what_place_it_shows(tmp_path: Path, xmp: bytes, code: str) -> None:
    for data in (
        photos.saved(photos.drawn(), "JPEG", xmp=xmp),
        photos.saved(photos.drawn(), "WEBP", xmp=xmp),
    ):
        loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))
        assert [p.code for p in loaded.problems] == [code]


@pytest.mark.parametrize("body", [b"no stream", zlib.compress(bytes(100)), zlib.compress(bytes(9999))[:-8]])
def test_a_png_that_is_sound_only_outside_is_told_of_in_time(tmp_path: Path, body: bytes) -> None:
    """Its checksums are right, and its pixels are not there."""
    sound = photos.saved(photos.drawn(), "PNG")
    data = sound[:33] + photos.chunk(b"IDAT", body) + photos.chunk(b"IEND", b"")
    loaded = load(write(tmp_path, {POST: one("media/a"), "posts/media/a": data}))
    assert [p.code for p in loaded.problems] == ["unreadable-picture"]
