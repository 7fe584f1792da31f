"""What happened: deliveries, attempts, receipts, events, and the guarded moves between states.

``Ledger`` loads SQLAlchemy and so comes on first use; the values and errors are plain Python.
"""

from typing import TYPE_CHECKING, Any

from campaign_bot.ledger.errors import LedgerError, MoveRefused, ReceiptTaken
from campaign_bot.ledger.lock import Holder, WorkerLock
from campaign_bot.ledger.values import (
    AccountState,
    Add,
    Attempt,
    Change,
    Columns,
    Event,
    Follow,
    Move,
    Part,
    Pause,
    Scope,
    Standing,
    Stray,
)

if TYPE_CHECKING:
    from campaign_bot.ledger.ledger import Ledger

__all__ = [
    "AccountState",
    "Add",
    "Attempt",
    "Change",
    "Columns",
    "Event",
    "Follow",
    "Holder",
    "Ledger",
    "LedgerError",
    "Move",
    "MoveRefused",
    "Part",
    "Pause",
    "ReceiptTaken",
    "Scope",
    "Standing",
    "Stray",
    "WorkerLock",
]


def __getattr__(name: str) -> Any:
    if name == "Ledger":
        from campaign_bot.ledger.ledger import Ledger

        return Ledger
    raise AttributeError(name)
