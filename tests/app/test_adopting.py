"""A ledger that was lost, or of which a copy was put back: whatever goes out is compared with the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.app.deciding import Desk
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, State
from campaign_bot.platforms.base import RemotePost
from campaign_bot.platforms.errors import TOO_MANY, Refused, Unknown
from support import photos
from support.working import CAMPAIGN, DATED, Scripted, Stage, at, post

LETTER = "posts/launch/letter.md"
EN = "launch/letter:x-en:en"
ONLY_EN = {"posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"}
OTHER = {"posts/launch/other.md": post("2026-12-01 10:30", "Another thing", "Otra cosa")}

CAPTION = "On 3 December at 6 pm we read the letter aloud, at the gate, in two languages"
LIKE_IT = "On 3 December at 6 pm we read the letter aloud, at the gate, in both languages"

Step = Callable[[Stage], None]


class Long(Stage):
    """A stage whose platform can be read back so far and no further (``most``)."""

    most: dt.timedelta | None = None

    def adapter(self, account: Account) -> Any:
        return Bounded(self.platforms.connect(account), self, account)


class Bounded(Scripted):
    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        most = self._stage.most  # type: ignore[attr-defined]
        if most and since < self._stage.clock - most:
            raise Refused(TOO_MANY)
        return super().recent(since)


@pytest.fixture
def stage(tmp_path: Path) -> Long:
    return Long(tmp_path, {LETTER: post("2026-12-01 09:00")} | OTHER | ONLY_EN)


def put_back(stage: Stage, copy: Ledger) -> None:
    """The worker was killed, and the copy takes the ledger's place. The next start is yet to come."""
    stage.ledger.close()
    stage.ledger = copy


def desk(stage: Stage) -> Desk:
    return Desk(stage.follower.campaign, stage.ledger, stage.clock)


# ---------------------------------------------------------------- what a person lets go


def retry(stage: Stage) -> None:
    desk(stage).retry("launch/letter")


def release(stage: Stage) -> None:
    desk(stage).release("launch/letter")


def resume(stage: Stage) -> None:
    desk(stage).resume("post", "launch/letter")


def file_comes_back(stage: Stage) -> None:
    stage.edit({LETTER: post(f"2026-12-01 {stage.clock + dt.timedelta(minutes=3):%H:%M}")})


def not_published(stage: Stage) -> None:
    if stage.states()[EN] is State.MISSED:  # a look found nothing, and it was too late by then
        retry(stage)
    else:
        desk(stage).confirm_not_published(EN)


def missed(stage: Stage) -> None:
    desk(stage).pause("post", "launch/letter", "")
    stage.run("09:40")
    resume(stage)


def failed(stage: Stage) -> None:
    stage.script("publish", [Refused("no")])


def patient(stage: Stage) -> None:
    stage.edit({"config/campaign.yaml": CAMPAIGN.replace("30m", "5h")})


def held(stage: Stage) -> None:
    patient(stage)
    desk(stage).hold("launch/letter")


def held_by_its_file(stage: Stage) -> None:
    stage.edit({LETTER: post("2026-12-01 09:00", hold="true")})


def paused(stage: Stage) -> None:
    patient(stage)
    desk(stage).pause("post", "launch/letter", "")


def cancelled(stage: Stage) -> None:
    stage.run("08:58")
    stage.edit({LETTER: None})


def unconfirmed(stage: Stage) -> None:
    stage.blind = True
    stage.script("publish", [Unknown("read timeout")])


WAYS = [
    (missed, retry),
    (failed, retry),
    (held, release),
    (held_by_its_file, release),
    (paused, resume),
    (cancelled, file_comes_back),
    (unconfirmed, not_published),
]


