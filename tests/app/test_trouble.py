"""What hostile servers, careless edits and wrong clocks do to a worker, and what they must not do."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from campaign_bot.app.deciding import Desk
from campaign_bot.ledger import LedgerError
from campaign_bot.model import ImageFile, State
from campaign_bot.platforms.base import Identity, Media
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from campaign_bot.platforms.simulated import Simulated
from support.working import ACCOUNTS, DATED, Scripted, Stage, at, post

LETTER = "posts/launch/letter.md"
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {LETTER: post("2026-12-01 09:00")})


def pulses(stage: Stage, count: int) -> None:
    """As the engine does: a look at the ledger each second."""
    for _ in range(count):
        stage.worker.tick()
        stage.clock += SECOND


def desk(stage: Stage) -> Desk:
    """A person, now."""
    return Desk(stage.follower.campaign, stage.ledger, stage.clock)


class Killed(BaseException):
    """SIGKILL."""


def die(*_args: object, **_named: object) -> None:
    raise Killed


def png(size: tuple[int, int] = (20, 20)) -> bytes:
    from PIL import Image

    made = BytesIO()
    Image.new("RGB", size).save(made, "PNG")
    return made.getvalue()


def counted(stage: Stage, call: str, outcome: Callable[[], Exception | None]) -> list[str]:
    """Let every such call meet this outcome; the list grows with the calls."""
    calls: list[str] = []

    def play(called: str) -> None:
        if called == call:
            calls.append(called)
            if error := outcome():
                raise error

    stage.play = play  # type: ignore[method-assign]
    return calls


def test_a_refused_picture_is_offered_once_and_waits_for_a_person(tmp_path: Path) -> None:
    picture = "\n  - file: media/a.png\n    alt: {en: A letter, es: Una carta}"
    stage = Stage(
        tmp_path,
        {
            LETTER: post("2026-12-01 09:00", images=picture),
            "posts/launch/queue.yaml": "order: dated\naccounts: [x-en]\n",
            "posts/media/a.png": png(),
        },
    )
    uploads = counted(stage, "upload", lambda: Refused("422: not a picture"))
    stage.run("09:00")
    pulses(stage, 30)
    assert (stage.states()[EN], len(uploads)) == (State.HELD, 1)
    assert stage.entries()[EN].reason == "picture: 422: not a picture"
    uploads_are_taken = counted(stage, "upload", lambda: None)
    desk(stage).release("launch/letter")
    pulses(stage, 2)
    assert (stage.states()[EN], len(uploads_are_taken)) == (State.PUBLISHED, 1)


WITH_PICTURE = {
    LETTER: post("2026-12-01 09:00", images="[{file: media/a.png, alt: {en: A, es: B}}]"),
    "posts/launch/queue.yaml": "order: dated\naccounts: [x-en]\n",
}


@pytest.mark.parametrize(
    ("edit", "text", "width"),
    [
        ({"posts/media/a.png": png((30, 20))}, "Read the letter", 30),
        ({LETTER: WITH_PICTURE[LETTER].replace("Read the letter", "Read this")}, "Read this", 20),
        ({LETTER: WITH_PICTURE[LETTER].replace("a.png", "b.png")}, "Read the letter", 40),
    ],
)
def test_what_is_edited_while_pictures_are_uploaded_goes_out_as_it_is_now(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    edit: dict[str, str | bytes | None],
    text: str,
    width: int,
) -> None:
    """An upload takes seconds, and the worker has followed the files before it ends."""
    more = {"posts/media/a.png": png(), "posts/media/b.png": png((40, 20))}
    stage = Stage(tmp_path, WITH_PICTURE | more)
    edits = iter([edit])
    uploaded: list[int] = []
    upload = Simulated.upload

    def slowly(self: Simulated, image: ImageFile) -> Media:
        if once := next(edits, None):
            stage.edit(once)
            stage.follower.follow()
        uploaded.append(image.width)
        return upload(self, image)

    monkeypatch.setattr(Simulated, "upload", slowly)
    stage.run("09:00")
    pulses(stage, 5)
    assert stage.texts("x-en") == [text]
    assert uploaded[0] == 20, "what was there at first"
    assert uploaded[-1] == width
    assert len(uploaded) == 2


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What ``verify`` says otherwise than usual, by field of Identity."""
    changes: dict[str, object] = {}
    verify = Simulated.verify
    monkeypatch.setattr(
        Simulated,
        "verify",
        lambda self: dataclasses.replace(verify(self), **changes),  # type: ignore[arg-type]
    )
    return changes


