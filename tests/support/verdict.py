"""What the platforms hold against what the ledger says: twice, lost, wrong, unexplained.

It knows what should be there from those who wrote the posts, and nothing of how the product decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaign_bot.model import Entry, State
from support.fakes import FakePost


@dataclass(frozen=True)
class Piece:
    """One part of one delivery. ``before``: the text it replies to; ``alt``: its picture's, if it has one.

    No two have the same text.
    """

    key: str
    part: int
    text: str
    language: str
    before: str | None
    alt: str | None


@dataclass
class Figures:
    """What came of some lives. ``breaches`` has what should not be, by kind, with the delivery's key."""

    kills: Counter[str] = field(default_factory=Counter)
    lives: int = 0
    deliveries: int = 0
    posts: int = 0
    unconfirmed: int = 0
    breaches: dict[str, list[str]] = field(default_factory=dict)

    def breach(self, kind: str, words: str) -> None:
        self.breaches.setdefault(kind, []).append(words)

    def as_values(self) -> dict[str, Any]:
        """For a report that goes from one process to another."""
        return {
            "kills": dict(self.kills),
            "lives": self.lives,
            "deliveries": self.deliveries,
            "posts": self.posts,
            "unconfirmed": self.unconfirmed,
            "breaches": {kind: len(found) for kind, found in self.breaches.items()},
        }


def judge(
    pieces: Sequence[Piece], posts: Sequence[FakePost], entries: Mapping[str, Entry], figures: Figures
) -> None:
    """One account."""
    by_text: dict[str, list[FakePost]] = defaultdict(list)
    for post in posts:
        by_text[post.text].append(post)
    figures.posts += len(posts)
    for text in by_text.keys() - {piece.text for piece in pieces}:
        figures.breach("unexplained", text)
    for piece in pieces:
        _piece(piece, by_text, entries.get(piece.key), figures)
    for key in dict.fromkeys(piece.key for piece in pieces):
        figures.deliveries += 1
        _delivery(key, entries.get(key), sum(piece.key == key for piece in pieces), figures)


def _piece(
    piece: Piece, by_text: Mapping[str, list[FakePost]], entry: Entry | None, figures: Figures
) -> None:
    found = by_text.get(piece.text, [])
    where = f"{piece.key}#{piece.part}"
    if len(found) > 1:
        figures.breach("twice", where)
    receipts = {receipt.part: receipt.id for receipt in entry.receipts} if entry else {}
    if piece.part in receipts and receipts[piece.part] not in [post.id for post in found]:
        figures.breach("lost", f"{where}: the ledger has it, the platform does not")
    unclear = entry is not None and entry.state is State.UNCONFIRMED
    for post in found:
        if post.id != receipts.get(piece.part) and not unclear:
            figures.breach("unexplained", f"{where}: the platform has it, the ledger does not")
        for words in _differences(piece, post, by_text):
            figures.breach("wrong", f"{where}: {words}")


def _differences(piece: Piece, post: FakePost, by_text: Mapping[str, list[FakePost]]) -> list[str]:
    parents = [one.id for one in by_text.get(piece.before or "", [])] or [None]
    wrong = {
        "replies to another post": post.reply_to not in parents,
        "in another language": post.languages not in ((), (piece.language,)),
        "with other pictures": [alt for _, alt in post.media] != ([piece.alt] if piece.alt else []),
    }
    return [words for words, is_so in wrong.items() if is_so]


def _delivery(key: str, entry: Entry | None, parts: int, figures: Figures) -> None:
    if entry is None:
        figures.breach("lost", f"{key}: the ledger does not know it")
    elif entry.state is State.UNCONFIRMED and entry.reason:
        figures.unconfirmed += 1
    elif entry.state is not State.PUBLISHED:
        figures.breach("lost", f"{key}: {entry.state}, {entry.reason or 'with no reason'}")
    elif len(entry.receipts) != parts:
        figures.breach("lost", f"{key}: published, but for some of its parts")
