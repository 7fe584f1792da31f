"""One post: from a file's text to a Post, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from campaign_bot.files import languages as tongues
from campaign_bot.files.accounts import unknown_accounts
from campaign_bot.files.config import (
    Config,
    missing_languages,
    unknown_languages,
)
from campaign_bot.files.headings import Reader
from campaign_bot.files.media import inside
from campaign_bot.files.schema import ImageFields, PostFields, filled, read_fields
from campaign_bot.files.sections import read_texts, split_front
from campaign_bot.files.values import CampaignDay, key_safe
from campaign_bot.files.words import did_you_mean, shown
from campaign_bot.files.yamltext import read_yaml
from campaign_bot.model import Account, Image, Order, Post, Problem, Queue, Severity, Source, Text


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for all posts of one queue. ``order`` None: its ``queue.yaml`` does not say."""

    config: Config
    reader: Reader
    queue: Queue
    order: Order | None
    _audiences: dict[tuple[str, ...] | None, list[Account]] = field(default_factory=dict)

    def audience(self, post: Post) -> list[Account]:
        """The accounts that the post goes to, as far as they are known."""
        if post.accounts not in self._audiences:
            queue, accounts = self.queue.accounts, self.config.accounts
            names = [name for name in accounts if queue is None or name in queue]
            self._audiences[post.accounts] = [
                accounts[name] for name in names if post.accounts is None or name in post.accounts
            ]
        return self._audiences[post.accounts]

    def needed(self, post: Post) -> tuple[str, ...]:
        """The languages of the accounts it goes to; all of the campaign's while those are not known."""
        spoken = {code for account in self.audience(post) for code in account.languages}
        return tuple(code for code in self.config.languages if code in spoken) or self.config.languages


def read_post(text: str, file: str, stem: str, desk: Desk, problems: list[Problem]) -> Post | None:
    """The post, as far as it can be read; None when there is nothing of it to show."""
    sheet = split_front(text, file, problems)
    if sheet is None:
        return None
    texts = read_texts(sheet, file, desk.reader, problems)
    document = read_yaml(sheet.front, file, problems, first_line=2)
    source = document.source if document else Source(file)
    values = document.value if document else {}
    fields = read_fields(PostFields, values, source, problems)
    if isinstance(values, dict):
        problems += filled(("accounts",), values, source)
    post = _post(fields, stem, source, texts, desk, problems)
    if post is None:
        return None
    # Settings that are not there at all, or no settings, are a Problem of their own.
    readable = sheet.body_line > 1 and document is not None and isinstance(values, dict)
    problems += _check_fields(post, has_at=not readable or "at" in values, desk=desk)
    problems += _check_texts(post, desk)
    return post


def _post(
    fields: PostFields, stem: str, source: Source, texts: list[Text], desk: Desk, problems: list[Problem]
) -> Post | None:
    own = f"{desk.queue.name}/{stem}"
    if fields.id is None and not key_safe(own):
        problems.append(source.problem("bad-file-name", name=shown(stem)))
        return None
    return Post(
        id=fields.id or own,
        queue=desk.queue.name,
        source=source,
        texts=tuple(texts),
        at=_resolve(fields.at, desk.config.fields.starts, source, problems, desk),
        demand=fields.demand,
        weight=fields.weight or Fraction(1),
        from_=fields.from_,
        until=fields.until,
        link=fields.link,
        images=tuple(_image(image, desk.config.languages) for image in fields.images),
        accounts=None if fields.accounts is None else tuple(fields.accounts),
        warning=fields.warning,
        hold=fields.hold,
    )


def _resolve(
    at: dt.datetime | CampaignDay | None,
    starts: dt.date | None,
    source: Source,
    problems: list[Problem],
    desk: Desk,
) -> dt.datetime | None:
    """The wall time of ``day N``; a Problem where the campaign has no day 0."""
    if not isinstance(at, CampaignDay):
        return at
    if starts is None:
        if desk.config.written and "starts" not in desk.config.written:
            problems.append(source.problem("day-without-starts", "at", day=at.day))
        return None
    try:
        return dt.datetime.combine(starts + dt.timedelta(days=at.day), at.time)
    except OverflowError:
        problems.append(source.problem("bad-at", "at", key="at", value=f"day {at.day}"))
        return None


def _image(fields: ImageFields, languages: tuple[str, ...]) -> Image:
    """Its names as the tree has them, so that it is found again however it was written (``media\\a.png``)."""
    named = fields.file
    each = dict.fromkeys(languages, named) if isinstance(named, str) else named
    return Image({language: inside(file) or file for language, file in each.items()}, fields.alt)


# ---------------------------------------------------------------- the fields together


