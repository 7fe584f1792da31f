"""Staff are told of trouble: once, together, in their languages, and never in a storm."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_bot.app.telling import sending
from campaign_bot.app.telling.words import LINES
from campaign_bot.ledger import Ledger
from campaign_bot.model import HoldReason, State
from campaign_bot.platforms.errors import Refused, Unknown
from support.deliveries import NOON, delivery
from support.ledgers import add, begin, receipt
from support.telling import FAILED, SENT, STEP, UNREADABLE, Staff
from support.working import Stage, at, post

EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
BAD = "---\nat: soon\n---\n\n## English\nHi\n\n## Español\nHola\n"


# ---------------------------------------------------------------- a worker, its files, its platforms


class Scene:
    """A worker on a stage, and staff who are told."""

    def __init__(self, root: Path, **files: str) -> None:
        letter = {"posts/launch/letter.md": post("2026-12-01 09:00")}
        self.stage = Stage(
            root, {**letter, **{f"posts/launch/{name}.md": text for name, text in files.items()}}
        )
        self.staff = Staff(
            self.stage.ledger,
            lambda: self.stage.clock,
            lambda: self.stage.follower.campaign,
            clean=lambda words: words.replace("s3cret-token", "***"),
        )

    def run(self, until: str) -> None:
        """Time passes in steps that a Teller's waiting can be seen in."""
        end = at(until)
        while self.stage.clock < end:
            self.stage.run(min(end, self.stage.clock + STEP))
            self.staff.teller.tick()

    def to(self, moment: str) -> None:
        """Nothing happens until then."""
        self.stage.run(moment, each=self.staff.teller.tick)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_fails_together_is_told_together_in_both_languages_and_once(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.script("publish", [Refused("too rude"), Refused("too long")])
    scene.run("09:01")
    assert [when for _, when, _ in scene.staff.heard] == [at("09:00:30")]
    assert scene.staff.titles == ["A test — failed: 2"]
    english, spanish = scene.staff.last.split("———")
    assert "Failed (2)\n- launch/letter:x-en:en · too rude\n- launch/letter:x-es:es · too long\n" in english
    assert "Fallidas (2)\n- launch/letter:x-en:en · too rude\n" in spanish
    scene.staff.restart()
    scene.to("10:30")
    assert len(scene.staff.heard) == 1


def test_the_campaigns_first_language_comes_first_and_one_that_we_do_not_speak_not_at_all(
    scene: Scene,
) -> None:
    settings = "name: Una prueba\ntimezone: UTC\nlanguages: [fr, es, en]\nlateness: 30m\n"
    scene.stage.edit({"config/campaign.yaml": settings})
    scene.stage.run("00:01")
    scene.stage.ledger.stop_account("x-en", "token expired", scene.stage.clock)
    scene.run("00:02")
    assert scene.staff.titles == ["Una prueba — cuentas detenidas: 1"]
    assert scene.staff.last.index("Cuentas detenidas") < scene.staff.last.index("Accounts that were stopped")
    assert scene.staff.last.count("token expired") == 2


def test_what_is_missed_is_told_with_its_reason(scene: Scene) -> None:
    scene.to("08:00")
    scene.stage.ledger.pause("all", "", "holidays", "ana", scene.stage.clock)
    scene.to("09:29")
    scene.run("09:31")
    assert "- launch/letter:x-en:en · too late: paused: holidays" in scene.staff.last


def test_no_secret_is_told(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.script("publish", [Refused("the token s3cret-token is wrong")])
    scene.run("09:02")
    assert "the token *** is wrong" in scene.staff.last


def test_a_picture_that_is_refused_is_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.to("08:59")
    scene.stage.ledger.move(
        EN, State.HELD, now=scene.stage.clock, hold=HoldReason.PICTURE, reason="picture: too large"
    )
    scene.stage.ledger.move(ES, State.HELD, now=scene.stage.clock, hold=HoldReason.PERSON)
    scene.run("09:01")
    assert scene.staff.titles == ["A test — held: 1"]


# ---------------------------------------------------------------- unconfirmed


def test_what_the_worker_settles_by_itself_is_never_told(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.script("publish", [Unknown("no answer")])
    scene.to("10:00")
    assert scene.stage.states()[EN] is State.PUBLISHED
    assert scene.staff.heard == []


def test_what_is_unconfirmed_for_long_is_told_once(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.script("publish", [Unknown("no answer")])
    scene.run("09:00:01")
    scene.stage.script("look", [Unknown("also down")] * 100)
    scene.run("09:10")
    assert scene.staff.heard == []
    scene.run("09:11")
    scene.to("09:40")
    assert [when - at("09:10:30") < MINUTE for _, when, _ in scene.staff.heard] == [True]
    assert scene.staff.titles == ["A test — unconfirmed: 1"]
    assert f"- {EN} · the platform could not be read: also down" in scene.staff.last


def test_what_only_a_person_can_decide_is_told_at_once_and_once(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.blind = True
    scene.stage.script("publish", [Unknown("no answer")])
    scene.run("09:01")
    scene.to("12:00")
    assert [when < at("09:01") for _, when, _ in scene.staff.heard] == [True]
    assert "a person has to look" in scene.staff.last
    scene.staff.restart()
    scene.to("14:00")
    assert len(scene.staff.heard) == 1


def test_a_doubt_outlives_a_restart_and_a_message_about_something_else(scene: Scene) -> None:
    scene.to("08:59")
    scene.stage.script("publish", [Unknown("no answer"), Refused("too rude")])
    scene.run("09:00:01")
    scene.stage.script("look", [Unknown("down")] * 1000)
    scene.run("09:02")
    assert scene.staff.titles == ["A test — failed: 1"]
    scene.staff.restart()
    scene.run("09:17")
    assert scene.staff.titles == ["A test — failed: 1", "A test — unconfirmed: 1"]


# ---------------------------------------------------------------- accounts


def test_an_account_that_is_mended_at_once_is_no_news_and_later_is_good_news(scene: Scene) -> None:
    ledger = scene.stage.ledger
    ledger.stop_account("x-en", "token expired", scene.stage.clock)
    scene.run("00:00:20")
    ledger.mend_account("x-en", scene.stage.clock)
    scene.run("00:02")
    assert scene.staff.heard == []
    ledger.stop_account("x-en", "token expired", scene.stage.clock)
    scene.run("00:03")
    ledger.mend_account("x-en", scene.stage.clock)
    scene.run("00:18")
    assert scene.staff.titles == ["A test — stopped accounts: 1", "A test — accounts that work again: 1"]
    assert [message.bad for _, _, message in scene.staff.heard] == [True, False]


def test_an_account_that_can_be_verified_and_never_publishes_is_told_once(scene: Scene) -> None:
    """Each try of the worker, every five minutes, mends it for a moment."""
    scene.to("08:59")
    forbidden = [Refused("403 Forbidden", status=403)] * 100
    scene.stage.script("publish", forbidden)
    scene.run("09:22")
    assert scene.staff.titles == ["A test — stopped accounts: 2"]
    scene.stage.script("publish", [Refused("401 Unauthorized", account_broken=True)] * 2)
    scene.run("09:29")
    assert scene.staff.titles[1:] == ["A test — stopped accounts: 2"]  # for another reason


# ---------------------------------------------------------------- problems after an edit


def test_five_hundred_broken_files_are_one_message_and_no_new_plan_each_second(scene: Scene) -> None:
    scene.to("00:01")
    scene.stage.edit({f"posts/launch/p{n:03}.md": BAD for n in range(500)})
    scene.run("00:03")
    assert scene.staff.titles == ["A test — problems in files: 500"]
    english = scene.staff.last.partition("———")[0]
    assert english.count("\n- ") == LINES[0]
    assert "- posts/launch/p000.md:2:1 · soon is not a time to publish at." in english
    assert "and 480 more: campaign-bot check" in english
    seen = scene.stage.ledger.version()
    scene.run("00:10")
    assert scene.stage.ledger.version() == seen


def test_a_problem_is_told_once_over_restarts_and_again_when_it_comes_back(scene: Scene) -> None:
    scene.stage.edit({"posts/launch/bad.md": BAD})
    scene.run("00:01")
    scene.stage.restart()
    scene.staff.restart()
    scene.stage.edit({"posts/launch/bad.md": BAD.replace("at:", "weight: 2\nat:")})  # the same, a line later
    scene.run("00:02")
    assert len(scene.staff.heard) == 1
    scene.stage.edit({"posts/launch/bad.md": post("2026-12-02 09:00", "Something else", "Otra cosa")})
    scene.run("00:02:30")
    scene.stage.edit({"posts/launch/bad.md": BAD})
    scene.run("00:17")
    assert scene.staff.titles == ["A test — problems in files: 1"] * 2


def test_what_an_editor_saves_half_done_and_mends_is_no_news(scene: Scene) -> None:
    scene.to("00:01")
    scene.stage.edit({"posts/launch/bad.md": "---\nat: soon\n---\n"})
    scene.run("00:01:20")
    scene.stage.edit({"posts/launch/bad.md": post("2026-12-02 09:00", "Something else", "Otra cosa")})
    scene.to("01:00")
    assert scene.staff.heard == []


def test_a_broken_configuration_is_told_by_the_campaigns_name(scene: Scene) -> None:
    scene.to("00:01")
    scene.stage.edit({"config/accounts.yaml": "accounts: nonsense\n"})
    scene.run("00:02")
    assert scene.staff.titles == ["A test — problems in files: 1"]
    assert scene.staff.last.startswith("Nothing goes out until config/ is mended.")


def test_an_edit_that_comes_too_late_is_told(scene: Scene) -> None:
    scene.to("09:10")
    scene.stage.edit({"posts/launch/letter.md": post("2026-12-01 09:00", "New words", "Otras palabras")})
    scene.run("09:11")
    assert "launch/letter was changed after it was published" in scene.staff.last


# ---------------------------------------------------------------- when, and when it cannot be sent


class Clock:
    """A ledger, and time that passes for a Teller only."""

    def __init__(self, ledger: Ledger, *urls: str) -> None:
        self.now = NOON
        self.ledger = ledger
        self.staff = Staff(self.ledger, lambda: self.now, lambda: None, *urls)

    def stop_account(self, name: str) -> None:
        self.ledger.stop_account(name, "token expired", self.now)

    def wait(self, time: dt.timedelta) -> None:
        end = self.now + time
        while self.now < end:
            self.now += STEP
            self.staff.teller.tick()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        yield opened


@pytest.fixture
def clock(ledger: Ledger) -> Clock:
    return Clock(ledger)


def test_a_storm_of_two_thousand_failures_is_four_messages_an_hour(clock: Clock) -> None:
    keys = [f"launch/p{n:04}:x-en:en" for n in range(2000)]
    add(clock.ledger, *(delivery(key) for key in keys))
    for number, key in enumerate(keys):
        clock.ledger.move(key, State.MISSED, now=clock.now, reason="late: no-worker")
        if number % 10 == 9:
            clock.wait(18 * SECOND)  # an hour in all
    clock.wait(20 * MINUTE)
    assert 4 <= len(clock.staff.heard) <= 6
    told = [int(title.rpartition(" ")[2]) for title in clock.staff.titles]
    assert sum(told) == 2000
    for _, _, message in clock.staff.heard:
        assert len(message.bodies[0]) < 10_000
    assert "more: campaign-bot status" in clock.staff.heard[1][2].bodies[0]


def test_what_comes_after_a_message_waits_a_quarter_of_an_hour_also_over_a_restart(clock: Clock) -> None:
    clock.stop_account("a")
    clock.wait(MINUTE)
    clock.stop_account("b")
    clock.wait(5 * MINUTE)
    clock.staff.restart()
    clock.stop_account("c")
    clock.wait(30 * MINUTE)
    assert [when - NOON for _, when, _ in clock.staff.heard] == [40 * SECOND, 15 * MINUTE + 40 * SECOND]
    assert "- b · token expired\n- c · token expired" in clock.staff.last


def test_what_cannot_be_sent_is_tried_again_later_and_later_and_said_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.staff.script(*[FAILED] * 3, SENT)
    clock.stop_account("a")
    clock.wait(5 * MINUTE)
    clock.stop_account("b")
    clock.wait(HOUR)
    assert clock.staff.tried == 4
    assert clock.staff.titles == ["campaign-bot — stopped accounts: 2"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "Staff could not be told at address 1 (HTTP 503): it is tried again later."
    ]


def test_what_was_not_sent_is_told_after_the_restart(clock: Clock) -> None:
    clock.staff.script(*[FAILED] * 9)
    clock.stop_account("a")
    clock.wait(5 * MINUTE)
    clock.staff.restart()
    clock.staff.script()
    clock.wait(MINUTE)
    assert len(clock.staff.heard) == 1


def test_an_address_that_fails_keeps_no_other_waiting_and_catches_up(ledger: Ledger) -> None:
    clock = Clock(ledger, "json://good", "json://bad")
    clock.staff.script(*[FAILED] * 6, url="json://bad")
    for name in ("a", "b"):
        clock.stop_account(name)
        clock.wait(20 * MINUTE)
    clock.wait(2 * HOUR)
    heard = [(url, message.title.rpartition(" ")[2]) for url, _, message in clock.staff.heard]
    assert heard == [("json://good", "1"), ("json://good", "1"), ("json://bad", "2")]


def test_an_address_that_cannot_be_read_is_said_at_the_start_without_its_words(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(ledger, "json://good", "nonsense://s3cret")
    clock.staff.script(UNREADABLE, url="nonsense://s3cret")
    clock.staff.teller.begin()
    clock.stop_account("a")
    clock.wait(HOUR)
    assert [url for url, _, _ in clock.staff.heard] == ["json://good"]
    (said,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == "Address 2 in CAMPAIGN_BOT_NOTIFY cannot be read: nobody is told there."


def test_what_happened_before_anyone_asked_is_no_news(ledger: Ledger) -> None:
    ledger.stop_account("a", "token expired", NOON)
    staff = Staff(ledger, lambda: NOON + HOUR)
    staff.teller.tick()
    staff.teller.finish(1)
    assert staff.heard == []


def test_a_single_run_tells_what_it_met_at_its_end(clock: Clock) -> None:
    add(clock.ledger)
    begin(clock.ledger)
    clock.ledger.fail(EN, State.UNCONFIRMED, now=clock.now, reason="no answer")
    clock.stop_account("a")
    clock.staff.teller.finish(1)
    assert clock.staff.titles == ["campaign-bot — stopped accounts: 1, unconfirmed: 1"]


def test_a_post_that_is_taken_back_is_no_news(clock: Clock) -> None:
    add(clock.ledger)
    begin(clock.ledger, parts=("One", "Two"))
    clock.ledger.record(EN, receipt(), now=clock.now, last=False)
    begin(clock.ledger, part=2, parts=("One", "Two"))
    clock.ledger.fail(EN, State.SCHEDULED, now=clock.now, reason="not reached")
    clock.ledger.abandon(EN, now=clock.now, who="ana", reason="retracted")
    assert clock.ledger.entries(keys=[EN])[0].state is State.FAILED
    clock.wait(HOUR)
    assert clock.staff.heard == []


def test_a_clock_that_was_set_back_keeps_nobody_waiting(clock: Clock) -> None:
    clock.stop_account("a")
    clock.wait(MINUTE)
    clock.now -= 12 * HOUR
    clock.stop_account("b")
    clock.wait(MINUTE)
    assert len(clock.staff.heard) == 2


def test_an_account_without_budget_is_told_and_one_that_a_platform_asked_to_wait_is_not(clock: Clock) -> None:
    clock.ledger.postpone_account("y", clock.now + HOUR, clock.now, "429")
    clock.ledger.tell_waiting("x", "budget: 25 USD", now=clock.now, who="worker")
    clock.wait(MINUTE)
    assert clock.staff.titles == ["campaign-bot — used up budgets: 1"]


def test_the_longest_version_that_a_service_takes_is_sent() -> None:
    bodies = ["x" * 100, "x" * 50, "x" * 10]
    assert [len(sending.fitting(bodies, room)) for room in (1000, 60, 49, 5)] == [100, 50, 10, 10]
