"""The ways of a post: to which accounts it goes, in which languages, with which stagger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import lcm

from campaign_bot import text
from campaign_bot.model import Account, Bilingual, Campaign, Entry, Post, Queue, Rendered, Rules
from campaign_bot.planner.past import is_tried
from campaign_bot.planner.wall import ZERO

Form = tuple[tuple[tuple[str, ...], ...], bool]
"""How an account says a post: the languages of each delivery, and whether the later reply to the first."""


class Words:
    """A post's final texts in one language (in two when ``together``), each rendered once.

    They depend on what the account's platform takes, not on the account: several accounts share them.
    """

    def __init__(
        self, campaign: Campaign, post: Post, account: Account, languages: tuple[str, ...], period: int
    ) -> None:
        self.language = "+".join(languages)
        self._render = partial(text.render, campaign, post, account, languages)
        self._period = period  # after so many showings the variants begin again
        self._texts: dict[int, Rendered] = {}

    def rendered(self, variant: int) -> Rendered:
        turn = variant % self._period
        if turn not in self._texts:
            self._texts[turn] = self._render(turn)
        return self._texts[turn]


@dataclass(frozen=True, slots=True)
class Route:
    """One post on its way to one account in one language, or in two together.

    ``name`` ends its keys (``fediverse:en``), ``after`` is the name of the route it replies to. ``delay``
    is the stagger; ``rank`` orders deliveries of the same instant: language, queue, post.
    """

    queue: Queue
    post: Post
    account: Account
    words: Words
    name: str
    after: str | None
    delay: dt.timedelta
    rank: tuple[int, int, int]


class Router:
    """Finds the routes of posts, and remembers them."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._queues = {name: rank for rank, name in enumerate(campaign.queues)}
        self._ranks = {
            post.id: rank for queue in campaign.queues.values() for rank, post in enumerate(queue.posts)
        }
        self._usual: dict[str, tuple[Route, ...]] = {}
        self._known: dict[tuple[str, str, Form], tuple[Route, ...]] = {}
        self._words: dict[tuple[str, Rules, tuple[str, ...]], Words | None] = {}

    def routes(self, queue: Queue, post: Post, entries: Sequence[Entry] = ()) -> tuple[Route, ...]:
        """Where a post goes, in the accounts' order; ``entries``: what became of it (in this slot) so far."""
        if entries:
            return self._routes(queue, post, entries)
        if post.id not in self._usual:
            self._usual[post.id] = self._routes(queue, post, ())
        return self._usual[post.id]

    def _routes(self, queue: Queue, post: Post, entries: Sequence[Entry]) -> tuple[Route, ...]:
        found: list[Route] = []
        for account in self._campaign.accounts_of(queue, post):
            form = _form(account, [entry for entry in entries if entry.account == account.name])
            known = (post.id, account.name, form)
            if known not in self._known:
                self._known[known] = self._build(queue, post, account, form)
            found += self._known[known]
        return tuple(found)

    def _build(self, queue: Queue, post: Post, account: Account, form: Form) -> tuple[Route, ...]:
        built: list[Route] = []
        tongues, threaded = form
        for languages in tongues:
            words = self._words_of(post, account, languages)
            if words is None:
                continue
            delay = queue.stagger.get(languages[0], ZERO)
            before = built[-1] if built and threaded else None
            built.append(
                Route(
                    queue,
                    post,
                    account,
                    words,
                    f"{account.name}:{words.language}",
                    before.name if before else None,
                    # A reply cannot be due before what it replies to.
                    max(delay, before.delay) if before else delay,
                    (self._language(languages[0]), self._queues[queue.name], self._ranks[post.id]),
                )
            )
        return tuple(built)

    def _words_of(self, post: Post, account: Account, languages: tuple[str, ...]) -> Words | None:
        """None where the post has no text in any of the languages."""
        known = (post.id, account.rules, languages)
        if known not in self._words:
            counts = [len(post.variants(language, account.platform)) for language in languages]
            period = lcm(*filter(None, counts))
            self._words[known] = (
                Words(self._campaign, post, account, languages, period) if any(counts) else None
            )
        return self._words[known]

    def _language(self, language: str) -> int:
        languages = self._campaign.languages
        return languages.index(language) if language in languages else len(languages)


def _form(account: Account, entries: Sequence[Entry]) -> Form:
    """How the account says a post: as it began to, once something of it is out there."""
    out = [entry.language for entry in entries if is_tried(entry)]
    if not out:
        return text.tongues(account), account.bilingual is Bilingual.THREAD
    together = next((language for language in out if "+" in language), None)
    if together:
        return (tuple(together.split("+")),), False
    return tuple((language,) for language in account.languages), any(entry.after for entry in entries)
