"""The history, arranged for the questions that planning asks. Nothing depends on the entries' order."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from campaign_bot.model import SHOWN, TRIED, Entry, History, State
from campaign_bot.names import nfc

NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
WAITING = frozenset({State.SCHEDULED, State.HELD})


def is_waiting(entry: Entry) -> bool:
    return entry.state in WAITING


def is_shown(entry: Entry) -> bool:
    """Whether some of it is, or may be, public. A thread whose first part is out counts whatever follows."""
    return entry.state in SHOWN or entry.parts_done > 0


def is_tried(entry: Entry) -> bool:
    return entry.state in TRIED or entry.parts_done > 0


def is_gone(entry: Entry) -> bool:
    """Cancelled by its files: when they come back, so does it (never after a person's skip)."""
    return entry.state is State.CANCELLED and not entry.skipped


def went_out(entry: Entry) -> dt.datetime:
    """The instant at which it was published, or was to be."""
    return (entry.published_at or entry.due_at).astimezone(dt.UTC)


class Past:
    """Entries by key, by post, by slot and by account; and people's decisions on whole posts."""

    def __init__(self, history: History) -> None:
        self.held = history.held
        self.released = history.released
        self._joined = history.joined
        # A ledger of an older version may have a key in another form: it is the same, and kept as it is.
        # Of two, the one that was tried counts.
        known = sorted(history.entries, key=is_tried)
        self.entries: dict[str, Entry] = {nfc(entry.key): entry for entry in known}
        self._posts: dict[str, list[Entry]] = defaultdict(list)
        self._slots: dict[str, dict[dt.datetime, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self._queues: dict[str, list[Entry]] = defaultdict(list)
        self._shown: dict[str, list[Entry]] = defaultdict(list)
        self._first: dict[str, dt.datetime] = {}  # an account's first delivery in a language
        for key in sorted(self.entries):
            self._file(self.entries[key])

    def _file(self, entry: Entry) -> None:
        if entry.is_showing:
            self._slots[entry.queue][entry.slot].append(entry)
        else:
            self._posts[entry.post].append(entry)
        self._queues[entry.queue].append(entry)
        tongue = f"{entry.account}:{entry.language}"
        self._first[tongue] = min(entry.slot_at, self._first.get(tongue, entry.slot_at))
        if is_shown(entry):
            self._shown[entry.account].append(entry)

    def of_post(self, post: str) -> Sequence[Entry]:
        """What became of a dated or sequence post, whichever queue it was in."""
        return self._posts.get(post, ())

    def of_slots(self, queue: str) -> Mapping[dt.datetime, Sequence[Entry]]:
        """What became of a rotation's slots, by their wall time."""
        return self._slots.get(queue, {})

    def of_queue(self, queue: str) -> Sequence[Entry]:
        """Every entry that a queue made, whatever its order was."""
        return self._queues.get(queue, ())

    def shown(self, account: str) -> Sequence[Entry]:
        return self._shown.get(account, ())

    def was_there(self, tongue: str, at: dt.datetime) -> bool:
        """Whether an account (with a language: ``x-en:en``) had its part in the campaign at an instant.

        An empty history knows nobody, and so takes all for there.
        """
        came = (known.get(tongue, NEVER) for known in (self._joined, self._first))
        return not self.entries or min(came) <= at

    def accounts(self) -> Iterable[str]:
        """Every account, of today or not, that got something."""
        return self._shown.keys()
