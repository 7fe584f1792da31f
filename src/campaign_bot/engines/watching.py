"""Tells when the campaign folder changed, and is to be taken as one snapshot.

What the folder looks like is compared every two seconds, whatever the system tells: some folders (of a
network, of a container's host) tell of no change, and say that they do. What is told only makes it quicker.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from campaign_bot.files import Tree
from campaign_bot.i18n import _

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds without a change before the folder is taken as one snapshot: a save of many files is one edit."""

PATIENCE = 10.0
"""Seconds after the first change at which it is taken at the latest: a file may be written for hours."""

LOOK = 2.0
"""Seconds between two looks at the folder."""

SOON = 0.5
"""The same while something changes."""

FOLDERS = ("config", "posts")


class Stretch:
    """A stretch of time in which changes were seen (seconds of a clock that only goes on)."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0

    def note(self, now: float) -> None:
        self._first = now if self._first is None else self._first
        self._last = now

    def ended(self, now: float, most: float) -> bool:
        """Whether it has been quiet since, or has gone on for as long as ``most``."""
        return self._first is not None and (now - self._last >= QUIET or now - self._first >= most)

    @property
    def is_open(self) -> bool:
        return self._first is not None


class Edits:
    """When changes are taken: it is shown the folder, and told the time.

    ``names``: whether a file at a path makes a difference to what goes out. No other one is waited for: it
    counts when it comes to rest.
    """

    def __init__(self, known: Tree, names: Callable[[str], bool]) -> None:
        self._tree = known
        self._names = names
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._named, self._others = Stretch(), Stretch()

    def see(self, tree: Tree, now: float) -> bool:
        """Whether a file that is named is otherwise than it was at the last look."""
        with self._lock:
            changed = self._tree.changes(tree)
            self._tree = tree
            named = {path for path in changed if self._names(path)}
            if named:
                self._named.note(now)
            if changed - named:
                self._others.note(now)
            return bool(named)

    def settled(self, now: float) -> bool:
        """Whether it is time to take the folder as it is. Says so once for each edit."""
        with self._lock:
            if not (self._named.ended(now, PATIENCE) or self._others.ended(now, float("inf"))):
                return False
            self._forget()
            return True

    @property
    def is_open(self) -> bool:
        return self._named.is_open or self._others.is_open


class Watcher:
    """A thread that looks at ``config/`` and ``posts/``: every 2 s, sooner when the system tells of a change.

    ``known``: the folder as it was read last; what changed until the watching began counts too.
    """

    def __init__(self, root: Path, known: Tree, names: Callable[[str], bool]) -> None:
        self._root = root
        self._edits = Edits(known, names)
        self._stop = threading.Event()
        self._looked_at = time.monotonic()
        self._untold_since: float | None = None
        self._is_deaf = False  # and said so
        # A new thread starts without the language that its log lines are in.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(LOOK + 1)

    def settled(self) -> bool:
        """Whether there was a change that is to be taken now. Says so once for each edit."""
        return self._edits.settled(time.monotonic())

    def _run(self) -> None:
        was_told = False
        for told in self._moments():
            was_told |= told
            now = time.monotonic()
            if now - self._looked_at >= (SOON if was_told or self._edits.is_open else LOOK):
                self._look(was_told, now)
                was_told = False

    def _look(self, was_told: bool, now: float) -> None:
        self._looked_at = now
        has_changed = self._edits.see(Tree.read(self._root), now)
        if was_told:
            self._untold_since = None
        elif has_changed and self._untold_since is None:
            self._untold_since = now
        if self._untold_since is not None and now - self._untold_since >= LOOK and not self._is_deaf:
            self._is_deaf = True
            words = _("this folder tells of no changes: it is compared every {seconds} s")
            log.info("%s", words.format(seconds=round(LOOK)))

    # ------------------------------------------------------------ what the system tells

    def _moments(self) -> Iterator[bool]:
        """Until stopped: twice a second, and whenever the system tells of a change (True)."""
        while not self._stop.is_set():
            try:
                yield from self._told()
            except (OSError, RuntimeError) as error:  # whatever the system's watching lacks, comparing has
                words = _("the system cannot tell of changes here ({error}): looking every {seconds} s")
                log.info("%s", words.format(error=error, seconds=round(LOOK)))
                self._is_deaf = True
                while not self._stop.wait(SOON):
                    yield False

    def _told(self) -> Iterator[bool]:
        """The same, until a folder was replaced (a checkout, a redeployment)."""
        from watchfiles import watch

        same = self._places()
        changes = watch(
            *(self._root / folder for folder in FOLDERS),
            watch_filter=None,
            stop_event=self._stop,
            step=50,
            debounce=200,
            rust_timeout=round(SOON * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        yield True  # what changed before it watched was not to be told
        for change in changes:
            if self._places() != same:
                return
            yield bool(change)

    def _places(self) -> list[tuple[int, int]]:
        return [(s.st_dev, s.st_ino) for s in ((self._root / folder).stat() for folder in FOLDERS)]
