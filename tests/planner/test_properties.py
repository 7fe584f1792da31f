"""What holds for any campaign: nothing twice, nothing lost, and the same plan however often it is made."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaign_bot.model import Account, Campaign, Entry, History, Plan, Post, Queue, State
from campaign_bot.planner import check, overdue, plan
from campaign_bot.planner.wall import obstacle
from support.campaigns import account, campaign, post, queue
from support.planning import LOS_ANGELES, Book, codes, on

DAY = dt.timedelta(days=1)
ZONES = st.sampled_from(["America/Los_Angeles", "America/Tijuana", "America/Hermosillo"])
STARTS = st.sampled_from(["2026-10-30", "2027-03-12", "2026-12-01"])  # two of them before a change
DAYS = 5

ACCOUNTS = st.builds(
    lambda how, spacing, per_day, is_bilingual: account(
        "one",
        "mastodon",
        ("en", "es") if is_bilingual else ("es",),
        bilingual=how,
        spacing=dt.timedelta(minutes=spacing),
        per_day=per_day,
    ),
    st.sampled_from(["separate", "thread", "together"]),
    st.sampled_from([0, 1, 7, 40]),
    st.sampled_from([None, None, 2, 5]),
    st.booleans(),
)
TIMES = st.sampled_from(["00:10", "01:30", "02:30", "09:00", "09:05", "18:00", "23:50"])
SLOTS = st.lists(TIMES.map("daily {}".format), min_size=1, max_size=3, unique=True)
STAGGERS = st.sampled_from([{}, {"es": dt.timedelta(minutes=15)}, {"en": dt.timedelta(hours=1)}])


def words(name: str) -> dict[str, str]:
    return {"en": f"English of {name}", "es": f"Español de {name}"}


@st.composite
def dated_queues(draw: st.DrawFn, start: str) -> Queue:
    first = dt.date.fromisoformat(start)
    posts = [
        post(
            f"launch/{n}",
            at=f"{first + draw(st.integers(0, DAYS - 1)) * DAY} {draw(TIMES)}",
            **words(f"launch {n}"),
        )
        for n in range(draw(st.integers(0, 5)))
    ]
    return queue("launch", *posts, stagger=draw(STAGGERS))


@st.composite
def slotted_queues(draw: st.DrawFn, name: str, order: str) -> Queue:
    weights = draw(st.lists(st.sampled_from([1, 1, 2]), min_size=0, max_size=5))
    posts = [post(f"{name}/{n}", weight=weight, **words(f"{name} {n}")) for n, weight in enumerate(weights)]
    return queue(name, *posts, order=order, slots=draw(SLOTS), stagger=draw(STAGGERS))


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[Campaign, dt.datetime]:
    start, zone = draw(STARTS), draw(ZONES)
    first = draw(ACCOUNTS)
    others = [replace(draw(ACCOUNTS), name=name) for name in ("two", "three")[: draw(st.integers(0, 2))]]
    folder = campaign(
        draw(dated_queues(start)),
        draw(slotted_queues("act", "sequence")),
        draw(slotted_queues("hl", "rotation")),
        accounts=[first, *others],
        zone=zone,
        quiet=draw(st.sampled_from([None, (dt.time(22), dt.time(1))])),
        blackout=frozenset({dt.date.fromisoformat(start) + DAY} if draw(st.booleans()) else ()),
        lateness=dt.timedelta(minutes=draw(st.sampled_from([5, 30, 120]))),
    )
    return folder, on(start, folder.zone)


def utc(time: dt.datetime) -> dt.datetime:
    return time.astimezone(dt.UTC)


def whole(folder: Campaign, start: dt.datetime) -> Plan:
    return plan(folder, History(), start, start + DAYS * DAY)


@given(campaigns())
def test_a_plan_keeps_every_rule(case: tuple[Campaign, dt.datetime]) -> None:
    folder, start = case
    made = whole(folder, start)
    assert made == whole(folder, start)
    assert made.kept == ()
    assert max(Counter(delivery.key for delivery in made.deliveries).values(), default=1) == 1
    for earlier, later in pairwise(made.deliveries):
        assert utc(earlier.at) <= utc(later.at)
    lanes = defaultdict(list)
    for delivery in made.deliveries:
        assert utc(start) <= delivery.slot_at <= utc(delivery.at) <= delivery.deadline
        assert utc(delivery.at) < utc(start + DAYS * DAY)
        if delivery.hold is None:
            assert (
                not obstacle(folder, delivery.slot, delivery.slot_at) or folder.queues[delivery.queue].stagger
            )
            lanes[delivery.account].append(delivery.at)
    for name, ats in lanes.items():
        one = folder.accounts[name]
        assert all(utc(later) - utc(earlier) >= one.spacing for earlier, later in pairwise(ats))
        days = Counter(at.date() for at in ats)
        assert one.per_day is None or max(days.values()) <= one.per_day


@given(campaigns())
@settings(max_examples=60)
def test_planning_day_by_day_gives_what_planning_at_once_gives(case: tuple[Campaign, dt.datetime]) -> None:
    folder, start = case
    made = whole(folder, start)
    assume({*codes(made)} <= {"time-skipped"})  # what has no room, or is held, leaves its turn to others
    book = Book()
    for day in range(DAYS):
        book.live(folder, start + day * DAY, start + (day + 1) * DAY)
    at_once = [(utc(d.at), d.key) for d in made.deliveries if d.hold is None]
    assert [(one.published_at, one.key) for one in book.out] == sorted(at_once)


ENDINGS = st.lists(
    st.sampled_from([*[State.PUBLISHED] * 5, State.MISSED, State.FAILED, State.UNCONFIRMED]), max_size=12
)


@st.composite
def edits(draw: st.DrawFn) -> dict[str, object]:
    """One day's edits: what is gone, held, moved, reweighted, renamed in its file."""
    some = st.sets(st.integers(0, 5), max_size=2)
    return {
        "gone": draw(some),
        "held": draw(some),
        "moved": draw(st.dictionaries(st.integers(0, 5), TIMES, max_size=3)),
        "weights": draw(st.dictionaries(st.integers(0, 5), st.sampled_from([1, 2, 3]), max_size=2)),
        "reversed": draw(st.booleans()),
        "bilingual": draw(st.booleans()),
    }


