"""The Problems of the files, each said once: in the log, and in the ledger for whoever tells staff."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from campaign_bot.i18n import _
from campaign_bot.i18n.problems import PROBLEMS, words
from campaign_bot.ledger import Event, Ledger
from campaign_bot.model import Problem, Severity

log = logging.getLogger(__name__)

KNOWN = "problems"
"""The ledger's note of the problems that are there, so that a restart does not tell them anew."""

IN_THE_WAY = frozenset({"text-repeated"})
"""Warnings of what will not go out by itself."""

EACH_TIME = frozenset({"edited-after"})
"""Warnings of what someone did, as often as it is done."""


class Noticing:
    """Used by one thread at a time."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger = ledger
        self._name = name
        self._logged: frozenset[tuple[str, int, int, str]] = frozenset()
        self._known: frozenset[str] | None = None

    def notice(self, problems: Iterable[Problem], now: dt.datetime, *, stops_all: bool) -> None:
        """``problems``: all that there are now; with ``stops_all`` those of the plan are not among them."""
        seen = {(p.file, p.line, p.column, p.code): p for p in problems}
        new = seen.keys() - self._logged
        for place, problem in seen.items():
            if place in new:
                log.warning("%s: %s", where(problem), " ".join(words(problem)).strip())
        if stops_all and new:
            log.error("%s", _("Nothing goes out until config/ is mended."))
        if seen.keys() != self._logged or self._known is None:
            self._record(seen.values(), now, stops_all=stops_all)
        self._logged = frozenset(seen)

    def _record(self, problems: Iterable[Problem], now: dt.datetime, *, stops_all: bool) -> None:
        known = frozenset((self._ledger.meta(KNOWN) or "").split()) if self._known is None else self._known
        told = [(_mark(p), p) for p in problems if _is_told(p)]
        new = {mark: p for mark, p in told if mark not in known or p.code in EACH_TIME}
        there = frozenset(mark for mark, p in told if p.code not in EACH_TIME)
        there |= known if stops_all else frozenset()
        if new or there != known:
            details = [as_detail(problem) for problem in new.values()]
            note = {KNOWN: " ".join(sorted(there))}
            self._ledger.note_problems(details, note, now=now, who=self._name)
        self._known = there


def still_there(ledger: Ledger, problems: Iterable[Problem]) -> list[Problem]:
    """Those of these problems that nobody has mended, and those that cannot be mended."""
    known = frozenset((ledger.meta(KNOWN) or "").split())
    return [problem for problem in problems if problem.code in EACH_TIME or _mark(problem) in known]


def _is_told(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR or problem.code in IN_THE_WAY | EACH_TIME


def _mark(problem: Problem) -> str:
    """The same as long as it is the same mistake, wherever its line has moved to."""
    what = [problem.file, problem.field, problem.code, _plain(problem.params)]
    return hashlib.blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=8).hexdigest()


def where(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column}"


# ---------------------------------------------------------------- as an event has it


def as_detail(problem: Problem) -> Mapping[str, Any]:
    """What an event of kind ``problem`` says beside its reason, the code."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "code": problem.code,
        "severity": str(problem.severity),
        "params": _plain(problem.params),
    }


def of_event(event: Event) -> Problem | None:
    """The Problem that an event of kind ``problem`` tells of; None for others, and for a code of long ago."""
    if event.kind != "problem" or event.reason not in PROBLEMS:
        return None
    detail = {**event.detail, "severity": Severity(event.detail["severity"])}
    return Problem(**detail)


def _plain(params: Mapping[str, Any]) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(dict(params), default=str))
