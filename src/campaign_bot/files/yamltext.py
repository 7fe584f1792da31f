"""YAML in which every scalar is text, each field with its line and column.

The parser's events are read one by one, so that depth and number are bounded while reading, and
anchors, aliases and tags are refused (an alias can make a bomb; to staff they are a stray ``*`` or ``!``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from campaign_bot.files.words import CONTROL, shown
from campaign_bot.model import Problem, Source
from campaign_bot.names import nfc

MOST_DEEP = 12
MOST_VALUES = 50_000
MOST_LOST = 20  # lost hashtags told of one file
LONGEST_KEY = 100  # characters; a longer one is no key of ours, and is not kept as a mark

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What the parser says → the code of our Problem. Any other saying is ``yaml-syntax``.
_SAYINGS = {
    "mapping values are not allowed in this context": "yaml-colon",
    "mapping values are not allowed here": "yaml-colon",
    "could not find expected ':'": "yaml-no-colon",
    "found unexpected end of stream": "yaml-quote",
    "found a tab character that violates indentation": "yaml-tab",
}
# YAML counts these as the ends of lines, and nobody else does.
_NO_BREAKS = str.maketrans("\x85\u2028\u2029", "   ")
_COMMENT = re.compile(r"(?:^|[\s\[{,])#\w", re.MULTILINE)
_KEY_ONLY = re.compile(r"\s*[\w-]+")
_VALUE = re.compile(r":(?:\s|$)|^\s*(?:-|#|$)")
_OPENED = re.compile("while (?:parsing a flow|scanning a quoted)")
_SWALLOWED = re.compile(r"[ \t]*#(\w+)")


@dataclass(slots=True)
class Document:
    """What a YAML text holds: dicts, lists and texts; a value that is left out is None.

    A text that holds nothing is an empty dict.
    """

    value: Any
    source: Source


@dataclass(slots=True)
class _Halt(Exception):
    """The rest cannot be read: the code of the Problem, and the event where it stands."""

    code: str
    event: Any
    params: dict[str, Any] = field(default_factory=dict)


def read_yaml(text: str, file: str, problems: list[Problem], first_line: int = 1) -> Document | None:
    """Read one document; ``first_line`` is the line of the file that ``text`` begins on.

    Whatever is wrong goes to ``problems``; None when nothing of it could be read.
    """
    text = text.translate(_NO_BREAKS)
    lost = []
    if "#" in text and _COMMENT.search(text):
        lost = list(islice(lost_hashtags(text, file, first_line), MOST_LOST))
    problems += lost
    reader = _Reader(text, file, first_line, problems)
    try:
        return Document(reader.document(), Source(file, reader.marks))
    except _Halt as halt:
        problems.append(reader.problem(halt.code, halt.event.start_mark, halt.params))
    except yaml.YAMLError as error:
        if not lost:
            problems.append(_syntax_problem(error, text, file, first_line))
    return None


class _Reader:
    """Builds values and marks from the events, in one pass."""

    def __init__(self, text: str, file: str, first_line: int, problems: list[Problem]) -> None:
        self._next = _Loader(text).get_event
        self._left = MOST_VALUES
        self._file = file
        self._first_line = first_line
        self._problems = problems
        self.marks: dict[str, tuple[int, int]] = {}

    def document(self) -> Any:
        self._next()  # the stream begins
        if type(self._next()) is yaml.StreamEndEvent:
            return {}
        value = self._value(self._next(), "", 0)
        self._next()  # the document ends
        following = self._next()
        if type(following) is not yaml.StreamEndEvent:
            raise _Halt("yaml-documents", following)
        return value

    def problem(self, code: str, mark: Any, params: dict[str, Any], name: str = "") -> Problem:
        line, column = mark.line + self._first_line, mark.column + 1
        return Problem(self._file, line, column, name, code, params=params)

    def _value(self, event: Any, path: str, depth: int) -> Any:
        self._admit(event)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return event.value if event.value or event.style else None
        if depth == MOST_DEEP:
            raise _Halt("yaml-too-complex", event)
        read = self._mapping if kind is yaml.MappingStartEvent else self._list
        return read(f"{path}." if path else "", depth + 1)

    def _admit(self, event: Any) -> None:
        """No anchor, alias or tag, no more than so many values, and no control character by an escape."""
        self._left -= 1
        if self._left < 0:
            raise _Halt("yaml-too-complex", event)
        if event.anchor:
            raise _Halt("yaml-sign", event, {"sign": "*" if type(event) is yaml.AliasEvent else "&"})
        if event.tag:
            raise _Halt("yaml-sign", event, {"sign": "!"})
        if type(event) is yaml.ScalarEvent and CONTROL.search(event.value):
            self._problems.append(self.problem("control-character", event.start_mark, {}))

    def _list(self, prefix: str, depth: int) -> list[Any]:
        values: list[Any] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            path, mark = f"{prefix}{len(values)}", event.start_mark
            self.marks[path] = (mark.line + self._first_line, mark.column + 1)
            values.append(self._value(event, path, depth))
        return values

    def _mapping(self, prefix: str, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                raise _Halt("yaml-syntax", event)
            self._admit(event)
            key = nfc(event.value)
            path = f"{prefix}{key}"
            mark: Any = event.start_mark
            if key in values or len(key) > LONGEST_KEY:
                self._refuse(key, mark, path)
                self._value(self._next(), "", depth)
                continue
            self.marks[path] = (mark.line + self._first_line, mark.column + 1)
            values[key] = self._value(self._next(), path, depth)
        return values

    def _refuse(self, key: str, mark: Any, path: str) -> None:
        code = "unknown-key" if len(key) > LONGEST_KEY else "duplicate-key"
        self._problems.append(self.problem(code, mark, {"key": shown(key)}, shown(path)))


def _syntax_problem(error: yaml.YAMLError, text: str, file: str, first_line: int) -> Problem:
    mark: Any = getattr(error, "problem_mark", None)
    if mark is None:  # a character that YAML does not take
        return Problem(file, first_line, 1, "", "yaml-syntax")
    said = str(getattr(error, "problem", ""))
    code = _SAYINGS.get(said, "yaml-syntax")
    params: dict[str, Any] = {}
    opened: Any = getattr(error, "context_mark", None)
    if opened and opened.line < mark.line and _OPENED.match(getattr(error, "context", None) or ""):
        mark = opened  # where a bracket opens helps more than where the search for its end stopped
    elif code == "yaml-no-colon" and opened:
        mark = opened
    elif code == "yaml-colon" and (above := _without_colon(text, mark)):
        return Problem(file, first_line + above[0], above[1], "", "yaml-no-colon")
    elif said.startswith("found character"):
        sign = text[mark.index : mark.index + 1]
        code, params = ("yaml-tab", {}) if sign == "\t" else ("yaml-sign", {"sign": sign})
    at = min(mark.index, len(text.rstrip()))  # not on a line after the last
    line, column = text.count("\n", 0, at) + first_line, at - text.rfind("\n", 0, at)
    return Problem(file, line, column, "", code, params=params)


def _without_colon(text: str, mark: Any) -> tuple[int, int] | None:
    """Where the line above begins, if that one lacks its colon: YAML reads it on into the next line's key."""
    lines = text.split("\n")
    if not mark.line or not _KEY_ONLY.fullmatch(lines[mark.line][: mark.column]):
        return None
    above = lines[mark.line - 1]
    return None if _VALUE.search(above) else (mark.line - 1, len(above) - len(above.lstrip()) + 1)


