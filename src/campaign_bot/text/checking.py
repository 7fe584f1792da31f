"""What only the final texts show to be wrong. (Syntax, missing languages and pictures are ``files``'s.)

A post is rendered once for each kind of account it goes to, not for each account: those on one
platform with the same languages show the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from campaign_bot.model import Account, Campaign, Post, Problem, Queue, Rendered, Rules, Severity, Text, Unit
from campaign_bot.text.entities import hashtags
from campaign_bot.text.lengths import invalid_characters, length
from campaign_bot.text.rendering import both, chosen, render, tongues
from campaign_bot.text.wording import check_wording

Place = tuple[str, int]
"""A file, and the line in it."""

WARNINGS = frozenset({"too-many-hashtags", "same-text"})


class Audience(NamedTuple):
    """Accounts that show the same; ``account`` stands for all of them."""

    account: Account
    languages: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as an audience gets it. ``text`` is the one in its first language."""

    post: Post
    audience: Audience
    text: Text
    rendered: Rendered

    @property
    def rules(self) -> Rules:
        return self.audience.account.rules

    def problem(self, code: str, index: int = 0, **params: Any) -> Problem:
        """At the line where the text, or one part of it, starts."""
        line = self.text.lines[min(index, len(self.text.lines) - 1)]
        params = {
            "language": "+".join(self.audience.languages),
            "platform": self.rules.platform,
            "accounts": list(self.audience.names),
            **params,
        }
        severity = Severity.WARNING if code in WARNINGS else Severity.ERROR
        return Problem(self.post.source.file, line, 1, self.text.language, code, severity, params)


def check(campaign: Campaign) -> list[Problem]:
    """Every problem of the campaign's texts, in the order of its queues and posts."""
    problems: list[Problem] = []
    audiences: dict[tuple[str, tuple[str, ...] | None], list[Audience]] = {}
    seen: dict[tuple[str, str], Place] = {}
    for queue in campaign.queues.values():
        for post in queue.posts:
            key = (queue.name, post.accounts)
            if key not in audiences:
                audiences[key] = _audiences(campaign.accounts_of(queue, post))
            problems += _check_post(campaign, queue, post, audiences[key], seen)
    return problems


def _audiences(accounts: Sequence[Account]) -> list[Audience]:
    alike: dict[tuple[Rules, tuple[str, ...]], list[Account]] = {}
    for account in accounts:
        for languages in tongues(account):
            alike.setdefault((account.rules, languages), []).append(account)
    return [
        Audience(same[0], languages, tuple(account.name for account in same))
        for (_, languages), same in alike.items()
    ]


def _check_post(
    campaign: Campaign,
    queue: Queue,
    post: Post,
    audiences: list[Audience],
    seen: dict[tuple[str, str], Place],
) -> Iterator[Problem]:
    if not audiences and _names_accounts(campaign, queue) and _names_accounts(campaign, post):
        yield post.source.problem("no-account", "accounts", queue=queue.name)
    for text in post.texts:
        yield from check_wording(campaign, post, text)
    yield from _check_fields(campaign, post, audiences)
    everything = [shown for audience in audiences for shown in _variants(campaign, post, audience)]
    for shown in everything:
        yield from _check_length(shown)
        yield from _check_characters(shown)
        yield from _check_tags(shown)
    yield from _check_repeated(everything, seen)


def _names_accounts(campaign: Campaign, where: Queue | Post) -> bool:
    """Whether there is an account among those it names; if not, the loader has told of it."""
    return where.accounts is None or any(name in campaign.accounts for name in where.accounts)


def _variants(campaign: Campaign, post: Post, audience: Audience) -> Iterator[Shown]:
    """The post as it shows in turn; nothing where it lacks a language."""
    account, languages, _ = audience
    platform = account.rules.platform
    counts = [len(post.variants(language, platform)) for language in languages]
    for variant in range(max(counts)):
        text = chosen(post, languages[0], platform, variant)
        if text and text.parts:
            yield Shown(post, audience, text, render(campaign, post, account, languages, variant))