@pytest.mark.parametrize("when", ["before the start", "after the start", "after another delivery"])
@pytest.mark.parametrize(("prepare", "let_go"), WAYS, ids=[way[0].__name__ for way in WAYS])
def test_what_is_let_go_after_a_copy_was_put_back_is_compared(
    stage: Long, prepare: Step, let_go: Step, when: str
) -> None:
    stage.run("08:50")
    prepare(stage)
    stage.run("10:00")
    assert stage.texts("x-en") == []
    stage.blind = False
    copy = stage.copy_of_ledger()
    let_go(stage)
    stage.run("10:10")
    assert stage.texts("x-en") == ["Read the letter"]

    put_back(stage, copy)
    if prepare is cancelled:
        stage.edit({LETTER: None})
    if when == "before the start":
        let_go(stage)
    stage.restart()
    if when == "after the start":
        let_go(stage)
    stage.run("10:35")
    if when == "after another delivery":
        assert "Another thing" in stage.texts("x-en")
        let_go(stage)
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Another thing"]
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.PUBLISHED, "adopted")


def test_a_worker_that_is_killed_again_has_not_forgotten_what_was_there(stage: Long) -> None:
    stage.run("08:50")
    missed(stage)
    copy = stage.copy_of_ledger()
    retry(stage)
    stage.run("09:50")
    put_back(stage, copy)
    for time in ("10:35", "11:00", "11:30"):
        stage.restart()
        stage.run(time)
    retry(stage)
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Another thing"]


def test_what_was_moved_to_another_time_meanwhile_is_compared(stage: Long) -> None:
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("09:30")
    put_back(stage, copy)
    stage.edit({LETTER: post("2026-12-01 11:00")})
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Another thing"]


@pytest.mark.parametrize("done", [1, 2])
def test_a_thread_goes_on_after_the_last_part_that_is_there(tmp_path: Path, done: int) -> None:
    thread = post("2026-12-01 09:00", "One\n\n---\n\nTwo\n\n---\n\nThree", "Uno")
    stage = Long(tmp_path, {LETTER: thread} | ONLY_EN)
    stage.script("publish", [None] * done + [Refused("not now")])
    stage.run("09:10")
    copy = stage.copy_of_ledger()
    retry(stage)
    stage.run("09:20")
    put_back(stage, copy)
    retry(stage)
    stage.restart()
    stage.run("10:00")
    assert stage.texts("x-en") == ["One", "Two", "Three"]
    assert [r.id for r in stage.entries()[EN].receipts] == [p.id for p in stage.platforms.posts["x-en"]]


def test_a_sequence_does_not_begin_anew_with_a_new_ledger(tmp_path: Path) -> None:
    queue = 'order: sequence\nslots: ["daily 09:00"]\naccounts: [x-en]\n'
    posts = {f"posts/news/{word}.md": post(en=word) for word in ("a-one", "b-two", "c-three")}
    stage = Long(tmp_path, {"posts/news/queue.yaml": queue} | posts)
    stage.run(at("12:00", 2))
    stage.lose_ledger()
    stage.run(at("12:00", 6))
    assert stage.texts("x-en") == ["a-one", "b-two", "c-three"]


def test_an_account_that_is_away_at_the_start_is_read_when_it_comes_back(stage: Long) -> None:
    stage.run("08:50")
    missed(stage)
    copy = stage.copy_of_ledger()
    retry(stage)
    stage.run("09:50")
    put_back(stage, copy)
    accounts = (stage.root / "config/accounts.yaml").read_text(encoding="utf-8")
    without = "\n".join(line for line in accounts.splitlines() if "x-en" not in line)
    stage.edit({"config/accounts.yaml": without, "posts/launch/queue.yaml": DATED})
    stage.restart()
    stage.run("10:15")
    stage.edit({"config/accounts.yaml": accounts} | ONLY_EN)
    stage.restart()
    retry(stage)
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Another thing"]


def test_what_a_person_denied_before_the_copy_was_made_is_compared_again(tmp_path: Path) -> None:
    stage = Long(tmp_path, {LETTER: post("2026-12-01 09:00", CAPTION)} | ONLY_EN)
    unconfirmed(stage)
    stage.run("09:10")
    not_published(stage)
    copy = stage.copy_of_ledger()
    stage.run("09:15")
    stage.blind = False
    stage.shows = lambda text: LIKE_IT if text == CAPTION else text
    put_back(stage, copy)
    stage.restart()
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION], State.UNCONFIRMED)


