"""Whether what is on a platform is as its file says, and in its time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from campaign_bot.model import Campaign, Entry
from campaign_bot.rehearsal.findings import OUT, Breach, Finding, Held, Sign, World

CALL = dt.timedelta(seconds=60)
"""What begins in time may be accepted so much later: a call's deadline."""

TOLERANCE = dt.timedelta(seconds=5)
"""Spacing counts from the calls; their posts are accepted within so much of them."""


def contents(world: World, entries: Mapping[str, Entry], held: Iterable[Held]) -> Iterator[Finding]:
    for one in held:
        for sign in _differences(world, entries, one):
            yield Finding(Breach.WRONG, sign, one.entry.key)


def _differences(world: World, entries: Mapping[str, Entry], held: Held) -> Iterator[Sign]:
    wanted, sent = world.wanted(held.entry), held.post.outgoing
    if wanted is None or wanted.parts[held.part - 1 :][:1] != (sent.text,):
        yield Sign.TEXT
        return
    if sent.languages != wanted.languages:
        yield Sign.LANGUAGE
    if sent.warning != wanted.warning:
        yield Sign.WARNING
    pictures = wanted.images if held.part == 1 else ()
    if [(media.id.rpartition("#")[0], media.alt) for media in sent.media] != [
        (picture.file, picture.alt) for picture in pictures
    ]:
        yield Sign.PICTURES
    if (sent.reply_to and sent.reply_to.id, sent.root and sent.root.id) != _thread(entries, held):
        yield Sign.PARENT


def _thread(entries: Mapping[str, Entry], held: Held) -> tuple[str | None, str | None]:
    """The post that this one has to reply to, and the first of its thread."""
    first = entries.get(held.entry.after or "")
    chain = [*first.receipts] if first is not None and first.state in OUT else []
    chain += held.entry.receipts[: held.part - 1]
    return (chain[-1].id, chain[0].id) if chain else (None, None)


def times(world: World, held: Iterable[Held]) -> Iterator[Finding]:
    """Neither before its time nor too late, spaced, and no more in a day than the account may have."""
    firsts: dict[str, list[tuple[dt.datetime, Entry]]] = defaultdict(list)
    for one in held:
        accepted = one.post.created_at - world.ahead
        if accepted < one.entry.due_at:
            yield Finding(Breach.WRONG, Sign.EARLY, one.entry.key)
        if one.part == 1:
            firsts[one.entry.account].append((accepted, one.entry))
            if one.entry.deadline is not None and accepted > one.entry.deadline + CALL:
                yield Finding(Breach.WRONG, Sign.LATE, one.entry.key)
    for name, posts in firsts.items():
        yield from _pace(world.campaign, name, sorted(posts, key=lambda post: post[0]))


def _pace(campaign: Campaign, name: str, posts: Sequence[tuple[dt.datetime, Entry]]) -> Iterator[Finding]:
    account = campaign.accounts[name]
    for (before, _), (after, entry) in pairwise(posts):
        if after - before < account.spacing - TOLERANCE:
            yield Finding(Breach.WRONG, Sign.CROWDED, entry.key)
    days: dict[dt.date, int] = defaultdict(int)
    for at, entry in posts:
        day = at.astimezone(campaign.zone).date()
        days[day] += 1
        if account.per_day is not None and days[day] > account.per_day:
            yield Finding(Breach.WRONG, Sign.PER_DAY, entry.key)
