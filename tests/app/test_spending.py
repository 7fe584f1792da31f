"""Each call to a platform that charges is counted, by account and calendar month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from campaign_bot.app import platforms, spending
from campaign_bot.app.spending import Meter
from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.model import ImageFile, Receipt
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Outgoing
from campaign_bot.platforms.errors import NotSent, Refused
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.settings import Settings
from support import campaigns

NOON = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
ZONE = dt.timezone(-dt.timedelta(hours=8))


class Stage:
    """One account on X in memory, its meter, and a clock that the test sets."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.clock = NOON
        self.account = campaigns.account("x-en", rules=registry.rules("x"))
        self.platforms = SimulatedPlatforms(lambda: self.clock)
        self.meter = Meter(ledger, lambda: ZONE, lambda: self.clock)
        self.inner = self.platforms.connect(self.account)
        self.adapter = self.meter.metered(self.account, self.inner)

    def spent(self, month: str = "2026-12") -> str:
        return str(spending.spent(self.ledger, self.account, month))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Ledger.open("sqlite://") as ledger:
        yield Stage(ledger)


def outgoing(text: str, key: str = "3lbadd4xyz222") -> Outgoing:
    return Outgoing(text, ("en",), "uuid", key, NOON)


def picture(alt: str) -> ImageFile:
    return ImageFile("a.png", b"png", "image/png", 8, 8, alt)


def test_writing(stage: Stage) -> None:
    receipt = stage.adapter.publish(outgoing("Read letter.org"))
    assert stage.spent() == "0.20 USD"
    stage.adapter.publish(outgoing("Read it"))
    assert stage.spent() == "0.215 USD"
    stage.adapter.upload(picture(""))
    assert stage.spent() == "0.215 USD"
    stage.adapter.upload(picture("The letter"))
    assert stage.spent() == "0.22 USD"
    stage.adapter.retract(receipt)
    assert stage.spent() == "0.23 USD"


def test_what_is_read_is_paid_once_a_day_of_utc(stage: Stage) -> None:
    for number in range(3):
        stage.inner.publish(outgoing("Read it", f"key{number}"))
    for _ in range(2):
        stage.adapter.recent(NOON)
    assert stage.spent() == "0.015 USD"
    stage.adapter.verify()
    stage.adapter.verify()
    assert stage.spent() == "0.025 USD"
    stage.clock = NOON + dt.timedelta(hours=13)  # still December in the campaign's zone
    stage.adapter.verify()
    stage.adapter.recent(NOON)
    stage.adapter.engagement([Receipt(1, "key0")])
    assert stage.spent() == "0.05 USD"


def test_looking_for_a_receipt_is_free(stage: Stage) -> None:
    receipt = stage.inner.publish(outgoing("Read it"))
    assert stage.adapter.find(outgoing("Read it")) == receipt
    assert receipt.url
    assert stage.adapter.receipt_for(receipt.url).id == receipt.id
    assert stage.spent() == "0 USD"


def test_months_begin_in_the_campaigns_zone(stage: Stage) -> None:
    stage.clock = dt.datetime(2027, 1, 1, 7, 59, tzinfo=dt.UTC)
    stage.adapter.publish(outgoing("Old"))
    stage.clock += dt.timedelta(minutes=1)
    stage.adapter.publish(outgoing("New: letter.org"))
    assert (stage.spent(), stage.spent("2027-01")) == ("0.015 USD", "0.20 USD")


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (NotSent("429"), "0 USD"),
        (Refused("402", account_broken=True), "0 USD"),
        (Refused("403"), "0.01 USD"),
        (KeyboardInterrupt(), "0.01 USD"),
    ],
)
def test_only_what_was_surely_not_made_is_given_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: BaseException, counted: str
) -> None:
    def fail(_receipt: Receipt) -> None:
        assert stage.spent() == "0.01 USD"  # on the disk before the call
        raise error

    monkeypatch.setattr(stage.inner, "retract", fail)
    with pytest.raises(type(error)):
        stage.adapter.retract(Receipt(1, "1"))
    assert stage.spent() == counted


def test_what_cannot_be_counted_is_not_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a full disk would leave a delivery unconfirmed that was never called."""

    def full(_name: str, _number: int) -> None:
        raise LedgerError("ledger-disk-full", ledger="campaign.db")

    monkeypatch.setattr(stage.ledger, "add_to_meta", full)
    with pytest.raises(NotSent, match="disk is full"):
        stage.adapter.publish(outgoing("Read it"))
    assert stage.platforms.posts["x-en"] == []


def test_where_calls_are_free_the_adapter_is_the_platforms_own(stage: Stage) -> None:
    account = campaigns.account("sky", "bluesky")
    inner = stage.platforms.connect(account)
    assert stage.meter.metered(account, inner) is inner
    assert spending.spent(stage.ledger, account, "2026-12") is None


def test_another_currency_is_another_account_book(stage: Stage) -> None:
    stage.adapter.publish(outgoing("Read it"))
    pesos = replace(campaigns.X, prices=replace(campaigns.PRICES, currency="MXN"))
    account = campaigns.account("x-en", rules=pesos)
    assert str(spending.spent(stage.ledger, account, "2026-12")) == "0 MXN"


def test_commands_are_counted_too(stage: Stage) -> None:
    """What ``retract`` and ``reconcile`` do."""
    whole = campaigns.campaign(accounts=[stage.account], zone="UTC")
    reach = platforms.of(Settings(), whole, stage.ledger, lambda: NOON, live=False)
    reach.connect(stage.account).retract(Receipt(1, "1"))
    assert stage.spent() == "0.01 USD"
