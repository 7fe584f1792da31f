"""``check``: every Problem of the folder, as other programs read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaign_bot.i18n.problems import words
from campaign_bot.model import Problem


def as_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The fields of ``check --json``, the words in the current language."""
    return [_fields(problem) for problem in problems]


def _fields(problem: Problem) -> dict[str, Any]:
    message, hint = words(problem)
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "code": problem.code,
        "severity": str(problem.severity),
        "message": message,
        "hint": hint,
    }
