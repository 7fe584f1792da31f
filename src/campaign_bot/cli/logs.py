"""The log: one line for each move, on stderr, with every secret taken out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

LINE = "%(asctime)s %(levelname)s %(message)s"


class _WithoutSecrets(logging.Formatter):
    """Formats a whole entry, with its traceback, and then takes the secrets out."""

    converter = staticmethod(__import__("time").gmtime)

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__(LINE, "%Y-%m-%dT%H:%M:%SZ")
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        return self._clean(super().format(record))


def start(clean: Callable[[str], str], *, verbose: bool, quiet: bool = False) -> None:
    """Log to stderr: moves and trouble; with ``quiet`` only trouble, with ``verbose`` everything."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets(clean))
    logger = logging.getLogger("campaign_bot")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)