def edited(folder: Campaign, edit: dict[str, object], day: dt.date) -> Campaign:
    queues = {}
    for name, one in folder.queues.items():
        posts = [_edited(each, n, edit, day) for n, each in enumerate(one.posts) if n not in edit["gone"]]
        queues[name] = replace(one, posts=tuple(reversed(posts) if edit["reversed"] else posts))
    accounts: dict[str, Account] = dict(folder.accounts)
    if edit["bilingual"]:
        how = [*{each.bilingual for each in accounts.values()}]
        accounts = {name: replace(each, bilingual=how[-1]) for name, each in accounts.items()}
    return replace(folder, queues=queues, accounts=accounts)


def _edited(one: Post, n: int, edit: dict[str, object], day: dt.date) -> Post:
    at = one.at
    if at is not None and n in edit["moved"]:
        at = dt.datetime.combine(day, dt.time.fromisoformat(edit["moved"][n]))
    weight = one.weight * edit["weights"].get(n, 1)
    return replace(one, at=at, weight=weight, hold=n in edit["held"])


@given(campaigns(), st.lists(st.tuples(edits(), ENDINGS), min_size=DAYS, max_size=DAYS))
@settings(max_examples=60)
def test_nothing_goes_out_twice_whatever_is_edited_and_however_it_ends(
    case: tuple[Campaign, dt.datetime], days: list[tuple[dict[str, object], list[State]]]
) -> None:
    folder, start = case
    book = Book()
    for day, (edit, endings) in enumerate(days):
        today = start + day * DAY
        book.live(edited(folder, edit, today.date()), today, today + DAY, endings)
    assert len(book.tried) == len(set(book.tried))
    assert_said_once(book.out)


def assert_said_once(out: list[Entry]) -> None:
    """No account got a dated or sequence text twice, nor a highlight's in slots less than 24 hours apart."""
    said: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in sorted(out, key=lambda one: one.slot):
        said[one.account, one.fingerprint].append(one)
    for times in said.values():
        for earlier, later in pairwise(times):
            assert later.queue == "hl"
            assert later.slot - earlier.slot >= DAY


