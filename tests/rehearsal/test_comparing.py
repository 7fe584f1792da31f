"""What the platforms hold against what the ledger says. Every spoiled world is found out, by its own sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from campaign_bot import planner
from campaign_bot.ledger import Part
from campaign_bot.model import Campaign, Delivery, Entry, History, Order, Rendered, State
from campaign_bot.platforms.base import Media
from campaign_bot.platforms.simulated import SimulatedPost
from campaign_bot.rehearsal.comparing import compare
from campaign_bot.rehearsal.findings import Breach, Sign, World
from support.working import START, Stage, at, post

ACCOUNTS = """\
accounts:
  x-en: {platform: x, languages: [en]}
  fediverse: {platform: mastodon, languages: [en, es], bilingual: thread, base_url: "https://a.example"}
"""
THREAD = post(
    "day 0 09:00", "One\n\n---\n\nTwo", "Uno\n\n---\n\nDos", warning="{en: Detention, es: Detención}"
)
SINGLE = post("day 0 12:00", "Later", "Luego")
EN, ES = "launch/thread:fediverse:en", "launch/thread:fediverse:es"
LATER = "launch/single:x-en:en"
END = at("23:00")


@dataclass
class Books:
    """A ledger that can be falsified."""

    entries_: dict[str, Entry]
    parts: dict[tuple[str, int], Part] = field(default_factory=dict)

    def entries(self) -> list[Entry]:
        return list(self.entries_.values())

    def part(self, key: str, part: int) -> Part | None:
        return self.parts.get((key, part))

    def history(self) -> History:
        return History(self.entries())

    def falsify(self, key: str, **changes: Any) -> None:
        self.entries_[key] = replace(self.entries_[key], **changes)


@dataclass
class Scene:
    """A day that went well, to be spoiled."""

    campaign: Campaign
    books: Books
    posts: dict[str, list[SimulatedPost]]
    wanted: Callable[[Entry], Rendered | None]
    planned: Sequence[Delivery]
    absences: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    end: dt.datetime = END

    def signs(self) -> list[tuple[Breach, Sign, str]]:
        ahead = dt.timedelta(0)
        world: Any = World(self.campaign, self.books, self.posts, ahead, self.absences, self.wanted, self.end)
        return [(found.breach, found.sign, found.key) for found in compare(world, self.planned, END)]

    def respell(self, account: str, number: int, **changes: Any) -> None:
        """Another outgoing for a post that is there."""
        there = self.posts[account][number]
        self.posts[account][number] = replace(there, outgoing=replace(there.outgoing, **changes))

    def redate(self, account: str, number: int, moment: dt.datetime) -> None:
        self.posts[account][number] = replace(self.posts[account][number], created_at=moment)

    def again(self, account: str, number: int, **changes: Any) -> None:
        self.posts[account].append(replace(self.posts[account][number], id="another", **changes))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    stage = Stage(
        tmp_path_factory.mktemp("day"),
        {
            "config/accounts.yaml": ACCOUNTS,
            "posts/launch/thread.md": THREAD,
            "posts/launch/single.md": SINGLE,
        },
    )
    stage.run("22:00")
    entries = stage.entries()
    keys = ((key, number) for key, entry in entries.items() for number in range(1, len(entry.parts) + 1))
    parts = {of: part for of in keys if (part := stage.ledger.part(*of))}
    campaign = stage.follower.campaign
    assert campaign is not None
    planned = planner.plan(campaign, History(), START, END).deliveries
    made = Scene(campaign, Books(entries, parts), stage.platforms.posts, stage.follower.wanted, planned)
    assert len(planned) == len(entries) == 6
    return made


@pytest.fixture
def scene(day: Scene) -> Scene:
    books = Books(dict(day.books.entries_), day.books.parts)
    return replace(day, books=books, posts={name: [*posts] for name, posts in day.posts.items()}, absences=[])


def test_a_day_that_went_well_has_no_findings(scene: Scene) -> None:
    assert scene.signs() == []


# ---------------------------------------------------------------- twice


def test_a_part_that_was_sent_twice(scene: Scene) -> None:
    scene.again("fediverse", 1)
    assert scene.signs() == [(Breach.TWICE, Sign.SENT_TWICE, EN)]


def test_two_posts_of_which_one_may_be_the_unconfirmed_part(scene: Scene) -> None:
    scene.books.falsify(LATER, state=State.UNCONFIRMED, reason="orphaned", receipts=(), parts_done=0)
    assert scene.signs() == []
    scene.again("x-en", -1)
    assert scene.signs() == [(Breach.TWICE, Sign.SENT_TWICE, LATER)]


@pytest.mark.parametrize(
    ("order", "apart", "signs"),
    [
        (Order.DATED, dt.timedelta(days=9), [(Breach.TWICE, Sign.SAME_WORDS, LATER)]),
        (Order.ROTATION, dt.timedelta(hours=23), [(Breach.TWICE, Sign.SAME_WORDS, LATER)]),
        (Order.ROTATION, dt.timedelta(hours=24), []),
    ],
)
def test_the_same_words_under_two_keys(
    scene: Scene, order: Order, apart: dt.timedelta, signs: list[Any]
) -> None:
    first = scene.books.entries_["launch/thread:x-en:en"]
    scene.books.falsify(LATER, fingerprint=first.fingerprint, slot=first.slot + apart)
    queues = {name: replace(queue, order=order) for name, queue in scene.campaign.queues.items()}
    scene.campaign = replace(scene.campaign, queues=queues)
    assert scene.signs() == signs


# ---------------------------------------------------------------- lost


def test_a_receipt_without_a_post(scene: Scene) -> None:
    del scene.posts["x-en"][-1]
    assert scene.signs() == [(Breach.LOST, Sign.GONE, LATER)]


def test_a_receipt_that_was_dropped(scene: Scene) -> None:
    """The ledger says that it is out, but not where."""
    scene.books.falsify(LATER, receipts=())
    assert scene.signs() == [
        (Breach.UNEXPLAINED, Sign.UNRECORDED, LATER),
        (Breach.LOST, Sign.UNFINISHED, LATER),
    ]


def test_a_delivery_that_the_ledger_forgot(scene: Scene) -> None:
    url = scene.posts["x-en"][-1].url
    del scene.books.entries_[LATER]
    assert scene.signs() == [
        (Breach.UNEXPLAINED, Sign.STRANGER, url),
        (Breach.LOST, Sign.FORGOTTEN, LATER),
    ]


def test_a_delivery_that_never_ended(scene: Scene) -> None:
    del scene.posts["x-en"][-1]
    scene.books.falsify(LATER, state=State.SCHEDULED, receipts=(), parts_done=0)
    assert scene.signs() == [(Breach.LOST, Sign.OVERDUE, LATER)]


def test_nothing_waits_for_what_is_due_after_the_end(scene: Scene) -> None:
    del scene.posts["x-en"][-1]
    scene.books.falsify(LATER, state=State.SCHEDULED, receipts=(), parts_done=0)
    scene.end = scene.books.entries_[LATER].slot_at
    assert scene.signs() == []


# ---------------------------------------------------------------- wrong


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"text": "Uno"}, Sign.TEXT),
        ({"languages": ("es",)}, Sign.LANGUAGE),
        ({"warning": None}, Sign.WARNING),
        ({"reply_to": None}, Sign.PARENT),
    ],
)
def test_a_post_that_is_not_as_its_file_says(scene: Scene, changes: dict[str, Any], sign: Sign) -> None:
    scene.respell("fediverse", 1, **changes)
    assert scene.signs() == [(Breach.WRONG, sign, EN)]


def test_parts_in_the_wrong_order(scene: Scene) -> None:
    one, two = (post.outgoing.text for post in scene.posts["fediverse"][:2])
    scene.respell("fediverse", 0, text=two)
    scene.respell("fediverse", 1, text=one)
    assert scene.signs() == [(Breach.WRONG, Sign.TEXT, EN)]


def test_a_second_language_that_replies_to_the_wrong_part(scene: Scene) -> None:
    first, _, spanish, _ = scene.posts["fediverse"][:4]
    assert spanish.outgoing.reply_to is not None
    scene.respell("fediverse", 2, reply_to=replace(spanish.outgoing.reply_to, id=first.id))
    assert scene.signs() == [(Breach.WRONG, Sign.PARENT, ES)]


def test_a_second_language_goes_alone_if_the_first_did_not_go_out(scene: Scene) -> None:
    scene.books.falsify(EN, state=State.FAILED, reason="400")
    assert scene.signs() == [(Breach.WRONG, Sign.PARENT, ES)]
    for number in (2, 3):
        spanish = scene.posts["fediverse"][number].outgoing
        parent = scene.books.entries_[ES].receipts[0] if number == 3 else None
        scene.respell("fediverse", number, reply_to=parent and replace(spanish.reply_to, id=parent.id))
        scene.respell("fediverse", number, root=parent and replace(spanish.root, id=parent.id))
    assert scene.signs() == []


def test_pictures_that_nobody_asked_for(scene: Scene) -> None:
    scene.respell("x-en", 0, media=(Media("media/a.png#1", "A letter"),))
    assert scene.signs() == [(Breach.WRONG, Sign.PICTURES, "launch/thread:x-en:en")]


@pytest.mark.parametrize(
    ("moment", "signs"),
    [
        (at("11:59:59"), [(Breach.WRONG, Sign.EARLY, LATER)]),
        (at("12:31:00"), []),
        (at("12:31:01"), [(Breach.WRONG, Sign.LATE, LATER)]),
    ],
)
def test_a_time_that_was_not_its_own(scene: Scene, moment: dt.datetime, signs: list[Any]) -> None:
    """Its call may take a minute."""
    scene.redate("x-en", -1, moment)
    assert scene.signs() == signs


@pytest.mark.parametrize(
    ("limits", "sign"),
    [({"spacing": dt.timedelta(hours=4)}, Sign.CROWDED), ({"per_day": 1}, Sign.PER_DAY)],
)
def test_more_than_an_account_may_have(scene: Scene, limits: dict[str, Any], sign: Sign) -> None:
    accounts = {**scene.campaign.accounts, "x-en": replace(scene.campaign.accounts["x-en"], **limits)}
    scene.campaign = replace(scene.campaign, accounts=accounts)
    assert scene.signs() == [(Breach.WRONG, sign, LATER)]


# ---------------------------------------------------------------- unexplained


def test_a_post_from_nowhere(scene: Scene) -> None:
    stranger = replace(scene.posts["x-en"][0].outgoing, idempotency_key="nobody's")
    scene.again("x-en", 0, url="https://a.example/1", outgoing=stranger)
    assert scene.signs() == [(Breach.UNEXPLAINED, Sign.STRANGER, "https://a.example/1")]


@pytest.mark.parametrize("state", [State.MISSED, State.FAILED, State.SCHEDULED])
def test_a_post_of_which_the_ledger_says_otherwise(scene: Scene, state: State) -> None:
    scene.books.falsify(LATER, state=state, reason="late: spacing", receipts=(), parts_done=0, deadline=END)
    assert scene.signs() == [(Breach.UNEXPLAINED, Sign.UNRECORDED, LATER)]


@pytest.mark.parametrize(
    ("state", "reason", "signs"),
    [
        (State.MISSED, "", [Sign.NO_REASON]),
        (State.FAILED, "400 Bad Request", []),
        (State.HELD, "held: hold", []),
        (State.CANCELLED, "not-in-plan", [Sign.CANCELLED]),
        (State.MISSED, "late: came-late", [Sign.FALSE_REASON]),
        (State.MISSED, "late: no-worker", [Sign.FALSE_REASON]),
    ],
)
def test_what_did_not_go_out_needs_a_reason(
    scene: Scene, state: State, reason: str, signs: list[Sign]
) -> None:
    del scene.posts["x-en"][-1]
    scene.books.falsify(LATER, state=state, reason=reason, receipts=(), parts_done=0)
    assert scene.signs() == [(Breach.UNEXPLAINED, sign, LATER) for sign in signs]


def test_no_worker_is_a_reason_where_there_was_none(scene: Scene) -> None:
    del scene.posts["x-en"][-1]
    scene.books.falsify(LATER, state=State.MISSED, reason="late: no-worker", receipts=(), parts_done=0)
    scene.absences = [(at("12:10"), at("13:00"))]
    assert scene.signs() == []