@pytest.mark.parametrize("bilingual", ["thread", "separate"])
def test_a_second_language_is_known_though_it_replied_to_a_first_that_is_too_late_now(
    tmp_path: Path, bilingual: str
) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en, es], bilingual: thread}\n"
    queue = DATED + "accounts: [x-en]\nstagger: {es: 15m}\n"
    files = {LETTER: post("2026-12-01 09:00")}
    stage = Long(tmp_path, files | {"config/accounts.yaml": accounts, "posts/launch/queue.yaml": queue})
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("09:40")
    put_back(stage, copy)
    stage.edit({"config/accounts.yaml": accounts.replace("thread", bilingual)})
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Lean la carta"]
    assert stage.states()["launch/letter:x-en:es"] is State.PUBLISHED


def test_an_account_that_was_read_before_waits_until_it_can_be_read_again(stage: Long) -> None:
    stage.run("08:50")
    missed(stage)
    stage.edit({"posts/launch/early.md": post("2026-12-01 09:50", "Good morning", "Buenos días")})
    stage.run("09:55")
    copy = stage.copy_of_ledger()
    retry(stage)
    stage.run("10:00")
    put_back(stage, copy)
    stage.script("look", [Refused("403 Forbidden", status=403)])
    stage.restart()
    retry(stage)
    stage.run("12:00")
    assert stage.texts("x-en") == ["Good morning", "Read the letter", "Another thing"]


# ---------------------------------------------------------------- edited between the loss and the start

PICTURES: dict[str, str | bytes | None] = {"posts/media/a.png": photos.saved(photos.drawn(), "PNG")}
PICTURED = "[{file: media/a.png, alt: {en: a, es: a}}]"


@pytest.mark.parametrize("before", ["with a picture", "without"])
def test_the_same_words_are_the_same_post_whatever_pictures_they_have(tmp_path: Path, before: str) -> None:
    files = [post("2026-12-01 09:00", CAPTION, images=PICTURED), post("2026-12-01 09:00", CAPTION)]
    first, then = files if before == "with a picture" else reversed(files)
    stage = Long(tmp_path, {LETTER: first} | PICTURES | ONLY_EN)
    stage.run("09:05")
    stage.lose_ledger()
    stage.edit({LETTER: then})
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.entries()[EN].reason) == ([CAPTION], "adopted")


@pytest.mark.parametrize("then", [("separate", "together"), ("together", "separate")], ids=">".join)
def test_a_text_that_stood_beside_the_other_language_or_does_so_now_is_for_a_person(
    tmp_path: Path, then: tuple[str, str]
) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en, es], bilingual: %s}\n"
    files = {LETTER: post("2026-12-01 09:00", CAPTION, "Leemos la carta en voz alta, a la puerta")}
    stage = Long(tmp_path, files | {"config/accounts.yaml": accounts % then[0]} | ONLY_EN)
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("09:05")
    shown = stage.texts("x-en")
    put_back(stage, copy)
    stage.edit({"config/accounts.yaml": accounts % then[1]})
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == shown
    assert set(stage.states().values()) == {State.CANCELLED, State.UNCONFIRMED}


def test_a_post_that_was_renamed_and_edited_a_little_is_for_a_person(stage: Long) -> None:
    stage.edit({LETTER: post("2026-12-01 09:00", CAPTION)})
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("09:05")
    put_back(stage, copy)
    stage.edit({LETTER: None, "posts/launch/brief.md": post("2026-12-01 09:00", LIKE_IT)})
    stage.restart()
    stage.run("10:00")
    assert (stage.texts("x-en"), stage.states()["launch/brief:x-en:en"]) == ([CAPTION], State.UNCONFIRMED)


