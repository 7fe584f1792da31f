"""How a server may show a text otherwise than it was sent: for platforms in memory, and fakes of real ones.

The rules are those of servers with Mastodon's API that take plain text for Markdown, undo entities, tidy
white space and make quotes and dashes typographic. Each is a function from a text to what is read of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

_INLINE = re.compile(
    r"""
    \\([!-/:-@\[-`{-~])
    | (\*\*|\*|`) (?=\S) (.+?) (?<=\S) \2
    | (?<!\w)_ (?=\S) (.+?) (?<=\S) _(?!\w)
    | (&\#?\w+;)
    """,
    re.VERBOSE,
)
_TYPOGRAPHY = (
    (re.compile(r'"(.+?)"', re.DOTALL), "“\\1”"),
    (re.compile("(?<=\\w)'(?=\\w)"), "’"),
    (re.compile("---"), "—"),
    (re.compile("--"), "–"),
    (re.compile(r"\.\.\."), "…"),
)


def markdown(text: str) -> str:
    """Markdown's inline rules: an escape is its character, emphasis and entities are gone."""
    return _INLINE.sub(_read, text)


def _read(found: re.Match[str]) -> str:
    within = found[3] or found[4]
    return markdown(within) if within else found[1] or unescape(found[5])


def typographic(text: str) -> str:
    for plain, set_in_type in _TYPOGRAPHY:
        text = plain.sub(set_in_type, text)
    return text


def trimmed(text: str) -> str:
    """No line ends in white space, and one blank line is the most."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+$", "", text, flags=re.MULTILINE)).strip()


class Kept(StrEnum):
    """Where a server says which words were sent."""

    NOWHERE = "nowhere"
    LISTED = "listed"  # beside what it shows
    SOURCE = "source"  # only when it is asked for one post


@dataclass(frozen=True, slots=True)
class Showing:
    """One server's manner."""

    rules: tuple[Callable[[str], str], ...] = ()
    kept: Kept = Kept.NOWHERE

    def __call__(self, text: str) -> str:
        for rule in self.rules:
            text = rule(text)
        return text


AS_SENT = Showing()

MANNERS = (
    AS_SENT,
    Showing((trimmed,)),
    Showing((markdown,), Kept.SOURCE),
    Showing((markdown, typographic), Kept.LISTED),
    Showing((unescape, typographic, trimmed), Kept.SOURCE),
    Showing((markdown, trimmed)),
)
"""What is met out there; the first as most do."""
