"""``retract``: a post is deleted wherever it was published, and what could not be is said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from campaign_bot.app import deciding, platforms, retracting
from campaign_bot.app.retracting import Retraction
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import State
from campaign_bot.platforms.base import Outgoing, outgoing_of, payload_of
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from support.working import Stage, at, post

LETTER = "posts/launch/letter.md"
NAME = "launch/letter"
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
THREAD = post("2026-12-01 09:00", "One\n\n---\n\nTwo\n\n---\n\nThree", "Uno")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return on_stage(tmp_path, monkeypatch, {LETTER: post("2026-12-01 09:00")})


def on_stage(root: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | bytes | None]) -> Stage:
    stage = Stage(root, files)
    reach = platforms.Platforms(stage.adapter)
    monkeypatch.setattr(retracting.platforms, "of", lambda *_args, **_named: reach)
    return stage


def retract(stage: Stage, name: str = NAME) -> dict[str, Retraction]:
    found = retracting.retract(
        stage.root,
        stage.settings,
        stage.ledger,
        name,
        lambda: stage.clock,
        dry=True,
        wait=lambda seconds: stage.pass_time(dt.timedelta(seconds=seconds)),
    )
    return {one.entry.key: one for one in found}


def test_it_is_deleted_wherever_it_was_published(stage: Stage) -> None:
    stage.run("10:00")
    found = retract(stage)
    assert {key: (one.done, one.entry.state) for key, one in found.items()} == {
        EN: (True, State.RETRACTED),
        ES: (True, State.RETRACTED),
    }
    assert (stage.texts("x-en"), stage.texts("x-es"), stage.ledger.pauses()) == ([], [], [])
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN]) == ([], State.RETRACTED)


def test_what_is_not_out_is_skipped_for_good(stage: Stage) -> None:
    stage.run("08:00")
    assert retract(stage) == {}
    stage.run("12:00")
    assert stage.states() == {EN: State.CANCELLED, ES: State.CANCELLED}
    assert stage.texts("x-en") == []


def test_a_thread_is_deleted_from_its_last_part_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = on_stage(tmp_path, monkeypatch, {LETTER: THREAD})
    stage.run("10:00")
    ids = [receipt.id for receipt in stage.entries()[EN].receipts]
    retract(stage)
    assert [deleted for account, deleted in stage.deletions if account == "x-en"] == ids[::-1]


def test_where_it_could_not_be_deleted_is_said_and_can_be_tried_again(stage: Stage) -> None:
    stage.run("10:00")
    stage.script("retract", [NotSent("down")])
    found = retract(stage)
    url = stage.platforms.posts["x-en"][0].url
    assert (found[EN].done, found[EN].trouble, found[EN].left) == (False, "down", (url,))
    assert (found[ES].done, stage.states()) == (True, {EN: State.PUBLISHED, ES: State.RETRACTED})
    assert retract(stage)[EN].done
    assert stage.states()[EN] is State.RETRACTED


def test_a_thread_that_was_deleted_half_way_is_not_deleted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = on_stage(tmp_path, monkeypatch, {LETTER: THREAD})
    stage.run("10:00")
    stage.script("retract", [None, Unknown("reset")])
    assert len(retract(stage)[EN].left) == 2
    assert retract(stage)[EN].done
    assert [account for account, _ in stage.deletions].count("x-en") == 3


def test_an_account_that_is_gone_is_said(stage: Stage) -> None:
    stage.run("10:00")
    stage.edit({"config/accounts.yaml": "accounts:\n  x-es: {platform: x, languages: [es]}\n"})
    found = retract(stage)
    assert (found[EN].trouble, found[ES].done) == ("no-account", True)


def test_a_call_in_flight_is_waited_for(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    begin(stage, EN)
    stage.later(dt.timedelta(seconds=20), lambda: finish(stage, EN))
    found = retract(stage)
    assert (found[EN].done, stage.texts("x-en"), stage.states()[EN]) == (True, [], State.RETRACTED)


def test_a_call_that_never_ends_is_said(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    begin(stage, EN)
    assert retract(stage)[EN].trouble == "in-flight"
    assert stage.clock < at("09:02")


def test_what_is_unconfirmed_is_found_and_deleted(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    outgoing = begin(stage, EN)
    stage.platforms.connect(stage.account("x-en")).publish(outgoing)
    stage.ledger.fail(EN, State.UNCONFIRMED, now=stage.clock, reason="reset")
    found = retract(stage)
    assert (found[EN].done, stage.texts("x-en"), stage.states()[EN]) == (True, [], State.RETRACTED)


def test_what_is_unconfirmed_and_not_to_be_seen_is_sure_only_later(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    begin(stage, EN)
    stage.ledger.fail(EN, State.UNCONFIRMED, now=stage.clock, reason="reset")
    assert retract(stage)[EN].trouble == "not-yet-sure"
    stage.clock = at("09:10")
    assert retract(stage)[EN].done
    stage.run("12:00")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.CANCELLED, [])


def test_what_is_not_yet_sure_is_not_sent_again(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset"), Unknown("reset")])
    stage.run("09:00")
    assert retract(stage)[EN].trouble == "not-yet-sure"
    stage.run("09:20")
    assert stage.texts("x-en") == []
    assert retract(stage)[EN].done
    assert stage.ledger.pauses() == []


def test_what_a_platform_does_not_show_may_still_be_there(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    begin(stage, EN)
    stage.ledger.fail(EN, State.UNCONFIRMED, now=stage.clock, reason="reset")
    stage.blind = True
    found = retract(stage)
    assert (found[EN].trouble, stage.states()[EN]) == ("no-evidence", State.UNCONFIRMED)


def test_what_its_platform_calls_a_duplicate_and_does_not_show_may_still_be_there(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:00")
    begin(stage, EN)
    stage.ledger.fail(EN, State.UNCONFIRMED, now=stage.clock, reason="duplicate: 403")
    for minutes in (0, 10, 20):
        stage.clock = at(f"09:{minutes:02}")
        assert retract(stage)[EN].trouble == "no-evidence"
    assert stage.states()[EN] is State.UNCONFIRMED


def test_a_thread_that_failed_half_way_is_deleted_and_cannot_be_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = on_stage(tmp_path, monkeypatch, {LETTER: THREAD})
    stage.script("publish", [None, Refused("too rude")])
    stage.run("10:00")
    assert retract(stage)[EN].done
    assert stage.texts("x-en") == []
    desk = deciding.Desk(stage.follower.campaign, stage.ledger, stage.clock)
    with pytest.raises(Unable):
        desk.retry(EN)


def test_a_thread_under_way_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = on_stage(tmp_path, monkeypatch, {LETTER: THREAD})
    stage.script("publish", [None, NotSent("down", dt.timedelta(hours=1))])
    stage.run("09:10")
    assert retract(stage)[EN].done
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.states()[EN], stage.entries()[EN].reason) == (
        [],
        State.FAILED,
        "retracted",
    )


def test_a_highlight_does_not_come_back_until_it_is_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = 'order: rotation\nslots: ["daily 09:00"]\naccounts: [x-en]\n'
    files = {f"posts/demands/{word}.md": post(en=word) for word in ("one", "two")}
    stage = on_stage(tmp_path, monkeypatch, {"posts/demands/queue.yaml": queue} | files)
    stage.run("10:00")
    assert stage.texts("x-en") == ["one"]
    assert all(one.done for one in retract(stage, "demands/one").values())
    stage.run(at("10:00", 4))
    assert set(stage.texts("x-en")) == {"two"}


def test_a_post_that_nobody_knows_is_no_post(stage: Stage) -> None:
    with pytest.raises(Unable) as unable:
        retract(stage, "launch/leter")
    assert (unable.value.code, unable.value.params["suggestion"]) == ("unknown-post", NAME)


def test_a_persons_own_pause_stays(stage: Stage) -> None:
    stage.run("10:00")
    stage.ledger.pause("post", NAME, "a mistake", "ana", stage.clock)
    retract(stage)
    assert [pause.reason for pause in stage.ledger.pauses()] == ["a mistake"]


def begin(stage: Stage, key: str) -> Outgoing:
    """A call begins; its Outgoing."""
    rendered = stage.follower.wanted(stage.entries()[key])
    assert rendered is not None
    outgoing = Outgoing(rendered.parts[0], rendered.languages, "key", "3record", stage.clock)
    keys, payload = ("key", "3record"), payload_of(outgoing)
    stage.ledger.begin(key, 1, keys=keys, payload=payload, parts=rendered.parts, now=stage.clock)
    return outgoing


def finish(stage: Stage, key: str) -> None:
    account = stage.account(key.split(":")[1])
    part = stage.ledger.part(key, 1)
    assert part is not None
    receipt = stage.platforms.connect(account).publish(outgoing_of(part.payload))
    stage.ledger.record(key, receipt, now=stage.clock, last=True)