@pytest.mark.parametrize("then", ["Three things have to change", "In between\n\n---\n\nAnd the second part"])
def test_a_thread_never_branches(tmp_path: Path, then: str) -> None:
    thread = "One of two\n\n---\n\n"
    stage = Long(tmp_path, {LETTER: post("2026-12-01 09:00", thread + "And the second part")} | ONLY_EN)
    stage.run("09:05")
    stage.lose_ledger()
    stage.edit({LETTER: post("2026-12-01 09:00", thread + then)})
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == (
        ["One of two", "And the second part"],
        State.UNCONFIRMED,
    )
    desk(stage).confirm_not_published(EN)
    stage.run("13:00")
    assert stage.texts("x-en")[2:] == then.split("\n\n---\n\n")


# ---------------------------------------------------------------- how far back


def test_more_than_can_be_read_back_is_no_obstacle_to_what_goes_out_by_itself(stage: Long) -> None:
    stage.most = dt.timedelta(hours=1)
    stage.clock = at("10:20")
    stage.restart()
    stage.run("10:40")
    assert stage.texts("x-en") == ["Another thing"]


def test_what_cannot_be_read_back_to_is_for_a_person(stage: Long) -> None:
    stage.most = dt.timedelta(hours=1)
    stage.clock = at("10:20")
    stage.restart()
    stage.run("10:40")
    retry(stage)
    stage.run("11:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == (["Another thing"], State.UNCONFIRMED)
    not_published(stage)
    stage.run("12:00")
    assert stage.texts("x-en") == ["Another thing", "Read the letter"]


def test_what_was_due_long_ago_is_read_back_to_when_it_comes(tmp_path: Path) -> None:
    long_ago = {
        LETTER: post("2026-12-01 09:00"),
        "posts/launch/other.md": post("2026-12-20 09:00", "Another"),
    }
    stage = Long(tmp_path, long_ago | ONLY_EN)
    stage.edit({"config/campaign.yaml": CAMPAIGN.replace("starts: 2026-12-01\n", "")})
    stage.run("09:30")
    stage.clock = at("08:00", 20)
    stage.lose_ledger()
    stage.run(at("10:00", 20))
    desk(stage).retry("launch/letter")
    stage.run(at("12:00", 20))
    assert stage.texts("x-en") == ["Read the letter", "Another"]


# ---------------------------------------------------------------- shown otherwise


def shown_as(tmp_path: Path, words: str) -> Long:
    """The ledger was lost after the letter went out, and its server shows it in other words."""
    stage = Long(tmp_path, {LETTER: post("2026-12-01 09:00", CAPTION)} | ONLY_EN)
    stage.run("09:05")
    stage.lose_ledger()
    stage.shows = lambda text: words if text == CAPTION else text
    return stage


def test_what_only_resembles_is_for_a_person(tmp_path: Path) -> None:
    stage = shown_as(tmp_path, LIKE_IT)
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION], State.UNCONFIRMED)
    assert [event.reason for event in stage.ledger.events(key=EN) if event.kind == "look"] == ["several"]


def test_what_a_person_says_of_it_counts(tmp_path: Path) -> None:
    stage = shown_as(tmp_path, LIKE_IT)
    stage.run("09:20")
    not_published(stage)
    stage.run("09:30")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION, CAPTION], State.PUBLISHED)


def test_its_source_tells_it(tmp_path: Path) -> None:
    stage = shown_as(tmp_path, LIKE_IT)
    stage.sources = {post.id: CAPTION for post in stage.platforms.posts["x-en"]}
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.entries()[EN].reason) == ([CAPTION], "adopted")


def test_other_words_are_another_post(tmp_path: Path) -> None:
    stage = shown_as(tmp_path, "We thank everybody who came to the gate on 3 December")
    stage.run("12:00")
    assert stage.texts("x-en") == [CAPTION, CAPTION]


