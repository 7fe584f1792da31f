"""Loading and checking 10,000 bilingual posts, beside the bare reading of the same files."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import yaml

from bench.rows import Row, seconds
from campaign_bot import planner, text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.files import load
from support.generate import generate

POSTS = 10_000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = generate(Path(folder) / "campaign", POSTS)
        bare = seconds(lambda: _bare(root), 3)
        loading = seconds(lambda: load(root), 3)
        whole = seconds(lambda: _check(root), 3)
    what, against = f"{POSTS:,} posts", "read and yaml.load"
    return [
        Row(f"load {what}", loading, "s", bare, against, "ratio 6", loading <= 6 * bare),
        Row(f"load and check {what}", whole, "s", bare, against, "ratio 10", whole <= 10 * bare),
    ]


def _bare(root: Path) -> None:
    for path in root.glob("posts/*/*.md"):
        front = path.read_text(encoding="utf-8").split("---\n", 2)[1]
        yaml.load(front, Loader=yaml.CSafeLoader)


def _check(root: Path) -> None:
    campaign = load(root).campaign
    if campaign is None:
        raise RuntimeError("the generated campaign has problems of its own")
    text.check(campaign)
    planner.check(campaign)