def lost_hashtags(text: str, file: str, first_line: int) -> Iterator[Problem]:
    """Hashtags that YAML takes for comments: ``[#Tag]``, ``demand: #tag``, ``{en: Join #us}``.

    A comment that has its line to itself is one, outside of brackets; so is ``# with a space``.
    """
    for start, gap, inside in _gaps(text):
        place = start
        for line in gap.splitlines(keepends=True) if inside else [gap.partition("\n")[0]]:
            found = _SWALLOWED.match(line)
            at = place + line.find("#")
            place += len(line)
            line_start = text.rfind("\n", 0, at) + 1
            if found is None or (not inside and at == line_start):
                continue
            params = {"tag": shown(f"#{found[1]}")}
            number = first_line + text.count("\n", 0, at)
            yield Problem(file, number, at - line_start + 1, "", "lost-hashtag", params=params)


def _gaps(text: str) -> Iterator[tuple[int, str, bool]]:
    """What stands between YAML's tokens: its place, itself, and whether brackets are open there."""
    loader, end, open_brackets = _Loader(text), 0, 0
    try:
        while (token := loader.get_token()) is not None:
            start = token.start_mark.index
            if start > end:
                yield end, text[end:start], open_brackets > 0
            end = max(end, token.end_mark.index)
            if isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)):
                open_brackets += 1
            elif isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)):
                open_brackets -= 1
    except yaml.YAMLError:
        yield end, text[end:], open_brackets > 0