def test_what_another_post_of_ours_says_is_that_one(tmp_path: Path) -> None:
    two = {
        LETTER: post("2026-12-01 09:00", CAPTION),
        "posts/launch/second.md": post("2026-12-01 09:10", LIKE_IT),
    }
    stage = Long(tmp_path, two | ONLY_EN)
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("09:05")
    put_back(stage, copy)
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == [CAPTION, LIKE_IT]


@pytest.mark.parametrize("words", ["On 3 December at 6 pm we read…", f"Campaign News\n{CAPTION} and it is"])
def test_what_was_cut_short_or_added_to_is_for_a_person(tmp_path: Path, words: str) -> None:
    stage = shown_as(tmp_path, words)
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION], State.UNCONFIRMED)


def test_a_source_that_cannot_be_read_keeps_that_delivery_only(tmp_path: Path) -> None:
    stage = shown_as(tmp_path, LIKE_IT)
    stage.edit(OTHER)

    def source(_: object) -> str:
        raise Unknown("500")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "source", lambda _self, receipt: source(receipt))
        stage.run("10:35")
        assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION, "Another thing"], State.UNCONFIRMED)
    stage.sources = {post.id: CAPTION for post in stage.platforms.posts["x-en"][:1]}
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([CAPTION, "Another thing"], State.PUBLISHED)


# ---------------------------------------------------------------- highlights


def highlights(tmp_path: Path) -> Long:
    queue = 'order: rotation\nslots: ["daily 09:00", "daily 10:00"]\naccounts: [x-en]\n'
    return Long(tmp_path, {"posts/demands/queue.yaml": queue, "posts/demands/one.md": post(en="one")})


def test_as_many_posts_are_there_as_showings_went_out(tmp_path: Path) -> None:
    stage = highlights(tmp_path)
    stage.run("08:50")
    desk(stage).pause("post", "demands/one", "")
    stage.run("10:40")
    desk(stage).resume("post", "demands/one")
    first, second = sorted(key for key in stage.entries() if key.startswith("demands@2026-12-01"))
    copy = stage.copy_of_ledger()
    desk(stage).retry(second)
    stage.run("10:45")
    put_back(stage, copy)
    desk(stage).retry(first)
    stage.restart()
    stage.run("11:00")
    assert (stage.texts("x-en"), stage.entries()[first].reason) == (["one"], "adopted")
    desk(stage).retry(second)
    stage.run("12:00")
    assert stage.texts("x-en") == ["one", "one"]


def test_each_showing_takes_its_own_post(tmp_path: Path) -> None:
    stage = highlights(tmp_path)
    stage.run("08:50")
    copy = stage.copy_of_ledger()
    stage.run("10:10")
    put_back(stage, copy)
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == ["one", "one"]
    # The first was too late to be compared by itself. Once a person wants it, it finds what it made.
    first = min(key for key in stage.entries() if key.startswith("demands@2026-12-01"))
    desk(stage).retry(first)
    stage.run("13:00")
    assert (stage.texts("x-en"), stage.entries()[first].reason) == (["one", "one"], "adopted")


VARIANTS = "---\n---\n## English\nFirst\n\n## English\nSecond\n\n## Español\nUno\n\n## Español\nDos\n"


@pytest.mark.parametrize("more", [{"two": post(en="two")}, {"one": VARIANTS}], ids=["highlights", "variants"])
def test_a_slot_that_shows_something_else_already_is_for_a_person(
    tmp_path: Path, more: dict[str, str]
) -> None:
    """Only the ledger that was lost knew whose turn it was."""
    stage = highlights(tmp_path)
    stage.edit({f"posts/demands/{name}.md": words for name, words in more.items()})
    stage.run("10:05")
    shown = stage.texts("x-en")
    assert len(shown) == 2
    stage.lose_ledger()
    stage.run("12:00")
    slot = next(entry for key, entry in stage.entries().items() if key.startswith("demands@2026-12-01T10"))
    assert (stage.texts("x-en"), slot.state) == (shown, State.UNCONFIRMED)