def _check_fields(post: Post, *, has_at: bool, desk: Desk) -> Iterator[Problem]:
    source, config = post.source, desk.config
    if desk.order is Order.DATED and not has_at:
        yield source.problem("missing-at", "at")
    if desk.order not in (Order.DATED, None) and post.at is not None:
        yield source.problem("at-not-dated", "at", order=desk.order)
    if post.from_ and post.until and post.until < post.from_:
        yield source.problem("until-before-from", "until", first=post.from_, last=post.until)
    links = config.link_names()
    if post.link is not None and links is not None and post.link not in links:
        more = did_you_mean(post.link, links)
        yield source.problem("unknown-link", "link", link=shown(post.link), **more)
    if config.names:
        yield from unknown_accounts(post.accounts, config.names, source)
    if not config.certain:
        return
    needed = desk.needed(post) if post.warning or post.images else ()
    if post.warning:
        yield from unknown_languages(post.warning, "warning", config.languages, source)
        yield from missing_languages(post.warning, "warning", needed, source)
    for index, image in enumerate(post.images):
        yield from _check_image(image, f"images.{index}", needed, config.languages, source)


def _check_image(
    image: Image, field: str, needed: tuple[str, ...], languages: tuple[str, ...], source: Source
) -> Iterator[Problem]:
    yield from unknown_languages(image.file, f"{field}.file", languages, source)
    yield from unknown_languages(image.alt, f"{field}.alt", languages, source)
    yield from missing_languages(image.file, f"{field}.file", needed, source)
    for language in needed:
        if not image.alt.get(language, "").strip():
            where = f"{field}.alt.{language}"
            yield source.problem("missing-alt", where, language=language)
    for language, words in image.alt.items():
        other = tongues.looks_like(language, words)
        if other in languages:
            yield source.warning("other-language", f"{field}.alt.{language}", language=language, other=other)


# ---------------------------------------------------------------- the texts together


def _check_texts(post: Post, desk: Desk) -> Iterator[Problem]:
    if not post.texts:
        yield post.source.problem("no-texts")
        return
    yield from _missing_texts(post, desk)
    if desk.order is Order.ROTATION:
        yield from _uneven_variants(post)
    elif desk.order is not None:
        yield from _duplicate_sections(post)
    for text in post.texts:
        yield from _other_language(post, text, desk)


def _other_language(post: Post, text: Text, desk: Desk) -> Iterator[Problem]:
    """A guess: a text, or a paragraph of it, that reads like another language of the campaign."""
    other = tongues.looks_like(text.language, "\n".join(text.parts))
    if other in desk.config.languages:
        params = {"language": text.language, "other": other}
        yield _at(post, text, "other-language", Severity.WARNING, **params)
        return
    for part, line in zip(text.parts, text.lines, strict=True):
        found = tongues.other_paragraph(text.language, part)
        if found and found[1] in desk.config.languages:
            above, other = found
            params = {"language": text.language, "other": other, "heading": tongues.heading(other)}
            file, warning = post.source.file, Severity.WARNING
            yield Problem(file, line + above, 1, text.language, "other-paragraph", warning, params)
            return


def _at(post: Post, text: Text, code: str, severity: Severity = Severity.ERROR, **params: Any) -> Problem:
    return Problem(post.source.file, text.lines[0], 1, text.language, code, severity, params)


def _missing_texts(post: Post, desk: Desk) -> Iterator[Problem]:
    written = {text.language for text in post.texts}
    for language in desk.needed(post) if desk.config.certain else ():
        if language not in written:
            heading = tongues.heading(language)
            yield post.source.problem("missing-language", language, language=language, heading=heading)
    special = written - {text.language for text in post.texts if not text.platforms}
    for account in desk.audience(post) if special else ():
        for language in account.languages:
            if language in special and not post.variants(language, account.platform):
                yield post.source.problem(
                    "missing-version",
                    language,
                    language=language,
                    account=account.name,
                    platform=account.platform,
                )


def _duplicate_sections(post: Post) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for text in post.texts:
        keys = {(text.language, platform) for platform in text.platforms or ("",)}
        if keys & seen:
            yield _at(post, text, "duplicate-section", heading=_heading(text))
        seen |= keys


def _uneven_variants(post: Post) -> Iterator[Problem]:
    languages = list(dict.fromkeys(text.language for text in post.texts))
    platforms = dict.fromkeys(["", *(platform for text in post.texts for platform in text.platforms)])
    for platform in platforms:
        counts = Counter({code: len(post.variants(code, platform)) for code in languages})
        most, least = max(counts, key=lambda code: counts[code]), min(counts, key=lambda code: counts[code])
        if 0 < counts[least] < counts[most]:
            yield post.source.problem(
                "uneven-variants",
                least,
                language=most,
                count=counts[most],
                other=least,
                other_count=counts[least],
            )
            return


def _heading(text: Text) -> str:
    name = tongues.heading(text.language)
    return f"{name}: {', '.join(text.platforms)}" if text.platforms else name
