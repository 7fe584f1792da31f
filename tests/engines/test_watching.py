"""When an edit counts: whatever the system tells, and however long some file goes on being written."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from campaign_bot.app.loading import snapshot
from campaign_bot.engines import watching
from campaign_bot.engines.watching import Edits, Watcher
from campaign_bot.files import Tree
from campaign_bot.settings import Settings
from support.working import DATED, post, write

LETTER = "posts/launch/letter.md"
NAMED = {LETTER, "posts/media/card.png"}


def folder(**sizes: int) -> Tree:
    """A folder as it looks: ``letter``, ``card`` (which the letter names) and ``other`` with these sizes."""
    paths = {"letter": LETTER, "card": "posts/media/card.png", "other": "posts/media/other.png"}
    return Tree({paths[name]: (size, 1, 1) for name, size in sizes.items()})


def taken(changes: Callable[[float], dict[str, int]], until: float) -> list[float]:
    """When the folder is taken, of which ``changes`` tells how it looks at an instant; seen every 0.4 s."""
    edits = Edits(folder(letter=1, card=1, other=1), NAMED.__contains__)
    found = []
    for step in range(round(until / 0.4)):
        now = round(step * 0.4, 1)
        edits.see(folder(**({"letter": 1, "card": 1, "other": 1} | changes(now))), now)
        if edits.settled(now):
            found.append(now)
    return found


def test_an_edit_is_taken_once_a_second_after_the_last_change() -> None:
    assert taken(lambda now: {"letter": min(round(now * 10), 20)}, 20) == [3.2]
    assert taken(lambda _now: {}, 20) == []


def test_what_is_written_for_ever_is_taken_every_ten_seconds() -> None:
    for name in ("letter", "card"):
        assert taken(lambda now, name=name: {name: 1 + round(now * 10)}, 24) == [10.4, 20.8]


def test_an_edit_counts_though_a_picture_that_is_named_grows() -> None:
    assert taken(lambda now: {"card": 1 + round(now * 10), "letter": 2 if now >= 6 else 1}, 15) == [10.4]


def test_what_no_post_names_is_not_waited_for() -> None:
    grows = taken(lambda now: {"other": 1 + round(now * 10), "letter": 2 if now >= 6 else 1}, 15)
    assert grows == [7.2]


def test_what_no_post_names_counts_when_it_has_come_to_rest() -> None:
    assert taken(lambda now: {"other": min(round(now * 10), 150)}, 20) == [16.4]


def test_a_file_that_goes_and_comes_is_an_edit() -> None:
    edits = Edits(folder(letter=1), NAMED.__contains__)
    assert edits.see(folder(), 0)
    assert edits.see(folder(letter=1), 0.5)
    assert not edits.see(folder(letter=1, other=1), 1)
    assert edits.is_open


# ---------------------------------------------------------------- a folder on a disk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "config/campaign.yaml": "name: A\ntimezone: UTC\nlanguages: [en, es]\n",
            "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en, es]}\n",
            "posts/launch/queue.yaml": DATED,
            LETTER: post("2026-12-01 09:00"),
            "posts/media/card.png": b"x",
        },
    )
    return tmp_path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("LOOK", 0.2), ("SOON", 0.05), ("QUIET", 0.1)):
        monkeypatch.setattr(watching, name, seconds)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watching succeeds, and no event ever comes."""

    def told(self: Watcher) -> Iterator[bool]:
        yield True
        while not self._stop.wait(0.05):
            yield False

    monkeypatch.setattr(Watcher, "_told", told)


@pytest.fixture
def watcher(root: Path) -> Iterator[Watcher]:
    made = Watcher(root, Tree.read(root), snapshot(root, Settings()).names)
    made.start()
    yield made
    made.stop()


def wait_for(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


EDITS: dict[str, Callable[[Path], object]] = {
    "edited": lambda root: (root / LETTER).write_text("x"),
    "same size": lambda root: (root / LETTER).write_bytes((root / LETTER).read_bytes().swapcase()),
    "added": lambda root: (root / "posts/launch/new.md").write_text("x"),
    "removed": lambda root: (root / LETTER).unlink(),
    "renamed": lambda root: (root / LETTER).rename(root / "posts/launch/other.md"),
    "replaced": lambda root: (
        write(root, {"posts/launch/.tmp": "x"})  # type: ignore[func-returns-value]
        or (root / "posts/launch/.tmp").replace(root / LETTER)
    ),
    "queue": lambda root: (root / "posts/launch/queue.yaml").write_text("order: sequence\n"),
    "configured": lambda root: (root / "config/campaign.yaml").write_text("x"),
}


@pytest.mark.usefixtures("quick", "deaf")
@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_seen_in_a_folder_that_tells_of_none(root: Path, watcher: Watcher, edit: str) -> None:
    assert not watcher.settled()
    EDITS[edit](root)
    wait_for(watcher.settled)


@pytest.mark.usefixtures("quick", "deaf")
def test_that_it_tells_of_none_is_said_once(
    root: Path, watcher: Watcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(4):  # the first may come before the watching begins, and needs no telling
        (root / LETTER).write_text("x" * number)
        wait_for(watcher.settled)
    wait_for(lambda: "tells of no changes" in caplog.text)
    assert caplog.text.count("tells of no changes") == 1


@pytest.mark.usefixtures("quick")
def test_a_folder_that_tells_is_not_said_to_be_silent(
    root: Path, watcher: Watcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(3):
        (root / LETTER).write_text("x" * number)
        wait_for(watcher.settled)
    threading.Event().wait(0.5)
    assert "no changes" not in caplog.text


@pytest.mark.usefixtures("quick")
def test_a_system_that_cannot_watch_is_said_so_and_seen_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_watcher: Watcher) -> Iterator[bool]:
        raise OSError("no space left on device")

    monkeypatch.setattr(Watcher, "_told", fails)
    caplog.set_level(logging.INFO)
    made = Watcher(root, Tree.read(root), snapshot(root, Settings()).names)
    made.start()
    try:
        (root / LETTER).write_text("x")
        wait_for(made.settled)
    finally:
        made.stop()
    assert caplog.text.count("cannot tell of changes") == 1


def test_what_the_last_snapshot_names(root: Path) -> None:
    words = post("2026-12-01 09:00").replace(
        "---\n", "---\nimages: [{file: ./media/card.png, alt: {en: A}}]\n", 1
    )
    write(root, {LETTER: words})
    read = snapshot(root, Settings())
    named = (
        LETTER,
        "posts/launch/queue.yaml",
        "config/accounts.yaml",
        "posts/media/card.png",
        "posts/a/b.md",
    )
    assert all(map(read.names, named))
    others = (
        "posts/media/other.png",
        "posts/launch/notes.txt",
        "config/old.yaml",
        "posts/launch/.x.md",
        "posts/b.md",
    )
    assert not any(map(read.names, others))