def test_two_accounts_that_are_one_login_are_not_both_used(stage: Stage, identity: dict[str, object]) -> None:
    identity["id"] = "42"
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.texts("x-es")) == (["Read the letter"], [])
    assert stage.entries()[ES].reason == "late: account-stopped: same-identity: x-en"


def test_a_renamed_account_is_not_taken_for_the_twin_of_its_former_name(
    tmp_path: Path, identity: dict[str, object]
) -> None:
    identity["id"] = "42"
    stage = Stage(
        tmp_path,
        {
            "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en]}\n",
            LETTER: post("2026-12-01 09:00"),
            "posts/launch/more.md": post("2026-12-01 11:00", "More", "Más"),
        },
    )
    stage.run("10:00")
    stage.edit({"config/accounts.yaml": "accounts:\n  x-english: {platform: x, languages: [en]}\n"})
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.texts("x-english")) == (["Read the letter"], ["More"])


def test_a_clock_that_is_off_publishes_nothing_until_it_is_set(
    stage: Stage, identity: dict[str, object]
) -> None:
    identity["server_time"] = at("08:50")
    stage.run("09:05")
    assert (stage.texts("x-en"), stage.texts("x-es")) == ([], [])
    identity["server_time"] = at("09:06")
    stage.run("09:07")
    assert (stage.texts("x-en"), stage.texts("x-es")) == (["Read the letter"], ["Lean la carta"])


def test_a_clock_that_is_set_wrong_later_is_noticed_before_the_next_post(
    stage: Stage, identity: dict[str, object]
) -> None:
    stage.edit({"posts/launch/more.md": post("2026-12-01 15:00", "More", "Más")})
    stage.run("09:05")
    identity["server_time"] = at("09:06")  # ours is about to be set to the afternoon
    stage.clock = at("15:00")
    pulses(stage, 5)
    assert stage.texts("x-en") == ["Read the letter"]


# ---------------------------------------------------------------- while an account is busy


def test_a_post_that_is_moved_while_its_account_signs_in_goes_out_at_its_new_time(stage: Stage) -> None:
    def move() -> None:
        stage.edit({LETTER: post("2026-12-01 15:00")})
        stage.follower.follow()

    counted(stage, "verify", move)
    stage.run("10:00")
    assert stage.texts("x-en") == []
    stage.run("16:00")
    assert stage.entries()[EN].published_at == at("15:00")


def test_an_edit_that_the_ledger_does_not_follow_yet_waits_for_that(stage: Stage) -> None:
    counted(stage, "verify", lambda: stage.edit({LETTER: post("2026-12-01 09:00", "New", hold="true")}))
    stage.run("09:00")
    assert stage.texts("x-en") == []


def test_what_becomes_late_while_its_account_signs_in_does_not_go_out(stage: Stage) -> None:
    def wait() -> None:
        stage.clock = at("09:31")

    counted(stage, "verify", wait)
    stage.run("09:40")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([], State.MISSED)


# ---------------------------------------------------------------- never late without a reason


def test_a_platform_that_cannot_be_reached_is_the_reason(stage: Stage) -> None:
    stage.script("verify", [NotSent("no such host")] * 1000)
    stage.run("09:55")
    assert stage.states()[EN] is State.SCHEDULED  # an answer may still contradict our clock
    stage.run("10:05")
    assert stage.entries()[EN].reason == "late: no such host"


