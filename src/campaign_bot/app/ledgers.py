"""Which ledger a command reads or changes: the live one where there is one, else the dry one."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from campaign_bot import private, sources
from campaign_bot.files.tree import TOPS
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger.place import BESIDE
from campaign_bot.model import History
from campaign_bot.settings import Settings

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger


KEPT = frozenset(("campaign.db", "dry-run.db", "worker.json", "dry-worker.json", "errors.log"))
"""Names in a state directory that this program has used."""


def is_live(root: Path, settings: Settings, *, dry: bool) -> bool:
    """Whether the live ledger is meant: begun already, or about to be. ``dry`` insists on the other."""
    return not dry and (settings.live or settings.has_ledger(root, live=True))


@contextlib.contextmanager
def for_reading(root: Path, settings: Settings, *, live: bool) -> Iterator[Ledger | None]:
    """The ledger, or None where it has not been begun: reading begins nothing."""
    if not settings.has_ledger(root, live=live):
        yield None
        return
    with opened(root, settings, live=live) as ledger:
        yield ledger


@contextlib.contextmanager
def for_deciding(root: Path, settings: Settings, *, dry: bool) -> Iterator[Ledger]:
    """The ledger that a person's decision is written to; begun where it has not been."""
    live = is_live(root, settings, dry=dry)
    with opened(root, settings, live=live) as ledger:
        yield ledger


def opened(root: Path, settings: Settings, *, live: bool) -> Ledger:
    """The ledger, begun where it has not been, in a state directory that is ours alone."""
    from campaign_bot.ledger import Ledger  # here, for it loads SQLAlchemy

    prepare_state(root, settings)
    return Ledger.open(settings.ledger_at(root, live=live))


def prepare_state(root: Path, settings: Settings) -> Path:
    """The state directory, fit to be written to. Raises Unable where it is a link, another's, git's, or has
    other files than ours in it: they would be closed to everybody else."""
    state = settings.state_of(root)
    base, place = root.resolve(), Path(os.path.realpath(state))  # which minds no links in a circle
    is_staffs = base.is_relative_to(place) or any(place.is_relative_to(base / top) for top in TOPS)
    if is_staffs or (settings.state_dir and _is_taken(state)):
        raise Unable("folder-shared", folder=state)
    sources.must_not_be_tracked(state.parent, state.name)
    ledger = settings.ledger_at(root, live=True)
    if isinstance(ledger, Path) and ledger.parent != state:
        sources.must_not_be_tracked(ledger.parent, *(f"{ledger.name}{beside}" for beside in ("", *BESIDE)))
    private.prepare(state)
    return state


def _is_taken(folder: Path) -> bool:
    """Whether a folder that somebody named has things in it, and nothing that shows that it is ours."""
    names = {path.name for path in folder.iterdir()} - {"lost+found"} if folder.is_dir() else set()
    return bool(names) and names.isdisjoint(KEPT)


def history_of(ledger: Ledger | None) -> History:
    return History() if ledger is None else ledger.history()


def person() -> str:
    """Who decides: the user of this system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this user id, as in a container
        return "somebody"
