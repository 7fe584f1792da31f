"""``campaign-bot`` with shorter waits: ``python -m support.impatient --root DIR worker --live``."""

from __future__ import annotations

import datetime as dt
import sys

from campaign_bot.app import connections, reconciling
from campaign_bot.cli import main
from campaign_bot.ledger import store

HALF_A_SECOND = dt.timedelta(seconds=0.5)

if __name__ == "__main__":
    connections.NOT_REACHED = HALF_A_SECOND
    reconciling.FIRST_LOOK = HALF_A_SECOND
    store.PATIENCE = 0.5  # type: ignore[assignment]
    main(sys.argv[1:])
