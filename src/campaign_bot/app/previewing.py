"""``preview``: exactly what each account would show of a post, with its length and limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_bot import text
from campaign_bot.app import finding, money, pages, planning
from campaign_bot.app.loading import Snapshot
from campaign_bot.app.pages.gallery import Gallery
from campaign_bot.model import Account, Campaign, Money, Post, Problem, Rendered, Severity


@dataclass(frozen=True, slots=True)
class View:
    """One post on one account in one text: ``variant`` (from 0) of ``variants``."""

    post: Post
    account: Account
    variant: int
    variants: int
    rendered: Rendered

    @property
    def language(self) -> str:
        return "+".join(self.rendered.languages)

    @property
    def cost(self) -> Money | None:
        """None where its platform is free."""
        return text.cost(self.rendered, self.account.rules)

    @property
    def fits(self) -> bool:
        return self.rendered.length <= self.rendered.limit


@dataclass(frozen=True, slots=True)
class Preview:
    """What was asked to be seen, and the Problems of the files that it comes from."""

    views: tuple[View, ...]
    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def preview(read: Snapshot, name: str | None = None) -> Preview:
    """Every post, or the one named, as all its accounts would show it.

    A post of which nothing can be read has no views, only Problems. Raises Unable for an unknown one.
    """
    if read.campaign is None:
        return Preview((), read.problems)
    if name is None:
        return Preview(_views(read.campaign, finding.posts(read.campaign).values()), read.problems)
    post = finding.find(read.campaign, name)
    files = {post.source.file} if post else {name, f"posts/{name}", f"posts/{name}.md"}
    problems = tuple(one for one in read.problems if one.file in files)
    if post is None and not problems:
        raise finding.unknown("unknown-post", name, finding.posts(read.campaign))
    return Preview(_views(read.campaign, [post] if post else []), problems)


def _views(campaign: Campaign, posts: Iterable[Post]) -> tuple[View, ...]:
    return tuple(view for post in posts for view in _of_post(campaign, post))


def _of_post(campaign: Campaign, post: Post) -> Iterator[View]:
    for account in campaign.accounts_of(campaign.queues[post.queue], post):
        for languages in text.tongues(account):
            count = max(len(post.variants(language, account.platform)) for language in languages)
            for variant in range(count):
                rendered = text.render(campaign, post, account, languages, variant)
                yield View(post, account, variant, count, rendered)


def as_json(shown: Iterable[View]) -> list[dict[str, Any]]:
    """The fields of ``preview --json``."""
    return [
        {
            "post": view.post.id,
            "queue": view.post.queue,
            "account": view.account.name,
            "platform": view.account.platform,
            "language": view.language,
            "variant": view.variant,
            "parts": list(view.rendered.parts),
            "length": view.rendered.length,
            "limit": view.rendered.limit,
            "images": planning.pictures(view.rendered.images),
            "warning": view.rendered.warning,
            "cost": money.fields(view.cost),
        }
        for view in shown
    ]


def write_page(root: Path, campaign: Campaign, shown: Iterable[View], folder: Path) -> Path:
    """Write the views as one self-contained page, ``index.html`` in ``folder`` (made if need be)."""
    gallery = Gallery(root)
    posts: dict[str, list[pages.Card]] = {}
    for view in shown:
        posts.setdefault(view.post.id, []).append(_card(campaign, view, gallery))
    page = pages.render("preview.html", {"name": campaign.name, "posts": posts, "state_words": {}})
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    file.write_text(page, encoding="utf-8")
    return file


def _card(campaign: Campaign, view: View, gallery: Gallery) -> pages.Card:
    """A post with an error shows no pictures: they may be what is wrong with it."""
    sound = view.post.source.file not in campaign.broken
    return pages.Card(
        key="",
        platform=view.account.platform,
        account=view.account.name,
        language=view.language,
        at=None if view.post.at is None else view.post.at.replace(tzinfo=campaign.zone),
        parts=tuple(pages.segments(part) for part in view.rendered.parts),
        length=view.rendered.length,
        limit=view.rendered.limit,
        warning=view.rendered.warning,
        pictures=gallery.pictures(view.rendered, view.account) if sound else (),
    )