# ---------------------------------------------------------------- the front matter


def _check_fields(campaign: Campaign, post: Post, audiences: list[Audience]) -> Iterator[Problem]:
    """The post's own link in each language, and alt texts that a platform would refuse."""
    if post.link is not None and post.link in campaign.links:
        spoken = dict.fromkeys(language for audience in audiences for language in audience.languages)
        for language in spoken:
            if language not in campaign.links[post.link]:
                yield post.source.problem("link-without-url", "link", name=post.link, language=language)
    for index in range(len(post.images)):
        yield from _check_alt(post, index, audiences)


def _check_alt(post: Post, index: int, audiences: list[Audience]) -> Iterator[Problem]:
    """Once for each language and platform; of two languages together, both count."""
    told = set()
    for account, languages, _ in audiences:
        limit, platform = account.rules.alt_limit, account.rules.platform
        alt = both(post.images[index].alt, languages) or ""
        if limit and len(alt) > limit and (languages, platform) not in told:
            told.add((languages, platform))
            where = f"images.{index}.alt.{languages[0]}"
            params: dict[str, Any] = _over(len(alt), limit)
            params |= {"language": "+".join(languages), "platform": platform}
            yield post.source.problem("alt-too-long", where, **params)


# ---------------------------------------------------------------- the final text


def _check_length(shown: Shown) -> Iterator[Problem]:
    """Each part that does not fit, in the platform's unit and in bytes."""
    rules, rendered = shown.rules, shown.rendered
    for index, part in enumerate(rendered.parts):
        size = _length(shown, index) if rendered.length > rules.limit else 0
        if size > rules.limit:
            code = "together-too-long" if len(shown.audience.languages) > 1 else "text-too-long"
            more = {"part": index + 1, "parts": len(rendered.parts), "unit": str(rules.unit)}
            yield shown.problem(code, index, **more, **_over(size, rules.limit))
        elif rules.byte_limit and (octets := len(part.encode())) > rules.byte_limit:
            yield shown.problem("too-many-bytes", index, part=index + 1, **_over(octets, rules.byte_limit))


def _length(shown: Shown, index: int) -> int:
    """That of one part; a content warning counts with the first."""
    own = length(shown.rendered.parts[index], shown.rules.unit)
    warning = shown.rendered.warning
    return own + length(warning, Unit.GRAPHEMES) if warning and not index else own


def _over(size: int, limit: int) -> dict[str, int]:
    return {"length": size, "limit": limit, "over": size - limit}


def _check_characters(shown: Shown) -> Iterator[Problem]:
    for index, part in enumerate(shown.rendered.parts):
        for character in invalid_characters(part, shown.rules.unit):
            yield shown.problem("refused-character", index, character=f"U+{ord(character):04X}")


def _check_tags(shown: Shown) -> Iterator[Problem]:
    limit = shown.rules.tags
    for index, part in enumerate(shown.rendered.parts):
        if part.count("#") + part.count("＃") > limit and (count := len(hashtags(part))) > limit:
            yield shown.problem("too-many-hashtags", index, count=count, limit=limit)


def _check_repeated(everything: list[Shown], seen: dict[tuple[str, str], Place]) -> Iterator[Problem]:
    """The same words twice on one account: platforms refuse them, and the last guard holds the second.

    One Problem for each pair of texts, however many accounts get both.
    """
    pairs: dict[tuple[Place, Place], tuple[Shown, list[str]]] = {}
    for shown in everything:
        if not any(part.strip() for part in shown.text.parts):
            continue  # no words yet, which is a problem of its own
        here = (shown.post.source.file, shown.text.lines[0])
        for name in shown.audience.names:
            first = seen.setdefault((name, shown.rendered.fingerprint), here)
            if first != here:
                pairs.setdefault((first, here), (shown, []))[1].append(name)
    for ((file, line), _), (shown, accounts) in pairs.items():
        yield shown.problem("same-text", accounts=accounts, other=file, other_line=line)
