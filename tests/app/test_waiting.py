"""What concerns a whole account: nobody answers there, or its credential may not publish."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from campaign_bot.model import Account, State
from campaign_bot.platforms import registry
from campaign_bot.platforms.errors import Duplicate, NotSent, Refused, Unknown
from campaign_bot.platforms.transport import UNREACHABLE
from support.fakes import FakePlatform
from support.platforms import FAKES
from support.working import Stage, at, post

SECOND = dt.timedelta(seconds=1)
FORBIDDEN = "403 Forbidden"
EN = "launch/letter:x-en:en"
ONE = "accounts:\n  x-en: {platform: x, languages: [en], spacing: 1s}\n"
PICTURE = "\n  - file: media/a.png\n    alt: {en: A letter, es: Una carta}"


def many(number: int) -> dict[str, str | bytes | None]:
    """Posts on one account, a second apart from 09:00 on: its spacing moves them."""
    posts = {f"posts/launch/p{n:02}.md": post("2026-12-01 09:00", f"No. {n}") for n in range(number)}
    return {"config/accounts.yaml": ONE, "posts/launch/queue.yaml": "order: dated\n", **posts}


class Unreached(Stage):
    """Nobody answers until ``back``. ``attempts``: when something was tried."""

    back = at("09:00") + 45 * SECOND

    def play(self, call: str) -> None:
        super().play(call)
        if call == "publish":
            self.attempts.append(self.clock)
            if self.clock < self.back:
                raise NotSent(UNREACHABLE, account_wide=True)

    @property
    def attempts(self) -> list[dt.datetime]:
        return self.__dict__.setdefault("_attempts", [])


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {"config/accounts.yaml": ONE, "posts/launch/letter.md": post("2026-12-01 09:00")})


# ---------------------------------------------------------------- nobody answers


def test_what_could_not_be_sent_goes_out_in_due_order_after_few_attempts(tmp_path: Path) -> None:
    stage = Unreached(tmp_path, many(14))
    stage.run("09:10")
    assert stage.texts("x-en") == [f"No. {number}" for number in range(14)]
    waits = [0, 5, 10, 20, 40]  # longer and longer, by one of them for all
    began = [at("09:00") + sum(waits[:count]) * SECOND for count in range(1, 6)]
    assert stage.attempts[:5] == began
    assert len(stage.attempts) == 4 + 14


def test_a_look_each_second_keeps_the_order_too(tmp_path: Path) -> None:
    """As the engine does, and while what is due grows."""
    stage = Unreached(tmp_path, many(60))
    stage.back = at("09:02")
    stage.run("08:59")
    while stage.clock < at("09:10"):
        stage.worker.tick()
        stage.clock += SECOND / 3
    assert stage.texts("x-en") == [f"No. {number}" for number in range(60)]
    assert len(stage.attempts) <= 6 + 60


def test_the_waits_end_at_five_minutes_and_begin_anew_after_a_success(tmp_path: Path) -> None:
    stage = Unreached(tmp_path, many(2) | {"posts/launch/z.md": post("2026-12-01 15:00", "Late")})
    stage.edit({"config/campaign.yaml": (tmp_path / "config/campaign.yaml").read_text().replace("30m", "9h")})
    stage.back = at("11:00")
    stage.run("12:00")
    gaps = [after - before for before, after in zip(stage.attempts, stage.attempts[1:], strict=False)]
    assert max(gaps) == dt.timedelta(minutes=5)
    assert stage.texts("x-en") == ["No. 0", "No. 1"]
    stage.attempts.clear()
    stage.back = at("15:00") + SECOND
    stage.run("15:01")
    assert stage.attempts == [at("15:00"), at("15:00") + 5 * SECOND]


def test_another_account_does_not_wait(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"posts/launch/letter.md": post("2026-12-01 09:00")})
    stage.script("publish", [NotSent(UNREACHABLE, account_wide=True)])
    stage.run("09:00")
    assert (stage.texts("x-en"), stage.texts("x-es")) == ([], ["Lean la carta"])


def test_what_is_missed_meanwhile_says_why_whether_it_was_tried_or_not(tmp_path: Path) -> None:
    stage = Unreached(tmp_path, many(3))
    stage.back = at("23:00")
    stage.run("10:00")
    entries = stage.entries().values()
    assert {entry.state for entry in entries} == {State.MISSED}
    assert all(UNREACHABLE in entry.reason for entry in entries), [entry.reason for entry in entries]


@pytest.fixture(params=FAKES, ids=lambda fake: fake.platform)
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with request.param() as running:
        yield running.enable()


def test_a_server_that_refuses_connections(tmp_path: Path, fake: FakePlatform) -> None:
    """A real socket and a real adapter, on the stage's clock."""

    class Real(Stage):
        def adapter(self, account: Account) -> Any:  # noqa: ARG002
            return Away(self)

    class Away:
        """There from 09:00:45 on, and before 09:00."""

        def __init__(self, stage: Stage) -> None:
            self._stage = stage
            self._there = registry.connect(fake.account(), fake.secrets)
            self._away = registry.connect(fake.account(base_url=closed), fake.secrets)

        def __getattr__(self, name: str) -> Any:
            is_away = at("09:00") <= self._stage.clock < at("09:00") + 45 * SECOND
            if name == "verify":
                return lambda: self._there.verify().__class__("1", "campaign")  # our clock is not the fake's
            return getattr(self._away if is_away else self._there, name)

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{bound.getsockname()[1]}"
        stage = Real(tmp_path, many(14) | {"posts/launch/first.md": post("2026-12-01 08:00", "First")})
        stage.run("09:05")
    assert [kept.text for kept in fake.posts] == ["First", *(f"No. {number}" for number in range(14))]
    assert sum(entry.attempts for entry in stage.entries().values()) == 1 + 4 + 14