def test_it_is_the_reason_too_where_the_worker_dies_once_it_is_reached(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was sure of the clock before: it is missed only now, by a worker that is sure at once."""
    stage.script("verify", [NotSent("no such host")] * 1000)
    stage.run("09:50")
    stage.script("verify", [])
    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(stage.ledger, "move", die)
        stage.run("09:55")
    stage.restart()
    stage.run("09:56")
    assert {entry.reason for entry in stage.entries().values()} == {"late: no such host"}


def test_trouble_that_was_over_by_then_is_no_reason(stage: Stage) -> None:
    stage.script("verify", [NotSent("no such host")] * 3)
    stage.run("08:00")
    stage.edit({"posts/launch/early.md": post("2026-12-01 08:00", "Early", "Temprano")})
    stage.run("08:30")
    stage.clock = at("12:00")  # hours without a worker
    stage.restart()
    stage.run("12:01")
    assert stage.entries()[EN].reason == "late: no-worker"


def test_a_clock_that_is_off_is_the_reason(stage: Stage, identity: dict[str, object]) -> None:
    identity["server_time"] = at("08:00")
    stage.run("09:40")
    assert stage.states()[EN] is State.SCHEDULED  # by the platform's time it is not even due
    identity["server_time"] = at("09:41")
    stage.run("09:42")
    assert stage.entries()[EN].reason.startswith("late: clock: ")


def test_the_first_language_that_nobody_knows_of_is_the_reason_why_the_second_is_missed(
    tmp_path: Path,
) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en, es], bilingual: thread}\n"
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00"), "config/accounts.yaml": accounts})
    stage.blind = True
    stage.script("publish", [Unknown("no answer")])
    stage.run("09:40")
    assert stage.entries()["launch/letter:x-en:es"].reason == f"late: waits-for: {EN}"


def test_a_decision_is_no_reason(stage: Stage) -> None:
    stage.run("08:00")
    desk(stage).hold("launch/letter")
    stage.run("08:10")
    desk(stage).release("launch/letter")
    stage.clock = at("12:00")  # hours without a worker
    stage.restart()
    stage.run("12:01")
    assert stage.entries()[EN].reason == "late: no-worker"


def test_a_file_that_comes_after_its_time_is_the_reason(stage: Stage) -> None:
    stage.run("10:00")
    stage.edit({"posts/launch/more.md": post("2026-12-01 09:10", "More", "Más")})
    stage.run("10:01")
    assert stage.entries()["launch/more:x-en:en"].reason == "late: came-late"


def test_an_edit_that_moves_it_too_far_back_is_the_reason(stage: Stage) -> None:
    stage.run("07:00")
    stage.edit({LETTER: post("2026-12-01 05:10")})
    stage.run("07:01")
    assert stage.entries()[EN].reason == "late: moved-back"


def test_what_was_too_late_from_the_first_was_not_kept_by_what_came_later(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 05:10")}, start=at("12:00"))
    stage.script("verify", [Refused("401 Unauthorized", account_broken=True)] * 2)
    stage.run("12:01")
    assert stage.entries()[EN].reason == "late: no-worker"


def test_it_is_told_too_where_nothing_went_out_before(tmp_path: Path) -> None:
    """An account's first delivery does not say when the account came to the campaign."""
    stage = Stage(tmp_path, {LETTER: post("2026-12-02 09:00")})
    stage.run("11:00")
    stage.edit({"posts/launch/more.md": post("2026-12-01 09:10", "More", "Más")})
    stage.run("11:01")
    assert stage.entries()["launch/more:x-en:en"].reason == "late: came-late"
    assert stage.entries()["launch/more:x-es:es"].reason == "late: came-late"


def test_a_language_that_comes_late_still_follows_the_first(tmp_path: Path) -> None:
    account = "{platform: mastodon, languages: [en, es], base_url: 'https://m.example', spacing: 5m}"
    whole = post("2026-12-01 09:00")
    english, _, _ = whole.partition("## Español")
    stage = Stage(tmp_path, {LETTER: english, "config/accounts.yaml": f"accounts:\n  fedi: {account}\n"})
    stage.run("09:03")
    assert stage.entries()["launch/letter:fedi:en"].state is State.HELD
    stage.edit({LETTER: whole})
    stage.run("09:20")
    out = {entry.language: entry.published_at for entry in stage.ledger.entries()}
    assert out == {"en": at("09:03"), "es": at("09:08")}


def test_what_had_no_place_says_so_after_a_restart_too(stage: Stage) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en], per_day: 1, spacing: 0s}\n"
    turns = {"posts/turns/queue.yaml": 'order: rotation\nslots: ["daily 08:00"]\n'}
    stage.edit({"config/accounts.yaml": accounts, **turns, "posts/turns/one.md": post(en="One")})
    stage.run("09:10")
    stage.clock = at("11:00")
    stage.restart()
    stage.run("11:01")
    assert stage.entries()[EN].reason == "late: per-day"


