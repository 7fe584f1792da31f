"""The log: one line for each move, on stderr, with every secret taken out."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from campaign_bot.cli.output import CONTROL

LINE = "%(asctime)s %(levelname)s %(message)s"


class _WithoutSecrets(logging.Formatter):
    """Formats a whole entry, with its traceback, and then takes the secrets out. A message has one line, in
    which nothing rules a terminal: who wrote its words may be anybody."""

    converter = staticmethod(time.gmtime)

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__(LINE, "%Y-%m-%dT%H:%M:%SZ")
        self._clean = clean

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name there
        return " ".join(super().formatMessage(record).splitlines())

    def format(self, record: logging.LogRecord) -> str:
        return CONTROL.sub("�", self._clean(super().format(record)))


@contextmanager
def to_stderr(clean: Callable[[str], str], *, verbose: bool, least: int = logging.INFO) -> Iterator[None]:
    """Log everybody's trouble and what of ours has this level or more; with ``verbose`` all of ours."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets(clean))
    everybody, ours = logging.getLogger(), logging.getLogger("campaign_bot")
    before = ours.level
    everybody.addHandler(handler)
    ours.setLevel(logging.DEBUG if verbose else least)
    try:
        yield
    finally:
        ours.setLevel(before)
        everybody.removeHandler(handler)
