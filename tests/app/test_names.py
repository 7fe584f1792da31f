"""A name in another form is no other post: not in files, on the command line, or in an old ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from campaign_bot.ledger import Ledger, upgrade
from campaign_bot.model import Campaign, History, State
from campaign_bot.planner import plan
from support import campaigns
from support.cli import run
from support.deliveries import NOON, delivery
from support.forms import composed, decomposed
from support.ledgers import SECOND, add, begin, receipt
from support.planning import entry, keys, planned
from support.working import DATED, Stage, post

FORMS = (composed, decomposed)
Form = Callable[[str], str]
both = pytest.mark.parametrize(("form", "other"), [FORMS, FORMS[::-1]])


@both
def test_what_was_published_under_an_id_never_goes_out_under_its_other_form(
    tmp_path: Path, form: Form, other: Form
) -> None:
    song = "posts/launch/song.md"
    stage = Stage(tmp_path, {song: post("2026-12-01 09:00", id=form("canción"))})
    stage.run("10:00")
    edited = post("2026-12-01 12:00", en="Read it again", es="Léanla otra vez", id=other("canción"))
    stage.edit({song: edited})
    stage.run("15:00")
    assert stage.texts("x-en") == ["Read the letter"]
    assert list(stage.states()) == ["canción:x-en:en", "canción:x-es:es"]


@both
def test_a_file_and_a_folder_that_are_renamed_in_form_only_are_the_same_post(
    tmp_path: Path, form: Form, other: Form
) -> None:
    queue, letter = "posts/acción/queue.yaml", "posts/acción/reunión.md"
    stage = Stage(tmp_path, {form(queue): DATED, form(letter): post("2026-12-01 09:00")})
    stage.run("08:59")
    (tmp_path / form(letter)).unlink()
    (tmp_path / form(queue)).unlink()
    (tmp_path / form("posts/acción")).rmdir()
    stage.edit({other(queue): DATED, other(letter): post("2026-12-01 09:30")})
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter"]
    assert len(stage.entries()) == 2


# ---------------------------------------------------------------- a ledger of an older version

ORDERS = {"dated": {}, "sequence": {"slots": ["daily 09:00"]}, "rotation": {"slots": ["daily 09:00"]}}


def campaign(order: str) -> Campaign:
    at = {"at": "2026-12-01 09:00"} if order == "dated" else {}
    letter = campaigns.post("acción/reunión", en="Read", es="Lean", **at)
    return campaigns.campaign(campaigns.queue("acción", letter, order=order, **ORDERS[order]))  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ORDERS)
def test_a_key_in_the_other_form_is_what_was_tried(order: str) -> None:
    one = campaign(order)
    first = planned(one, "2026-12-01", "2026-12-02").deliveries
    assert len(first) == 2
    told = History([replace(entry(each), key=decomposed(each.key)) for each in first])
    assert keys(planned(one, "2026-12-01", "2026-12-02", told)) == []


@pytest.mark.parametrize("order", ORDERS)
def test_what_waits_under_such_a_key_goes_out_under_it(order: str) -> None:
    one = campaign(order)
    first = planned(one, "2026-12-01", "2026-12-02").deliveries
    waiting = History([replace(entry(each, State.SCHEDULED), key=decomposed(each.key)) for each in first])
    again = planned(one, "2026-12-01", "2026-12-02", waiting)
    assert keys(again) == [decomposed(each.key) for each in first]


def test_of_two_forms_in_a_ledger_the_one_that_was_tried_counts() -> None:
    one = campaign("dated")
    first = planned(one, "2026-12-01", "2026-12-02").deliveries
    tried = [replace(entry(each), key=decomposed(each.key)) for each in first]
    missed = [entry(each, State.MISSED) for each in first]
    for entries in ([*tried, *missed], [*missed, *tried]):
        assert keys(plan(one, History(entries), NOON - dt.timedelta(days=1), NOON)) == []


def test_an_older_ledger_gets_its_names_in_one_form() -> None:
    key = "acción/reunión:x-en:en"
    with Ledger.open("sqlite://") as ledger:
        add(ledger, delivery(decomposed(key)))
        ledger.pause("queue", decomposed("acción"), "", "ana", NOON)
        ledger.decide(decomposed("canción"), "hold", "ana", NOON)
        ledger.decide("canción", "release", "ana", NOON + SECOND)
        ledger.decide("misión", "release", "ana", NOON)
        ledger.decide(decomposed("misión"), "hold", "ana", NOON + SECOND)
        ledger.decide(decomposed("unión"), "hold", "ana", NOON)
        begin(ledger, decomposed(key))
        ledger.record(decomposed(key), receipt(), now=NOON, last=True, who="test")
        with ledger._write() as conn:
            upgrade.compose_names(conn)
        (found,) = ledger.entries(post="acción/reunión", queue="acción")
        assert found.file == "posts/acción/reunión.md"
        assert [event.post for event in ledger.events(key=found.key)] == ["acción/reunión"] * 3
        assert ledger.entry(key) == ledger.entry(decomposed(key)) == found
        assert len(found.receipts) == 1
        assert [pause.value for pause in ledger.pauses()] == ["acción"]
        history = ledger.history()
        assert (history.held, history.released) == ({"misión", "unión"}, {"canción"})


# ---------------------------------------------------------------- the command line


@both
def test_what_people_type_is_the_same_name(tmp_path: Path, form: Form, other: Form) -> None:
    song = post("2026-12-02 09:00", id=form("canción"))
    Stage(tmp_path, {form("posts/acción/queue.yaml"): DATED, form("posts/acción/s.md"): song})
    for words in (
        ["hold", other("canción")],
        ["release", other("canción:x-en:en")],
        ["pause", "--queue", other("acción")],
        ["pause", "--post", other("canción")],
        ["resume", "--post", other("canción")],
        ["log", other("canción")],
        ["preview", other("posts/acción/s.md")],
        ["skip", "--yes", other("canción")],
        ["new", other("acción/más"), "--at", "2026-12-03 09:00"],
    ):
        done = run(*words, root=tmp_path)
        assert (words, done.exit_code) == (words, 0), done.output
    assert run("new", other("acción/más"), root=tmp_path).exit_code == 1
    assert (tmp_path / form("posts/acción") / "más.md").exists()
