"""Tells when the campaign folder changed and has been quiet for a second."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from pathlib import Path

from campaign_bot.files import Tree
from campaign_bot.i18n import _

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds without a change before the folder is taken as one snapshot: a save of many files is one edit."""

LOOK = 2.0
"""Seconds between two looks, when polling, and at whether the watched folders are still the same ones."""

FOLDERS = ("config", "posts")


class Watcher:
    """A thread that watches ``config/`` and ``posts/``; where the system cannot, it polls every 2 s.

    ``known``: the folder as it was read last; what changed until the watching began counts too.
    """

    def __init__(self, root: Path, known: Tree) -> None:
        self._root = root
        self._known = known
        self._changed_at: float | None = None
        self._stop = threading.Event()
        # A new thread starts without the language that its log lines are in.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(LOOK + 1)

    def settled(self) -> bool:
        """Whether there was a change, and none in the last second. Says so once for each edit."""
        if self._changed_at is None or time.monotonic() - self._changed_at < QUIET:
            return False
        self._changed_at = None
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except (OSError, RuntimeError) as error:  # whatever the system's watching lacks, polling has
                words = _("the system cannot tell of changes here ({error}): looking every {seconds} s")
                log.info("%s", words.format(error=error, seconds=round(LOOK)))
                self._poll()

    def _watch(self) -> None:
        """Until stopped, or until a folder was replaced (a checkout, a redeployment): then anew."""
        from watchfiles import watch

        same = self._places()
        changes = watch(
            *(self._root / folder for folder in FOLDERS),
            stop_event=self._stop,
            step=50,
            debounce=200,
            rust_timeout=int(LOOK * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        begun = False
        for change in changes:
            if change or (not begun and Tree.read(self._root) != self._known):
                self._changed_at = time.monotonic()
            begun = True
            if self._places() != same:
                self._changed_at = time.monotonic()
                return

    def _places(self) -> list[tuple[int, int]]:
        return [(s.st_dev, s.st_ino) for s in ((self._root / folder).stat() for folder in FOLDERS)]

    def _poll(self) -> None:
        before = self._known
        while not self._stop.wait(LOOK):
            now = Tree.read(self._root)
            if now != before:
                self._changed_at = time.monotonic()
            before = now
