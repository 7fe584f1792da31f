"""What a hostile picture can do: run no program, fill no memory, and lead nowhere but below posts/."""

from __future__ import annotations

import base64
import os
import re
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from campaign_bot.files import PictureError, containers, fitted, media, metadata, picture
from campaign_bot.files.containers.base import NotSound
from campaign_bot.model import Picture
from support import photos
from support.campaigns import MASTODON
from support.cli import run
from support.files import POST, load, told, write

IMAGES = "images:\n  - {{file: '{}', alt: {{en: A, es: B}}}}\n"
TEXT = f"---\nat: 2026-12-01 09:00\n{IMAGES}---\n## en\nA.\n## es\nB.\n"
EPSF = b"%!PS-Adobe-3.0 EPSF\n%%BoundingBox: 0 0 9 9\n{} loop\n"


def campaign(root: Path, data: bytes, name: str = "media/photo.png") -> Path:
    return write(root, {POST: TEXT.format(name), f"posts/{name}": data})


def codes(root: Path) -> set[str]:
    return {problem.code for problem in load(root).problems}


# ---------------------------------------------------------------- only four decoders


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (EPSF, "unreadable-picture"),
        (b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 30, 50, 0, 0, 0, 0) + EPSF, "unreadable-picture"),
        (photos.saved(photos.drawn(), "BMP"), "picture-format"),
        (photos.saved(photos.drawn(), "TIFF"), "picture-format"),
        (photos.saved(photos.drawn(), "JPEG2000"), "picture-format"),
        (photos.saved(photos.drawn(), "AVIF"), "picture-format"),
        (photos.saved(photos.drawn(), "PPM"), "unreadable-picture"),
        (photos.saved(photos.drawn(), "ICO"), "unreadable-picture"),
        (photos.saved(photos.drawn(), "PDF"), "picture-format"),
        (photos.saved(photos.drawn(), "ICNS"), "unreadable-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture-format"),
        (b"\0\0\0\x18ftypheic", "picture-format"),
        (b"P6 9 9 255 ", "unreadable-picture"),
    ],
)  # fmt: skip
def test_no_other_decoder_ever_sees_a_file(
    tmp_path: Path, data: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("it was opened")

    root = campaign(tmp_path, data)
    monkeypatch.setattr(Image, "open", never)
    assert codes(root) == {code}
    with pytest.raises(PictureError):
        picture(root, Picture("media/photo.png", ""), MASTODON)
    assert run("preview", "--html", str(tmp_path / "page"), root=root).exit_code == 1


def test_nothing_in_the_program_opens_a_picture_but_by_one_decoder() -> None:
    """All of it goes through ``drawing.opened``, which names the format."""
    source = Path(containers.__file__).parents[2]
    opening = [
        f"{file.relative_to(source)}: {line.strip()}"
        for file in source.rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bImage\.open\(|LOAD_TRUNCATED_IMAGES", line)
    ]
    assert len(opening) == 1
    assert "formats=(container.format,)" in opening[0]


# ---------------------------------------------------------------- many pixels in few bytes


def riff(pieces: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(pieces)) + b"WEBP" + pieces


def webp(width: int, height: int) -> bytes:
    """A lossless one whose header promises so many pixels."""
    body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 41
    return riff(b"VP8L" + struct.pack("<I", len(body)) + body)


def gif(width: int, height: int) -> bytes:
    data = bytearray(photos.gif_of_everything())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def jpeg(width: int, height: int) -> bytes:
    data = bytearray(photos.saved(photos.drawn(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def piece(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def webp_with(more: bytes) -> bytes:
    """A lossless one of many pixels, and behind it what tells of a size that no decoder looks at."""
    return riff(webp(16383, 7300)[12:] + more)


def progressive(width: int, height: int) -> bytes:
    data = bytearray(photos.saved(photos.drawn(), "JPEG", progressive=True))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def in_scans(width: int, height: int) -> bytes:
    """Not progressive, but its colours come one after the other."""
    plain = jpeg(width, height)
    at = plain.index(b"\xff\xda")
    return plain[:at] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"a\xff\xd9"


BOMBS: dict[str, Callable[[], bytes]] = {
    "WebP": lambda: webp(16383, 5400),
    "PNG of 177 megapixels": lambda: photos.huge_png(14_000, 12_643),
    "PNG a little too large": lambda: photos.huge_png(8001, 5000),
    "GIF": lambda: gif(65_535, 65_535),
    "WebP with another size behind": lambda: webp_with(piece(b"VP8X", bytes(10))),
    "WebP with another picture behind": lambda: webp_with(webp(1, 1)[12:]),
    "progressive": lambda: progressive(10_950, 10_950),
    "in scans": lambda: in_scans(10_950, 10_950),
    "JPEG": lambda: jpeg(65_500, 65_500),
    "JPEG a little too large": lambda: jpeg(12_001, 10_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_picture_of_too_many_pixels_is_a_problem_and_never_decoded(
    tmp_path: Path, bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = BOMBS[bomb]()
    assert len(data) < 100_000
    root = campaign(tmp_path, data)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    (problem,) = load(root).problems
    assert problem.code == "picture-too-many-pixels"
    assert problem.params["limit"] == (120 if "JPEG" in bomb else 40), "megapixels"
    with pytest.raises(PictureError, match="picture-too-many-pixels"):
        picture(root, Picture("media/photo.png", ""), MASTODON)
    assert run("preview", "--html", str(tmp_path / "page"), root=root).exit_code == 1
    assert "data:image" not in (tmp_path / "page/index.html").read_text()


def png_with(*chunks: bytes) -> bytes:
    plain = photos.saved(photos.drawn(), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def at_its_end(data: bytes, more: bytes, end: int) -> bytes:
    return data[:-end] + more + data[-end:]


def many_scans() -> bytes:
    plain = photos.saved(photos.drawn(), "JPEG", progressive=True)
    return at_its_end(plain, plain[plain.index(b"\xff\xda") : -2] * 5000, 2)


def much(tag: int) -> bytes:
    return struct.pack("<HHII", tag, 7, 20_000_000, 1000)


HARMLESS: dict[str, Callable[[], bytes]] = {
    "packed text": lambda: png_with(photos.chunk(b"zTXt", b"Author\0\0" + zlib.compress(bytes(40_000_000)))),
    "many packed texts": lambda: png_with(
        *[photos.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(9_000_000)))] * 2000
    ),
    "packed profile": lambda: png_with(photos.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(40_000_000)))),
    "tags that all say the same much": lambda: png_with(
        photos.chunk(
            b"eXIf", b"II*\0\x08\0\0\0\xff\xff" + b"".join(map(much, range(65_535))) + bytes(20_000_000)
        )
    ),
    "a long comment": lambda: at_its_end(
        photos.gif_of_everything(), b"\x21\xfe" + (b"\xff" + b"a" * 255) * 60_000 + b"\0", 1
    ),
}
BROKEN: dict[str, Callable[[], bytes]] = {
    "a million chunks": lambda: png_with(photos.chunk(b"tEXt", b"a\0b") * 1_000_000),
    "a million segments": lambda: b"\xff\xd8" + photos.segment(0xE9, b"a") * 1_000_000 + b"\xff\xd9",
    "thousands of scans": many_scans,
    "a million pictures": lambda: at_its_end(
        photos.gif_of_everything(), b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0" * 1_000_000, 1
    ),
    "a million pieces": lambda: riff(b"VP8Q\0\0\0\0" * 1_000_000),
}


@pytest.mark.parametrize("kind", [*HARMLESS, *BROKEN])
def test_a_file_of_very_many_pieces_takes_no_time(tmp_path: Path, kind: str) -> None:
    root = campaign(tmp_path, (HARMLESS | BROKEN)[kind]())
    begun = time.process_time()
    found = codes(root)
    assert time.process_time() - begun < 5
    assert ("unreadable-picture" in found) == (kind in BROKEN)


PEAK = """
import resource, sys
from pathlib import Path
from campaign_bot.files import picture
from campaign_bot.model import Picture
from support.campaigns import MASTODON
from support.files import load
load(Path(sys.argv[1]))
if len(sys.argv) > 2:
    picture(Path(sys.argv[1]), Picture("media/photo.png", ""), MASTODON)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(root: Path, *more: str) -> int:
    """The most memory in MB that a check takes, and with ``more`` making what goes out."""
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", PEAK, str(root), *more]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=True)
    return int(done.stdout)


def test_memory_stays_bounded(tmp_path: Path) -> None:
    nothing = peak(campaign(tmp_path / "0", photos.saved(photos.drawn(), "PNG")))
    assert peak(campaign(tmp_path / "1", BOMBS["WebP"]())) < nothing + 50
    assert peak(campaign(tmp_path / "2", BOMBS["PNG of 177 megapixels"]())) < nothing + 50
    largest = campaign(tmp_path / "3", photos.huge_png(8000, 5000))
    assert peak(largest) < nothing + 50, "its header says all"
    assert peak(largest, "made") < nothing + 600


FRAME = fitted.Frame(("PNG", "JPEG"), pixels=300, bytes=20_000, gif_pixels=0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_whatever_is_broken_in_it_has_an_answer(kind: str) -> None:
    """Cut off anywhere, or with any byte another: a picture, or NotSound, and nothing else."""
    data = photos.saved(photos.drawn((24, 16)), kind, **({} if kind == "GIF" else {"exif": photos.exif(6)}))
    spoilt = [data[:end] for end in range(len(data))]
    spoilt += [data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :] for at in range(len(data))]
    for one in spoilt:
        try:
            container = containers.walk(one)
            if container.pixels < 100_000:
                fitted.make(container, metadata.read(container), FRAME)
        except NotSound:
            continue


# ---------------------------------------------------------------- out of posts/


OUTSIDE = [
    "../../secret.png",
    "../secret.png",
    "media/../../../secret.png",
    "{}/secret.png",
    "..\\..\\secret.png",
    "/dev/stdin",
    "~/secret.png",
    "media/link.png",
    "linked/secret.png",
    "media/loop.png",
]


@pytest.fixture
def tempting(tmp_path: Path) -> Path:
    """A campaign beside a picture that is nobody's business, with links to it."""
    (tmp_path / "secret.png").write_bytes(photos.saved(photos.drawn((77, 55)), "PNG"))
    root = campaign(tmp_path / "campaign", photos.saved(photos.drawn(), "PNG"))
    (root / "secret.png").write_bytes((tmp_path / "secret.png").read_bytes())
    (root / "posts/media/link.png").symlink_to(tmp_path / "secret.png")
    (root / "posts/linked").symlink_to(tmp_path)
    (root / "posts/media/loop.png").symlink_to("loop.png")
    return root


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_way_leads_out_of_posts(tempting: Path, name: str) -> None:
    name = name.format(tempting.parent)
    write(tempting, {POST: TEXT.format(name)})
    with pytest.raises(PictureError):
        media.read(tempting, name)
    assert run("check", root=tempting).exit_code == 1
    page = tempting.parent / "page"
    assert run("preview", "--html", str(page), root=tempting).exit_code == 1
    assert "data:image" not in (page / "index.html").read_text()


def test_a_post_with_an_error_shows_no_pictures_and_the_others_do(tempting: Path) -> None:
    other = POST.replace("letter", "other")
    good = TEXT.format("media/photo.png")
    write(tempting, {POST: good.replace("at:", "link: nowhere\nat:"), other: good})
    page = tempting.parent / "page"
    run("preview", "launch/letter", "--html", str(page), root=tempting)
    assert "data:image" not in (page / "index.html").read_text()
    run("preview", "launch/other", "--html", str(page), root=tempting)
    assert "data:image" in (page / "index.html").read_text()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.mkdir()])
def test_what_is_no_file_is_not_waited_for(tempting: Path, make: Callable[[Path], None]) -> None:
    make(tempting / "posts/media/odd.png")
    with pytest.raises(PictureError, match="unreadable-picture"):
        media.read(tempting, "media/odd.png")


def test_a_link_within_posts_is_followed(tempting: Path) -> None:
    (tempting / "posts/media/same.png").symlink_to("photo.png")
    assert media.read(tempting, "media/same.png") == media.read(tempting, "media/photo.png")


def test_a_file_that_is_swapped_for_a_link_leads_nowhere(tempting: Path) -> None:
    """It is swapped and swapped again while it is read many times."""
    secret = (tempting.parent / "secret.png").read_bytes()
    folder, good = tempting / "posts/media", (tempting / "posts/media/photo.png").read_bytes()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (folder / "new").symlink_to(tempting.parent / "secret.png")
            (folder / "new").replace(folder / "photo.png")
            (folder / "new").write_bytes(good)
            (folder / "new").replace(folder / "photo.png")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(2000):
            try:
                assert media.read(tempting, "media/photo.png") != secret
            except PictureError:
                continue
    finally:
        stop.set()
        thread.join()


def test_a_file_of_too_many_bytes_is_not_read(tmp_path: Path) -> None:
    root = campaign(tmp_path, photos.saved(photos.drawn(), "PNG"))
    with (root / "posts/media/photo.png").open("r+b") as file:
        file.truncate(media.MOST_BYTES + 1)
    assert codes(root) == {"picture-too-large"}
    with pytest.raises(PictureError, match="picture-too-large"):
        picture(root, Picture("media/photo.png", ""), MASTODON)


# ---------------------------------------------------------------- the pages


def test_a_page_has_each_picture_once_as_it_goes_out(tmp_path: Path) -> None:
    root = campaign(tmp_path, photos.from_a_phone(size=(1500, 1000)), "media/photo.jpg")
    assert "picture-place" in codes(root)
    run("preview", "--html", str(tmp_path / "page"), root=root)
    shown = re.findall(r'src="data:image/\w+;base64,([^"]+)"', (tmp_path / "page/index.html").read_text())
    assert len(shown) == 4, "two accounts, and one with two languages"
    assert all(photos.tells(base64.b64decode(one)) == [] for one in shown)
    assert shown.count(max(shown, key=len)) < len(shown)


def test_the_report_shows_small_pictures_that_tell_nothing(tmp_path: Path) -> None:
    root = campaign(tmp_path, photos.from_a_phone(size=(3000, 2000)), "media/photo.jpg")
    report = tmp_path / "report.html"
    run("rehearse", "--days", "9", "--report", str(report), root=root)
    shown = re.findall(r'src="data:image/\w+;base64,([^"]+)"', report.read_text())
    assert shown
    for one in map(base64.b64decode, shown):
        assert photos.tells(one) == []
        assert len(one) <= 100_000
    assert told(load(root)) != []


# ---------------------------------------------------------------- where else a word may hide


def one_frame() -> bytes:
    """An animation of one picture, with a chunk nobody knows in it."""
    body = photos.saved(photos.drawn((64, 48)), "WEBP", lossless=True)[12:]
    more = b"NOTE" + struct.pack("<I", len(photos.PLACE) + 1) + photos.PLACE.encode() + b"\0"
    frame = bytes(6) + struct.pack("<I", 63)[:3] + struct.pack("<I", 47)[:3] + bytes(4) + body + more
    head = b"\2\0\0\0" + struct.pack("<I", 63)[:3] + struct.pack("<I", 47)[:3]
    pieces = [(b"VP8X", head), (b"ANIM", bytes(6)), (b"ANMF", frame)]
    return riff(
        b"".join(kind + struct.pack("<I", len(one)) + one + b"\0" * (len(one) % 2) for kind, one in pieces)
    )


JFIF = b"\xff\xe0\x00\x10JFIF"
HIDDEN: dict[str, Callable[[], bytes]] = {
    "beside a GIF's repetitions": lambda: photos.gif_of_everything(3).replace(
        b"NETSCAPE2.0\3\1\0\0\0", b"NETSCAPE2.0\3\1\0\0\x13" + photos.PLACE.encode() + b"\0"
    ),
    "in a WebP's single frame": one_frame,
    "in a small picture": lambda: photos.saved(photos.drawn(), "JPEG").replace(
        JFIF, photos.segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + photos.NAME.encode()) + JFIF
    ),
    "behind the end": lambda: photos.saved(photos.drawn(), "WEBP") + photos.SERIAL.encode(),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_no_word_hides_in_what_goes_out(tmp_path: Path, where: str) -> None:
    data = HIDDEN[where]()
    assert photos.tells(data) != []
    root = campaign(tmp_path, data)
    assert photos.tells(picture(root, Picture("media/photo.png", ""), MASTODON).data) == []
