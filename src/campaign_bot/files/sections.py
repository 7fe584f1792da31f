"""A post's file taken apart: the front matter, and the sections with a text in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from campaign_bot.files.headings import Reader
from campaign_bot.files.words import did_you_mean, fold, shown
from campaign_bot.model import Problem, Text

MOST_SECTIONS = 200  # of one post

_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SWALLOWED = re.compile(r"^##(?!#)[ \t]+(.*)$", re.MULTILINE)
_BLANK_START = re.compile(r"(?:[ \t]*\n)+")
_INVISIBLE = re.compile("[\\s\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]*")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A post's file in two: the front matter (it begins on line 2) and the body after it."""

    front: str
    body: str
    body_line: int  # the line of the file that ``body`` begins on


def split_front(text: str, file: str, problems: list[Problem]) -> Sheet | None:
    """Part a file at its two ``---`` lines; None when the second is missing."""
    first = _FENCE.match(text)
    if first is None:
        problems.append(Problem(file, 1, 1, "", "no-front-matter"))
        return Sheet("", text, 1)
    second = _FENCE.search(text, first.end())
    swallowed = _SWALLOWED.search(text, first.end(), second.start() if second else len(text))
    if second is None or swallowed:
        line = text.count("\n", 0, swallowed.start()) + 1 if swallowed else 1
        problems.append(Problem(file, line, 1, "", "unclosed-front-matter"))
        return None
    front = text[first.end() + 1 : second.start()]
    return Sheet(front, text[second.end() + 1 :], front.count("\n") + 3)


def read_texts(sheet: Sheet, file: str, reader: Reader, problems: list[Problem]) -> list[Text]:
    """Every section's Text, in file order; one with an unknown heading is a Problem, and left out.

    So are those after the first ``MOST_SECTIONS``.
    """
    found = list(reader.headings(sheet.body))
    if len(found) > MOST_SECTIONS:
        line = sheet.body_line + sheet.body.count("\n", 0, found[MOST_SECTIONS].start)
        params = {"count": len(found), "limit": MOST_SECTIONS}
        problems.append(Problem(file, line, 1, "", "too-many-sections", params=params))
    before = sheet.body[: found[0].start] if found else sheet.body
    problems += _before(before, file, sheet.body_line, reader)
    texts = []
    line, at = sheet.body_line, 0
    for heading, following in islice(zip_longest(found, found[1:]), MOST_SECTIONS):
        line += sheet.body.count("\n", at, heading.start)
        at = heading.start
        words = sheet.body[heading.end + 1 : following.start if following else None]
        whose = _read_heading(heading.words, file, line, reader, problems)
        problems += _lookalikes(words, file, line + 1, reader, whose[0] if whose else None)
        if whose is not None:
            texts.append(_text(*whose, words, file, line + 1, problems))
    return texts


def _before(words: str, file: str, line: int, reader: Reader) -> Iterator[Problem]:
    """What is above the first heading has no language, but for what was meant as a heading itself."""
    if not words.strip():
        return
    first = line + words.count("\n", 0, len(words) - len(words.lstrip()))
    alike = list(_lookalikes(words, file, line, reader))
    if not any(problem.line == first for problem in alike):
        yield Problem(file, first, 1, "", "text-before-heading")
    yield from alike


def _lookalikes(
    words: str, file: str, line: int, reader: Reader, own: str | None = None
) -> Iterator[Problem]:
    """An error for each line that may be meant as a heading: its text is perhaps another language's."""
    for number, whole in enumerate(words.split("\n"), line):
        for piece in whole.splitlines():  # some editors end a line with what is no line's end here
            if language := reader.lookalike(piece, own):
                params = {"heading": shown(piece), "language": language}
                yield Problem(file, number, 1, language, "near-heading", params=params)
                break


def _read_heading(
    words: str, file: str, line: int, reader: Reader, problems: list[Problem]
) -> tuple[str, tuple[str, ...]] | None:
    """The language and the platforms of ``Español: x, bluesky``."""
    name, _colon, rest = words.partition(":")
    name = name.rstrip("# \t").strip()
    language = reader.language(name)
    if language is None:
        params = {"heading": shown(name), **did_you_mean(name, _titles(reader))}
        problems.append(Problem(file, line, 1, "", "unknown-heading", params=params))
        return None
    platforms = tuple(dict.fromkeys(fold(item.strip()) for item in rest.split(",") if item.strip()))
    unknown = [item for item in platforms if item not in reader.platforms]
    for item in unknown:
        params = {"platform": shown(item), **did_you_mean(item, reader.platforms)}
        problems.append(Problem(file, line, 1, language, "unknown-platform", params=params))
    return None if unknown else (language, platforms)


def _titles(reader: Reader) -> list[str]:
    return [name.capitalize() if len(name) > 3 else name for name in reader.names]


def _text(
    language: str, platforms: tuple[str, ...], words: str, file: str, line: int, problems: list[Problem]
) -> Text:
    parts, lines = [], []
    for begin, part in _parts(words, line):
        if _INVISIBLE.fullmatch(part):
            problems.append(Problem(file, begin, 1, language, "empty-text", params={"language": language}))
        parts.append(part)
        lines.append(begin)
    return Text(language, platforms, tuple(parts), tuple(lines))


def _parts(words: str, line: int) -> Iterator[tuple[int, str]]:
    """The parts of a thread without the blank lines around them, each with the line it starts on."""
    start, at = 0, 0
    for fence in [*_FENCE.finditer(words), None]:
        part = words[start : fence.start() if fence else None]
        blank = _BLANK_START.match(part)
        skip = blank.end() if blank and blank.end() < len(part) else 0
        line += words.count("\n", at, start + skip)
        at = start + skip
        yield line, _trimmed(part[skip:])
        start = fence.end() + 1 if fence else 0


def _trimmed(part: str) -> str:
    """Without blank lines at the end; what stands on the last line stays as it is."""
    end = len(part.rstrip(" \t\n"))
    line_end = part.find("\n", end)
    return part if line_end < 0 else part[:line_end]
