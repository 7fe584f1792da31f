"""Every test that takes ``ledger`` runs on each store: one contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import delete

from campaign_bot.ledger import Ledger
from campaign_bot.ledger.schema import metadata
from support import postgres

QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a disk that need not be waited for


@pytest.fixture(params=["memory", "file", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "postgres":
        yield emptied(on_postgres())
    elif request.param == "memory":
        with Ledger.open("sqlite://") as ledger:
            yield ledger
    else:
        with (
            TemporaryDirectory(dir=QUICK) as folder,
            Ledger.open(f"sqlite:///{folder}/campaign.db") as ledger,
        ):
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
