"""What can be clicked in a text: links, hashtags and mentions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

from campaign_bot.text import urls
from campaign_bot.text.domains import LATIN


class EntityKind(StrEnum):
    LINK = "link"
    HASHTAG = "hashtag"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Entity:
    """``text[start:end]``, in code points. ``value`` is the link's full URL (``https://`` before a ``bare``
    domain, which X links too), the hashtag without ``#``, or the mention without ``@``.
    """

    kind: EntityKind
    start: int
    end: int
    value: str
    bare: bool = False


# Letters, marks and digits, and what X lets stand among them (twitter-text's hashtag characters).
_TAG_CHARACTERS = (
    r"\p{L}\p{M}\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4"
    r"\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7"
)
_HASHTAG = regex.compile(
    rf"[#＃](?:(?<![{_TAG_CHARACTERS}&].)|(?<=[\ufe0e\ufe0f].))"
    rf"(?![\ufe0f\u20e3])([{_TAG_CHARACTERS}]++)(?![#＃]|://)"
)
_LETTER = regex.compile(r"[\p{L}\p{M}]")
# X's @name, Mastodon's @name@server, Bluesky's @name.server
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_]|[.\-]++(?=[A-Za-z0-9_]))*+"
_MENTION = regex.compile(rf"@(?<![A-Za-z0-9_!#$%&*@＠=/]@)({_NAME}(?:@{_NAME})?+)(?![@＠{LATIN}]|://)")


def entities(text: str) -> list[Entity]:
    """All of them in order; none overlaps another. Punctuation behind one is no part of it."""
    links = [Entity(EntityKind.LINK, u.start, u.end, _full(text, u), u.bare) for u in urls.find(text)]
    others = [*_hashtags(text), *_mentions(text)]
    if not others:
        return links
    return _apart(sorted([*links, *others], key=lambda entity: (entity.start, -entity.end)))


def hashtags(text: str) -> list[str]:
    """The hashtags of a text as written, without ``#``."""
    if "#" not in text and "＃" not in text:
        return []
    return [entity.value for entity in entities(text) if entity.kind is EntityKind.HASHTAG]


def _full(text: str, url: urls.Url) -> str:
    written = text[url.start : url.end]
    return f"https://{written}" if url.bare else written


def _hashtags(text: str) -> Iterator[Entity]:
    for match in _HASHTAG.finditer(text):
        if _LETTER.search(match[1]):
            yield Entity(EntityKind.HASHTAG, match.start(), match.end(), match[1])


def _mentions(text: str) -> Iterator[Entity]:
    for match in _MENTION.finditer(text):
        yield Entity(EntityKind.MENTION, match.start(), match.end(), match[1])


def _apart(ordered: list[Entity]) -> list[Entity]:
    """Without those that begin inside the one before (a hashtag in a URL's fragment)."""
    kept: list[Entity] = []
    for entity in ordered:
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept
