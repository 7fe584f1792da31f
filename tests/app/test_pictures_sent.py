"""What the platforms got of a phone's picture, byte for byte, over HTTP: and what a preview shows of it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from support import photos
from support.fakes import FakePlatform
from support.fakes_bluesky import FakeBluesky
from support.leaking import Leaking

PICTURE = "posts/media/one.png"  # what the scene's posts show; its name does not say what it is


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Leaking]:
    with Leaking(tmp_path) as scene:
        yield scene


def got(fake: FakePlatform) -> list[bytes]:
    """The pictures of all its posts."""
    return [data for post in fake.posts for data, _alt in post.media]


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (photos.from_a_phone(6), (80, 120)),
        (photos.from_a_phone(1), (120, 80)),
        (photos.from_a_phone(8, (4000, 3000)), (3000, 4000)),
        (photos.png_of_everything(5), (80, 120)),
        (photos.webp_of_everything(3), (120, 80)),
        (photos.gif_of_everything(), (120, 80)),
        (photos.saved(photos.noise((2000, 1500)), "PNG", exif=photos.exif(6)), (1500, 2000)),
    ],
    ids=["phone", "phone-upright", "large", "png", "webp", "gif", "noisy"],
)
def test_each_platform_gets_it_upright_fitted_and_without_a_word(
    scene: Leaking, data: bytes, size: tuple[int, int]
) -> None:
    (scene.root / PICTURE).write_bytes(data)
    scene.run("preview", "--html", str(scene.root.parent / "page"))
    page = (scene.root.parent / "page/index.html").read_text()
    shown = {base64.b64decode(one) for one in re.findall(r'src="data:[^,]+;base64,([^"]+)"', page)}
    result = scene.run("worker", "--live", "--once")
    for name, fake in scene.fakes.items():
        pictures = got(fake)
        assert pictures, (name, result.stderr)
        assert len(set(pictures)) == 1, "the same bytes each time"
        assert pictures[0] in shown, "the preview shows the same bytes"
        assert photos.tells(pictures[0]) == [], name
        rules = fake.account().rules
        assert len(pictures[0]) <= rules.image_bytes
        with Image.open(io.BytesIO(pictures[0])) as image:
            assert image.format in rules.image_formats
            assert image.width * size[1] == pytest.approx(image.height * size[0], rel=0.01)
            if len(data) < 2_000_000:
                assert image.size == size


def test_bluesky_gets_the_true_size(scene: Leaking) -> None:
    (scene.root / PICTURE).write_bytes(photos.from_a_phone(6))
    scene.run("worker", "--live", "--once")
    fake = next(fake for fake in scene.fakes.values() if isinstance(fake, FakeBluesky))
    records = [request.json()["record"] for request in fake.requests if "putRecord" in request.path]
    ratios = [image["aspectRatio"] for record in records for image in record["embed"]["images"]]
    assert ratios
    assert all(ratio == {"width": 80, "height": 120} for ratio in ratios)


@pytest.mark.parametrize(
    "name", ["media\\one.png", "./media/one.png", "media/..//media/one.png", "media/one.png/"]
)
def test_a_picture_goes_out_however_its_place_is_written(scene: Leaking, name: str) -> None:
    """And is known again: a worker compares it with the disk right before its post goes out."""
    for post in (scene.root / "posts").rglob("*.md"):
        post.write_text(post.read_text().replace("media/one.png", name))
    result = scene.run("worker", "--live", "--once")
    assert all(map(got, scene.fakes.values())), result.stderr
