"""The final text of a post on an account: what preview shows is what goes out. Pure and total."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest

from campaign_bot.model import (
    Account,
    Bilingual,
    Campaign,
    Hashtags,
    Picture,
    Post,
    Rendered,
    Rules,
    Text,
    Unit,
)
from campaign_bot.names import nfc
from campaign_bot.text.entities import hashtags
from campaign_bot.text.lengths import length
from campaign_bot.text.normal import fingerprint
from campaign_bot.text.placeholders import fill, names

BETWEEN = " / "
"""Between the two languages of an alt text or a content warning."""

_NO_TAGS = Hashtags()


def tongues(account: Account) -> tuple[tuple[str, ...], ...]:
    """The languages of each text an account gets: one at a time, or all in one when ``together``."""
    if account.bilingual is Bilingual.TOGETHER:
        return (account.languages,)
    return tuple((language,) for language in account.languages)


def render(
    campaign: Campaign, post: Post, account: Account, languages: tuple[str, ...], variant: int = 0
) -> Rendered:
    """What ``account`` shows of ``post`` in ``languages`` (one entry of ``tongues``).

    Never raises: a language that the post lacks adds nothing, an unknown placeholder stays as written.
    """
    rules = account.rules
    texts = [text for language in languages if (text := chosen(post, language, rules.platform, variant))]
    parts = list(_joined([_worded(campaign, post, text) for text in texts]))
    warning = both(post.warning, languages) if rules.warnings else None
    lengths = [length(part, rules.unit) for part in parts] or [0]
    lengths[0] += length(warning, Unit.GRAPHEMES) if warning else 0
    if parts:
        tags = [campaign.hashtags.get(text.language, _NO_TAGS) for text in texts]
        tail = _tail(tags, parts, lengths[0], rules)
        parts[0] += tail
        lengths[0] += _length(tail, rules.unit)
    return Rendered(
        parts=tuple(parts),
        length=max(lengths),
        limit=rules.limit,
        languages=languages,
        fingerprint=fingerprint(parts),
        images=tuple(_pictures(post, languages)) if post.images else (),
        warning=warning,
    )


def chosen(post: Post, language: str, platform: str, variant: int) -> Text | None:
    """The Text whose turn it is; the number of variants may differ from language to language."""
    variants = post.variants(language, platform)
    return variants[variant % len(variants)] if variants else None


def _worded(campaign: Campaign, post: Post, text: Text) -> list[str]:
    """The parts with their links, and with the post's own link on a last line."""

    def url(name: str) -> str | None:
        return campaign.links[name].get(text.language) if name in campaign.links else None

    parts = [fill(part, url) for part in text.parts]
    if post.link and not any(name == post.link for part in text.parts for name, _ in names(part)):
        last_line = url(post.link)
        if last_line and parts:
            parts[-1] = f"{parts[-1]}\n{last_line}" if parts[-1] else last_line
    return parts


def _joined(texts: Sequence[list[str]]) -> Iterable[str]:
    """The texts part by part, a blank line between the languages; the longer thread goes on alone."""
    if len(texts) == 1:
        return texts[0]
    return ("\n\n".join(part for part in parts if part) for parts in zip_longest(*texts, fillvalue=""))


def _tail(tags: Sequence[Hashtags], parts: Sequence[str], used: int, rules: Rules) -> str:
    """What goes behind the first part: a blank line, the tags that belong there, those that have room."""
    taken = {_folded(tag) for part in parts for tag in hashtags(part)}
    lead = "\n\n" if parts[0] else ""
    tail = ""
    for tag in _new(taken, [tag for each in tags for tag in each.always]):
        tail += f"{' ' if tail else lead}#{tag}"
    room = rules.limit - used - _length(tail, rules.unit)
    room_bytes = (rules.byte_limit - len(parts[0].encode()) - len(tail.encode())) if rules.byte_limit else 0
    for tag in _new(taken, [tag for each in tags for tag in each.room]):
        more = f"{' ' if tail else lead}#{tag}"
        room -= _length(more, rules.unit)
        room_bytes -= len(more.encode()) if rules.byte_limit else 0
        if room < 0 or room_bytes < 0:
            break
        tail += more
    return tail


_length = lru_cache(maxsize=1024)(length)  # a campaign has few tags, and each post has the same


def _new(taken: set[str], tags: Iterable[str]) -> Iterator[str]:
    """The tags that are not there yet, whatever their capitals."""
    for tag in tags:
        if (folded := _folded(tag)) not in taken:
            taken.add(folded)
            yield tag


def _folded(tag: str) -> str:
    return nfc(tag).casefold()


def _pictures(post: Post, languages: tuple[str, ...]) -> Iterator[Picture]:
    """Each picture in the first of the languages that has one, with the alt text of all of them."""
    for image in post.images:
        file = next((image.file[language] for language in languages if language in image.file), None)
        if file is not None:
            yield Picture(file, both(image.alt, languages) or "")


def both(words: Mapping[str, str], languages: tuple[str, ...]) -> str | None:
    """An alt text or a warning in all of the languages that have one."""
    return BETWEEN.join(words[language] for language in languages if words.get(language)) or None
