"""Every test that takes ``ledger`` runs on each store: one contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import delete

from campaign_bot.ledger import Ledger
from campaign_bot.ledger.schema import metadata
from support import postgres


@pytest.fixture(params=["memory", "file", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "postgres":
        yield emptied(on_postgres())
    else:
        url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/var/campaign.db"
        with Ledger.open(url) as ledger:
            yield ledger


@cache
def on_postgres() -> Ledger:
    return Ledger.open(postgres.new_database())


def emptied(ledger: Ledger) -> Ledger:
    """Quicker than a new database for every test."""
    with ledger._write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    return ledger
