"""Secrets that someone pasted into the campaign folder. Their values never leave this module: whatever is
made of a file is made of its text without them.

The shapes are those of the platforms' own tokens; beside them, the values of secrets that are in use, and
long random strings. Links are left alone: shared documents have long random names.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from campaign_bot.model import Problem

LEAST_KNOWN = 8  # characters: a shorter secret would be found in ordinary words
LEAST_RANDOM = 32
LONGEST_LINK = 500
MOST_TOLD = 20  # secrets told of one file
_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    # what it is, a text that is always in it (looked for first: it is quick), its shape
    ("PEM", "PRIVATE KEY", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("Slack", "xox", re.compile(r"\bxox[a-z]-[A-Za-z0-9-]{10,}")),
    ("Slack", "hooks.slack.com", re.compile(r"hooks\.slack\.com/(?:services|workflows)/[\w/]{10,}")),
    ("Discord", "/api/webhooks/", re.compile(r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]+")),
    ("Facebook", "EAA", re.compile(r"\bEAA[A-Za-z0-9]{20,}")),
    ("Bearer", "earer ", re.compile(r"\b[Bb]earer +[A-Za-z0-9._~+/=%-]{20,}")),
    ("Telegram", ":", re.compile(r"(?<![\w/])\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])")),
    ("X", "-", re.compile(r"(?<![\w/-])\d{10,20}-[A-Za-z0-9]{35,50}(?!\w)")),
)
_BLUESKY_CORE = re.compile(r"-[a-z2-7]{4}-[a-z2-7]{4}-")
_BLUESKY = re.compile(r"(?<![\w/=-])(?=[a-z-]*[2-7])[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![\w-])")
_LONG_DIGITS = re.compile(r"\d{8}")
_IN_LINK = re.compile(r"://[^\s\"']*$")
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_VISIBLE = re.compile(r"\S")
_FILES = re.compile(r"\.env(?:\..*)?|.*\.(?:env|pem|key|p12|pfx)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a text: where it stands, and what kind it is."""

    start: int
    kind: str
    value: str


def is_secret_file(name: str) -> bool:
    """``.env`` and its like: files made for secrets, which belong outside of the campaign's folders."""
    return bool(_FILES.fullmatch(name))


def find(text: str, known: Collection[str]) -> list[Leak]:
    """Every secret in a text, in order; what is of a ``known`` value is told as that."""
    found = [
        Leak(match.start(), "known", value)
        for value in known
        if len(value) >= LEAST_KNOWN and value in text
        for match in re.finditer(re.escape(value), text)
    ]
    found += _shaped(text)
    if max(map(len, text.split()), default=0) >= LEAST_RANDOM:
        found += _random(text)
    return _apart(found)


def masked(text: str, leaks: Sequence[Leak]) -> str:
    """The text with a dot for every character of a secret, so that all else stays in its place."""
    pieces: list[str] = []
    at = 0
    for leak in leaks:
        end = leak.start + len(leak.value)
        pieces += text[at : leak.start], _VISIBLE.sub("·", leak.value)
        at = end
    return "".join([*pieces, text[at:]])


def _shaped(text: str) -> Iterator[Leak]:
    digits = _LONG_DIGITS.search(text) is not None
    for kind, sign, shape in _SHAPES:
        if sign in text and (digits or len(sign) > 1):
            for match in shape.finditer(text):
                yield Leak(match.start(), kind, match[0])
    if _BLUESKY_CORE.search(text):
        for match in _BLUESKY.finditer(text):
            yield Leak(match.start(), "Bluesky", match[0])


def _random(text: str) -> Iterator[Leak]:
    for match in _RANDOM.finditer(text):
        before = text[max(0, match.start() - LONGEST_LINK) : match.start()]
        if not _IN_LINK.search(before) and looks_random(match[0]):
            yield Leak(match.start(), "random", match[0])


def looks_random(word: str) -> bool:
    """Whether a long word changes between capitals, small letters and digits as no human word does."""
    kinds = (any(map(str.isdigit, word)), any(map(str.isupper, word)), any(map(str.islower, word)))
    if not all(kinds):
        return False
    changes = len(_CHANGE.findall(word))
    entropy = -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())
    return changes >= 0.3 * len(word) and entropy >= 4


def _apart(found: list[Leak]) -> list[Leak]:
    """Without those that lie in another one."""
    kept: list[Leak] = []
    for leak in sorted(found, key=lambda leak: (leak.start, -len(leak.value))):
        if not kept or leak.start >= kept[-1].start + len(kept[-1].value):
            kept.append(leak)
    return kept


def problems(text: str, file: str, leaks: Sequence[Leak]) -> Iterator[Problem]:
    for leak in islice(leaks, MOST_TOLD):
        line = text.count("\n", 0, leak.start) + 1
        column = leak.start - text.rfind("\n", 0, leak.start)
        code = {"known": "secret-in-use", "random": "secret-random"}.get(leak.kind, "secret-shape")
        params = {"kind": leak.kind} if code == "secret-shape" else {}
        yield Problem(file, line, column, "", code, params=params)