def test_an_account_that_joins_later_has_missed_nothing(stage: Stage) -> None:
    stage.edit({"posts/launch/more.md": post("2026-12-01 11:00", "More", "Más")})
    stage.run("10:00")
    accounts = "accounts:\n  x-en: {platform: x, languages: [en]}\n  x-new: {platform: x, languages: [en]}\n"
    stage.edit({"config/accounts.yaml": accounts})
    stage.run("12:00")
    assert "launch/letter:x-new:en" not in stage.entries()
    assert stage.texts("x-new") == ["More"]


def test_a_renamed_queue_has_missed_nothing(stage: Stage) -> None:
    stage.run("10:00")
    stage.edit({"posts/start/queue.yaml": DATED, "posts/start/letter.md": post("2026-12-01 09:00")})
    stage.edit({LETTER: None, "posts/launch/queue.yaml": None})
    stage.run("10:10")
    assert stage.states() == {EN: State.PUBLISHED, ES: State.PUBLISHED}


def test_a_configuration_that_was_broken_for_days_is_the_reason(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {
            "posts/demands/queue.yaml": 'order: rotation\nslots: ["daily 10:00"]\naccounts: [x-en]\n',
            "posts/demands/one.md": post(en="One", es="Uno"),
        },
    )
    stage.run("08:00")
    stage.edit({"config/accounts.yaml": "accounts: [\n"})
    stage.run(at("09:00", 5))
    stage.edit({"config/accounts.yaml": ACCOUNTS})
    stage.run(at("11:00", 5))
    missed = {entry.reason for entry in stage.entries().values() if entry.state is State.MISSED}
    assert (missed, stage.texts("x-en")) == ({"late: held: problem"}, ["One"])


