"""``preview``: exactly what each account would show of a post, with its length and limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_bot import text
from campaign_bot.app import finding, pages, planning
from campaign_bot.model import Account, Campaign, Post, Rendered


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
    def fits(self) -> bool:
        return self.rendered.length <= self.rendered.limit


def views(campaign: Campaign, post: str | None = None) -> list[View]:
    """Every post, or the one named, as all its accounts would show it. Raises Unable for an unknown one."""
    posts = finding.posts(campaign).values() if post is None else [finding.post(campaign, post)]
    return [view for one in posts for view in _views(campaign, one)]


def _views(campaign: Campaign, post: Post) -> Iterator[View]:
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
        }
        for view in shown
    ]


def write_page(root: Path, campaign: Campaign, shown: Iterable[View], folder: Path) -> Path:
    """Write the views as one self-contained page, ``index.html`` in ``folder`` (made if need be)."""
    posts: dict[str, list[pages.Card]] = {}
    for view in shown:
        posts.setdefault(view.post.id, []).append(_card(root, campaign, view))
    page = pages.render("preview.html", {"name": campaign.name, "posts": posts, "state_words": {}})
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    file.write_text(page, encoding="utf-8")
    return file


def _card(root: Path, campaign: Campaign, view: View) -> pages.Card:
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
        pictures=pages.pictures(root, view.rendered),
    )
