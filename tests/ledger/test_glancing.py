"""A look at a ledger from outside leaves everything as it is, and ends soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.ledger import schema as tables
from campaign_bot.ledger.glancing import Call, Glance
from campaign_bot.model import State
from support import postgres
from support.deliveries import NOON, delivery
from support.ledgers import KEY, MINUTE, add, begin

OTHER = "launch/letter:x-es:es"


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return postgres.new_database()
    return f"sqlite:///{tmp_path}/a folder/100%?.db"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger.open(url) as ledger:
        yield ledger


def glance(url: str) -> Glance:
    found = Glance.at(url)
    assert found is not None
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_begins_nothing(url: str, tmp_path: Path) -> None:
    assert Glance.at(url) is None
    assert Glance.at(url) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_open", [True, False])
def test_it_writes_nothing_whether_a_worker_is_there_or_not(tmp_path: Path, is_open: bool) -> None:
    ledger = Ledger.open(url := f"sqlite:///{tmp_path}/campaign.db")
    add(ledger)
    if not is_open:
        ledger.close()
    before = files(tmp_path)
    with glance(url) as seen:
        assert [entry.key for entry in seen.overdue(NOON)] == [KEY]
        with pytest.raises(LedgerError):
            seen.pause("all", "", "", "ana", NOON)
    after = files(tmp_path)
    ledger.close()
    shared = "campaign.db-shm"  # readers sign here while they read
    assert {**before, shared: b""} == {**after, shared: b""} if is_open else before == after


def test_it_sees_what_is_overdue_even_if_that_was_put_off(ledger: Ledger, url: str) -> None:
    add(ledger, delivery(KEY), delivery(OTHER, account="x-es", language="es"))
    ledger.postpone(KEY, NOON + MINUTE, now=NOON, reason="no answer")
    with glance(url) as seen:
        assert {entry.key for entry in seen.overdue(NOON)} == {KEY, OTHER}
        assert [entry.key for entry in seen.overdue(NOON, without=["x-en"])] == [OTHER]
        assert seen.overdue(NOON - MINUTE) == []


def test_it_sees_calls_that_are_under_way_and_when_they_began(ledger: Ledger, url: str) -> None:
    add(ledger, delivery(KEY), delivery(OTHER, account="x-es", language="es"))
    begin(ledger, now=NOON + MINUTE)
    with glance(url) as seen:
        assert seen.calls(State.PUBLISHING) == [Call("x-en", KEY, NOON + MINUTE)]
        assert seen.calls(State.UNCONFIRMED) == []


def test_it_counts_what_ended_badly_lately_and_was_not_mended(ledger: Ledger, url: str) -> None:
    add(ledger, delivery(KEY), delivery(OTHER, account="x-es", language="es"))
    for key in (KEY, OTHER):
        ledger.move(key, State.MISSED, now=NOON + MINUTE)
    ledger.move(OTHER, State.SCHEDULED, now=NOON + MINUTE)
    with glance(url) as seen:
        assert seen.ended_badly(NOON) == {State.MISSED: 1}
        assert seen.ended_badly(NOON + 2 * MINUTE) == {}


def test_it_knows_when_the_last_pause_ended(ledger: Ledger, url: str) -> None:
    with glance(url) as seen:
        assert seen.resumed_at() is None
        ledger.pause("all", "", "", "ana", NOON)
        ledger.resume("all", "", "ana", NOON + dt.timedelta(hours=1))
        assert seen.resumed_at() == NOON + dt.timedelta(hours=1)


@pytest.mark.parametrize(("form", "code"), [("0001", "ledger-older"), ("9999", "ledger-newer")])
def test_a_ledger_of_another_form_is_left_alone(ledger: Ledger, url: str, form: str, code: str) -> None:
    with ledger._write() as connection:
        connection.execute(update(tables.version).values(version_num=form))
    with pytest.raises(LedgerError) as caught:
        Glance.at(url)
    assert caught.value.code == code


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "campaign.db").write_bytes(b"no ledger at all" * 1000)
    with pytest.raises(LedgerError) as caught:
        Glance.at(f"sqlite:///{tmp_path}/campaign.db")
    assert caught.value.code == "ledger-corrupt"