def test_a_hold_that_its_file_lifts_too_late_is_the_reason(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00", hold="true")})
    stage.run("15:00")
    stage.edit({LETTER: post("2026-12-01 09:00")})
    stage.run("15:01")
    assert stage.entries()[EN].reason == "late: hold-lifted"


# ---------------------------------------------------------------- files and clocks that come and go


@pytest.mark.parametrize(
    ("queue", "front"),
    [(DATED, "2026-12-01 09:00"), ('order: rotation\nslots: ["daily 09:00"]\n', "")],
    ids=["dated", "rotation"],
)
def test_a_post_whose_file_is_gone_for_a_moment_goes_out_a_moment_late(
    tmp_path: Path, queue: str, front: str
) -> None:
    stage = Stage(tmp_path, {LETTER: post(front), "posts/launch/queue.yaml": queue})
    stage.run("08:59:58")
    stage.edit({LETTER: None})
    stage.run("09:00:02")
    assert stage.texts("x-en") == []
    stage.edit({LETTER: post(front)})
    stage.run("09:00:05")
    assert stage.texts("x-en") == ["Read the letter"]


def test_a_post_whose_file_comes_back_too_late_stays_cancelled(stage: Stage) -> None:
    stage.run("08:59")
    stage.edit({LETTER: None})
    stage.run("09:40")
    stage.edit({LETTER: post("2026-12-01 09:00")})
    stage.run("10:00")
    assert stage.states() == {EN: State.CANCELLED, ES: State.CANCELLED}


def test_a_clock_that_ran_ahead_and_was_set_right_leaves_no_hole_in_the_plan(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {
            "posts/demands/queue.yaml": 'order: rotation\nslots: ["daily 10:00"]\n',
            "posts/demands/one.md": post(en="One", es="Uno"),
        },
    )
    stage.follower.reload()
    stage.ledger.set_meta("seen_at", at("05:00", 20).isoformat())
    stage.restart()
    stage.run("11:00")
    assert stage.texts("x-en") == ["One"]


# ---------------------------------------------------------------- what a person decides


@pytest.fixture
def turns(tmp_path: Path) -> Stage:
    """One highlight, of which three showings were missed."""
    stage = Stage(
        tmp_path,
        {
            "posts/demands/queue.yaml": 'order: rotation\nslots: ["daily 10:00"]\naccounts: [x-en]\n',
            "posts/demands/one.md": post(en="One", es="Uno"),
        },
    )
    stage.ledger.pause("all", "", "holidays", "ana", stage.clock)
    stage.run(at("12:00", 3))
    stage.ledger.resume("all", "", "ana", stage.clock)
    return stage


def test_a_highlight_that_is_tried_again_is_shown_once_not_once_for_each_time_it_was_missed(
    turns: Stage,
) -> None:
    (again,) = desk(turns).retry("demands/one")
    turns.run(at("13:00", 3))
    assert (again.slot.day, turns.texts("x-en")) == (3, ["One"])


def test_a_showing_that_is_tried_again_stays_that_highlights(turns: Stage) -> None:
    desk(turns).retry("demands@2026-12-03T10:00:x-en:en")
    turns.edit({"posts/demands/a.md": post(en="Another", es="Otro")})  # it would come first
    turns.run(at("13:00", 3))
    assert turns.texts("x-en") == ["One"]


def test_what_a_person_confirms_came_out_when_it_was_tried(stage: Stage) -> None:
    stage.blind = True
    stage.script("publish", [Unknown("no answer")])
    stage.run("15:00")
    desk(stage).confirm_published(EN, "https://x.com/us/status/1")
    assert stage.entries()[EN].published_at == at("09:00")


# ---------------------------------------------------------------- what is written and told


def test_what_a_killed_worker_had_claimed_does_not_wait_for_its_lease(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    assert stage.ledger.claim(EN, "killed", stage.clock, stage.clock + dt.timedelta(seconds=90))
    stage.restart()
    stage.run("09:00:01")
    assert stage.states()[EN] is State.PUBLISHED


def test_a_thread_is_called_published_once_when_all_of_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "campaign_bot")
    thread = post("2026-12-01 09:00", "One\n\n---\n\nTwo", "Uno")
    stage = Stage(tmp_path, {LETTER: thread, "posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"})
    stage.run("09:01")
    assert caplog.text.count(f"{EN}: published") == 1


def test_a_time_that_is_moved_after_publication_is_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.run("10:00")
    stage.edit({LETTER: post("2026-12-01 15:00")})
    stage.run("16:00")
    assert stage.texts("x-en") == ["Read the letter"]
    assert "launch/letter was changed after it was published" in caplog.text


def test_a_ledger_that_cannot_be_told_leaves_word_of_what_is_out(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise LedgerError("ledger-disk-full", ledger="campaign.db")

    stage.blind = True
    with monkeypatch.context() as context:
        context.setattr(stage.ledger, "record", full)
        stage.run("09:00")
    pulses(stage, 40)
    posted = stage.platforms.posts["x-en"]
    assert (len(posted), stage.states()[EN]) == (1, State.UNCONFIRMED)
    assert f"{EN}: it is out ({posted[0].url})" in caplog.text
    assert "The disk is full" in caplog.text
    assert "Traceback" not in caplog.text


def test_accounts_that_are_stopped_do_not_keep_the_others_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many deliveries they have that are due: the ledger gives 200 at a time."""
    names = [f"x-{n}" for n in range(10)]
    accounts = [f"  {name}: {{platform: x, languages: [en], spacing: 0s}}\n" for name in (*names, "x-well")]
    posts = {
        f"posts/launch/{n}.md": post(f"2026-12-01 09:{n:02}", f"Text {n}", accounts=str(names))
        for n in range(25)
    }
    verify = Simulated.verify

    def verify_one(self: Simulated) -> Identity:
        if self._account.name != "x-well":
            raise Refused("401", account_broken=True)
        return verify(self)

    monkeypatch.setattr(Simulated, "verify", verify_one)
    stage = Stage(
        tmp_path,
        {
            "config/accounts.yaml": "accounts:\n" + "".join(accounts),
            LETTER: post("2026-12-01 09:25", accounts="[x-well]"),
            **posts,
        },
    )
    stage.run("09:26")
    assert stage.texts("x-well") == ["Read the letter"]


# ---------------------------------------------------------------- threads that do not end well


def test_what_is_out_of_a_thread_keeps_the_next_post_at_a_distance(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {
            LETTER: post("2026-12-01 09:00", "One\n\n---\n\nTwo", "Uno"),
            "posts/launch/more.md": post("2026-12-01 09:05", "More", "Más"),
            "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en], spacing: 5m}\n",
        },
    )
    stage.script("publish", [None, *[NotSent("refused")] * 6])  # the second part goes out at 09:05:15
    stage.run("10:00")
    assert stage.texts("x-en") == ["One", "Two", "More"]
    _one, two, more = stage.platforms.posts["x-en"]
    assert more.created_at - two.created_at >= dt.timedelta(minutes=5)


def test_an_account_that_is_mended_works_again_though_nothing_is_due(stage: Stage) -> None:
    """Nobody has to wait for the next post to see whether the new credential is the right one."""
    stage.script("verify", [Refused("401", account_broken=True)] * 14)
    stage.run("09:31")
    assert stage.states() == {EN: State.MISSED, ES: State.MISSED}
    assert [state.stopped for state in stage.ledger.accounts()] == [True, True]
    stage.run("09:41")
    assert [state.stopped for state in stage.ledger.accounts()] == [False, False]


def test_what_an_account_is_at_is_known_and_since_when(stage: Stage) -> None:
    seen: list[object] = []

    def play(call: str) -> None:
        seen.append((call, dict(stage.worker.in_flight)))
        stage.pass_time(60 * SECOND)

    stage.play = play  # type: ignore[method-assign]
    stage.run("09:01")
    began = [("verify", "09:00"), ("look", "09:01"), ("publish", "09:02")]
    assert seen[:3] == [(call, {"x-en": at(time)}) for call, time in began]
    assert stage.worker.in_flight == {}


def test_one_login_under_two_ways_to_write_its_server_is_found(tmp_path: Path) -> None:
    accounts = """\
accounts:
  fedi: {platform: mastodon, languages: [en], base_url: "https://a.example"}
  fedi-two: {platform: mastodon, languages: [en], base_url: "https://A.example:443/"}
"""
    stage = Stage(tmp_path, {"posts/launch/a.md": post("2026-12-01 09:00"), "config/accounts.yaml": accounts})
    one = stage.account("fedi")
    stage.adapter = lambda _account: Scripted(  # type: ignore[method-assign]
        stage.platforms.connect(one), stage, one
    )
    stage.restart()
    stage.run("09:10")
    assert stage.texts("fedi") == ["Read the letter"]
    assert stage.ledger.account("fedi-two").reason == "same-identity: fedi"