@given(
    names=st.lists(st.sets(st.sampled_from("cdef")), min_size=DAYS, max_size=DAYS),
    heavy=st.sets(st.sampled_from("cdef")),
    endings=st.lists(ENDINGS, min_size=DAYS, max_size=DAYS),
)
@settings(max_examples=60)
def test_two_highlights_that_stay_are_shown_alike_while_others_come_and_go(
    names: list[set[str]], heavy: set[str], endings: list[list[State]]
) -> None:
    start = on("2026-10-30")
    book = Book()
    for day, others in enumerate(names):
        posts = [
            post(f"hl/{name}", en=[f"{name} {n}" for n in range(40)], weight=2 if name in heavy else 1)
            for name in ["a", *sorted(others), "z"]
        ]
        slots = ["daily 08:00", "daily 12:00", "daily 16:00", "daily 20:00"]
        folder = campaign(
            queue("hl", *posts, order="rotation", slots=slots),
            accounts=[account("x-en", spacing=dt.timedelta(0))],
        )
        book.live(folder, start + day * DAY, start + (day + 1) * DAY, endings[day])
    shown = [one for one in book.entries.values() if one.state in {State.PUBLISHED, State.UNCONFIRMED}]
    lead = [0]
    for one in sorted(shown, key=lambda one: one.slot):
        lead.append(lead[-1] + {"hl/a": 1, "hl/z": -1}.get(one.post, 0))
    assert max(lead) - min(lead) <= 1


@given(campaigns(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_the_history_changes_nothing(
    case: tuple[Campaign, dt.datetime], shuffle: object
) -> None:
    folder, start = case
    entries = list(_some_history(folder, start).entries)
    forwards = History(tuple(entries))
    shuffle.shuffle(entries)  # type: ignore[attr-defined]
    later = start + 2 * DAY
    assert plan(folder, forwards, later, later + 2 * DAY) == plan(
        folder, History(tuple(entries)), later, later + 2 * DAY
    )
    assert overdue(folder, forwards, later) == overdue(folder, History(tuple(entries)), later)


def _some_history(folder: Campaign, start: dt.datetime) -> History:
    book = Book()
    book.live(folder, start, start + DAY, [State.PUBLISHED, State.MISSED, State.FAILED] * 5)
    return book.history


@given(campaigns())
@settings(max_examples=40)
def test_what_is_overdue_and_what_is_planned_complete_each_other(case: tuple[Campaign, dt.datetime]) -> None:
    """Every dated delivery is in one of them, and in one only, wherever ``now`` lies."""
    folder, start = case
    only_dated = replace(folder, queues={"launch": folder.queues["launch"]})
    free = {
        name: replace(one, per_day=None, spacing=dt.timedelta(0)) for name, one in folder.accounts.items()
    }
    only_dated = replace(only_dated, accounts=free)
    everything = {
        delivery.key for delivery in plan(only_dated, History(), start - DAY, start + 9 * DAY).deliveries
    }
    now = start + 2 * DAY + dt.timedelta(hours=9)
    late = [delivery.key for delivery in overdue(only_dated, History(), now)]
    soon = [delivery.key for delivery in plan(only_dated, History(), now, start + 9 * DAY).deliveries]
    assert sorted([*late, *soon]) == sorted(everything)


@given(campaigns())
@settings(max_examples=40)
def test_a_file_with_an_error_of_times_delivers_nothing(case: tuple[Campaign, dt.datetime]) -> None:
    folder, start = case
    broken = {problem.file for problem in check(folder) if problem.severity == "error"}
    made = whole(folder.holding(frozenset(broken)), start)
    assert not {delivery.file for delivery in made.deliveries if delivery.hold is None} & broken


def test_the_zone_of_now_and_until_does_not_matter() -> None:
    folder = campaign(post("launch/a", at="2026-12-01 09:00", **words("a")), zone=str(LOS_ANGELES))
    start, end = on("2026-12-01"), on("2026-12-02")
    assert plan(folder, History(), start, end) == plan(folder, History(), utc(start), utc(end))