# ---------------------------------------------------------------- a credential that may not publish


def test_a_forbidden_post_stops_an_account_from_which_nothing_ever_went_out(stage: Stage) -> None:
    stage.script("publish", [Refused(FORBIDDEN, status=403)] * 2)
    stage.run("09:04")
    assert (stage.states()[EN], stage.ledger.account("x-en").stopped) == (State.SCHEDULED, True)
    stage.run("09:12")  # tried again every five minutes
    assert stage.texts("x-en") == ["Read the letter"]


def test_it_fails_alone_where_others_went_out(stage: Stage) -> None:
    stage.run("09:01")
    stage.edit({"posts/launch/more.md": post("2026-12-01 10:00", "More", "Más")})
    stage.script("publish", [Refused(FORBIDDEN, status=403)])
    stage.run("10:01")
    assert stage.states()["launch/more:x-en:en"] is State.FAILED
    assert not stage.ledger.account("x-en").stopped


@pytest.mark.parametrize(
    "error", [Refused("422: too rude", status=422), Duplicate("403: duplicate", status=403), Refused("no")]
)
def test_what_speaks_of_the_post_stops_nothing(stage: Stage, error: Refused) -> None:
    stage.script("publish", [error])
    stage.run("09:01")
    assert (stage.states()[EN], stage.ledger.account("x-en").stopped) == (State.FAILED, False)


@pytest.fixture
def with_picture(tmp_path: Path) -> Stage:
    made = BytesIO()
    Image.new("RGB", (20, 20)).save(made, "PNG")
    files = {
        "posts/launch/letter.md": post("2026-12-01 09:00", images=PICTURE),
        "posts/media/a.png": made.getvalue(),
    }
    return Stage(tmp_path, {"config/accounts.yaml": ONE, **files})


@pytest.mark.parametrize("broken", [True, False])
def test_a_forbidden_picture_is_no_refused_one(with_picture: Stage, broken: bool) -> None:
    stage = with_picture
    stage.script("upload", [Refused(FORBIDDEN, status=403, account_broken=broken)])
    stage.run("09:01")
    assert (stage.states()[EN], stage.ledger.account("x-en").stopped) == (State.SCHEDULED, True)
    stage.run("09:10")
    assert stage.texts("x-en") == ["Read the letter"]


@pytest.mark.parametrize("call", ["publish", "upload"])
def test_a_picture_that_is_not_ready_is_tried_again(with_picture: Stage, call: str) -> None:
    stage = with_picture
    stage.script(call, [NotSent("422: not finished processing", status=422)] * 3)
    stage.run("09:02")
    assert stage.texts("x-en") == ["Read the letter"]
    assert stage.entries()[EN].published_at == at("09:00:35")


def test_an_unclear_call_ends_the_waits_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path, many(2))
    stage.blind = True
    away = NotSent(UNREACHABLE, account_wide=True)
    stage.script("publish", [away, away, Unknown("reset"), away])
    stage.run("09:05")
    assert stage.entries()["launch/p01:x-en:en"].published_at == at("09:00:21")  # after 5, 10 and again 5 s
