"""What is wrong with a Text as it is written, on whatever account it goes out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from campaign_bot.model import Campaign, Post, Problem, Severity, Text
from campaign_bot.text.entities import EntityKind, entities
from campaign_bot.text.placeholders import names

MOST_TOLD = 20

# With a letter, for "#1" means number one; not behind "&", where "#" belongs to an HTML entity.
_MEANT_AS_TAG = re.compile(r"(?<!&)[#＃]\w*[^\W\d_]\w*")


def check_wording(campaign: Campaign, post: Post, text: Text) -> Iterator[Problem]:
    """Placeholders that stand for nothing, mentions of people, hashtags that nobody can click.

    So many of each as anybody would read.
    """
    parts = list(enumerate(text.parts))
    placeholders = (_check_placeholders(campaign, post, text, i) for i, part in parts if "{" in part)
    marked = (i for i, part in parts if "@" in part or "#" in part or "＃" in part)
    yield from islice(chain.from_iterable(placeholders), MOST_TOLD)
    yield from islice(chain.from_iterable(_check_entities(post, text, i) for i in marked), MOST_TOLD)


def _check_placeholders(campaign: Campaign, post: Post, text: Text, index: int) -> Iterator[Problem]:
    for name, offset in names(text.parts[index]):
        if name not in campaign.links:
            params: dict[str, Any] = {"name": name, "known": list(campaign.links)}
            if near := difflib.get_close_matches(name, campaign.links, 1):
                params["suggestion"] = near[0]
            yield _problem(post, text, index, offset, "unknown-placeholder", **params)
        elif text.language not in campaign.links[name]:
            yield _problem(post, text, index, offset, "link-without-url", name=name, language=text.language)


def _check_entities(post: Post, text: Text, index: int) -> Iterator[Problem]:
    part = text.parts[index]
    found = entities(part)
    for entity in found:
        if entity.kind is EntityKind.MENTION:
            yield _warning(post, text, index, entity.start, "mention", name=entity.value)
    taken = {offset for entity in found for offset in range(entity.start, entity.end)}
    for tag in _MEANT_AS_TAG.finditer(part):
        if tag.start() not in taken:
            yield _warning(post, text, index, tag.start(), "dead-hashtag", tag=tag[0])


def _problem(
    post: Post,
    text: Text,
    index: int,
    offset: int,
    code: str,
    severity: Severity = Severity.ERROR,
    **params: Any,
) -> Problem:
    """A Problem at a place in one part of a Text."""
    part = text.parts[index]
    line = text.lines[index] + part.count("\n", 0, offset)
    column = offset - part.rfind("\n", 0, offset)
    return Problem(post.source.file, line, column, text.language, code, severity, params)


def _warning(post: Post, text: Text, index: int, offset: int, code: str, **params: Any) -> Problem:
    return _problem(post, text, index, offset, code, Severity.WARNING, **params)
