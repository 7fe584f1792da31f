"""The worker's sign of life: whole, true, of the one who works, and never in the worker's way."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.app import liveness
from campaign_bot.app.liveness import Liveness, SignOfLife
from support.deliveries import NOON
from support.ledgers import MINUTE, SECOND

TROUBLE = ("ledger-locked", {"ledger": "campaign.db"})
SAID = Liveness(1, "there", True, "1", started_at=NOON, written_at=NOON)


class Clock:
    now = NOON


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def life(tmp_path: Path, clock: Clock) -> SignOfLife:
    return SignOfLife(tmp_path / "var", live=True, now=lambda: clock.now)


def look(life: SignOfLife, trouble: liveness.Trouble | None = None, **known: Any) -> None:
    life.look(trouble, **{"in_flight": {}, "accounts": {}, "clock": "", "untold": ()} | known)


def read(root: Path) -> Liveness:
    said = liveness.read(liveness.place(root / "var", live=True))
    assert said is not None
    return said


def test_the_file_says_what_was_said(tmp_path: Path) -> None:
    told = dataclasses.replace(
        SAID, looked_at=NOON, trouble=TROUBLE, in_flight={"x": NOON}, accounts={"x": "401"}, untold=(1,)
    )
    liveness.write(path := liveness.place(tmp_path / "var", live=True), told)
    assert liveness.read(path) == told
    assert [file.name for file in path.parent.iterdir()] == ["worker.json"]
    assert liveness.place(tmp_path, live=False).name == "dry-worker.json"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_its_owner_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        liveness.write(path := liveness.place(tmp_path / "var", live=True), SAID)
    finally:
        os.umask(before)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"pid": 1}', "{\x00", '{"trouble": [1]}'])
def test_a_file_of_something_else_is_no_sign_of_life(tmp_path: Path, content: str) -> None:
    (tmp_path / "worker.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError):
        liveness.read(tmp_path / "worker.json")
    assert liveness.read(tmp_path / "no-worker.json") is None


def test_an_earlier_version_may_say_less(tmp_path: Path) -> None:
    liveness.write(path := liveness.place(tmp_path / "var", live=True), SAID)
    text = path.read_text(encoding="utf-8").replace(', "once": false, "earlier_at": null', "")
    path.write_text(text, encoding="utf-8")
    assert "once" not in text
    assert liveness.read(path) == SAID


def test_runs_of_cron_tell_how_far_they_are_apart(tmp_path: Path, clock: Clock) -> None:
    for began, rest in ((NOON, dt.timedelta(hours=1)), (NOON + 5 * MINUTE, 5 * MINUTE)):
        clock.now = began
        life = SignOfLife(tmp_path / "var", live=True, now=lambda: clock.now, once=True)
        life.begin()
        clock.now += SECOND
        look(life, untold=(1,))  # at once after the beginning, and yet not lost
        life.end()
        said = read(tmp_path)
        assert (said.rest, said.stopped_at, said.untold) == (rest, began + SECOND, (1,))
    assert SAID.rest == dt.timedelta(0)


def test_a_later_version_may_say_more(tmp_path: Path) -> None:
    liveness.write(path := liveness.place(tmp_path / "var", live=True), SAID)
    path.write_text(path.read_text(encoding="utf-8").replace("{", '{"new": 1, ', 1), encoding="utf-8")
    assert liveness.read(path) == SAID


def test_it_is_written_every_two_seconds_and_at_once_when_there_is_trouble(
    tmp_path: Path, life: SignOfLife, clock: Clock
) -> None:
    look(life)
    clock.now += SECOND
    look(life, accounts={"x-en": "401"})
    assert (read(tmp_path).looked_at, read(tmp_path).accounts) == (NOON, {})
    look(life, TROUBLE)
    assert (read(tmp_path).looked_at, read(tmp_path).trouble) == (NOON + SECOND, TROUBLE)
    look(life)
    assert (read(tmp_path).looked_at, read(tmp_path).trouble) == (NOON + SECOND, None)
    clock.now -= 60 * MINUTE  # our clock is set back
    look(life)
    assert read(tmp_path).written_at == clock.now


def test_a_look_that_failed_is_no_look(tmp_path: Path, life: SignOfLife, clock: Clock) -> None:
    look(life)
    clock.now += MINUTE
    look(life, TROUBLE)
    assert (read(tmp_path).looked_at, read(tmp_path).written_at) == (NOON, NOON + MINUTE)


def test_its_end_is_said(tmp_path: Path, life: SignOfLife) -> None:
    life.begin()
    assert (read(tmp_path).pid, read(tmp_path).looked_at) == (os.getpid(), None)
    look(life, in_flight={"x-en": NOON})
    life.end()
    assert (read(tmp_path).stopped_at, read(tmp_path).in_flight) == (NOON, {})


def test_a_place_that_takes_no_file_is_said_once(
    tmp_path: Path, life: SignOfLife, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    for _ in range(3):
        clock.now += MINUTE
        look(life)
    life.end()
    assert caplog.text.count("worker.json") == 1


@pytest.mark.parametrize(
    ("there", "is_kept"),
    [
        (SAID, True),
        (dataclasses.replace(SAID, stopped_at=NOON), False),
        (dataclasses.replace(SAID, written_at=NOON - MINUTE), False),
        (dataclasses.replace(SAID, trouble=("ledger-taken", {"holder": ""})), False),
        (None, False),
    ],
)
def test_one_that_waits_leaves_the_sign_of_the_one_that_works(
    tmp_path: Path, life: SignOfLife, there: Liveness | None, is_kept: bool
) -> None:
    path = liveness.place(tmp_path / "var", live=True)
    if there:
        liveness.write(path, there)
    life.wait("process 7 on there")
    life.end()
    assert (read(tmp_path) == there) is is_kept
    if not is_kept:
        assert read(tmp_path).pid == os.getpid()


def test_one_that_is_stuck_on_this_machine_is_still_the_one_that_has_the_ledger(
    tmp_path: Path, life: SignOfLife
) -> None:
    life.begin()
    stuck = dataclasses.replace(read(tmp_path), pid=os.getppid(), written_at=NOON - dt.timedelta(hours=1))
    liveness.write(liveness.place(tmp_path / "var", live=True), stuck)
    life.wait("process 7 on here")
    assert read(tmp_path) == stuck


def test_whether_its_process_is_there(tmp_path: Path, life: SignOfLife) -> None:
    life.begin()
    assert read(tmp_path).is_there is True
    assert dataclasses.replace(read(tmp_path), pid=2**22 + 1).is_there is False
    assert SAID.is_there is None
