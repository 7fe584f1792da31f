"""The tree tells whether anything has changed since."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign_bot.files import Tree
from support.files import POST, write


@pytest.mark.parametrize("change", ["edit", "add", "remove", "picture"])
def test_a_change_is_seen(tmp_path: Path, change: str) -> None:
    write(tmp_path)
    before = Tree.read(tmp_path)
    assert before == Tree.read(tmp_path)
    if change == "edit":
        (tmp_path / POST).write_text("x")
    elif change == "add":
        (tmp_path / "posts/launch/new.md").write_text("x")
    elif change == "remove":
        (tmp_path / POST).unlink()
    else:
        write(tmp_path, {"posts/media/a.png": b"x"})
    assert before != Tree.read(tmp_path)


def test_what_lies_beside_the_campaign_is_no_part_of_it(tmp_path: Path) -> None:
    write(tmp_path)
    before = Tree.read(tmp_path)
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "var").mkdir()
    (tmp_path / "var/campaign.db").write_bytes(b"x")
    assert before == Tree.read(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert Tree.read(tmp_path / "nowhere") == Tree({})


@pytest.mark.parametrize("top", ["config", "posts"])
def test_a_top_folder_that_is_a_link_is_never_looked_into(tmp_path: Path, top: str) -> None:
    """It may lead to all of the disk."""
    elsewhere = write(tmp_path / "elsewhere")
    root = tmp_path / "campaign"
    root.mkdir()
    (root / top).symlink_to(elsewhere)
    before = Tree.read(root)
    assert list(before.files) == [top]
    (root / top).unlink()
    (root / top).mkdir()
    assert before.changes(Tree.read(root)) == {top}
