"""What a person named: a post, a delivery's key, an account. Unknown names come with the nearest one."""

from __future__ import annotations

from collections.abc import Iterable

from campaign_bot.files.words import did_you_mean
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import Campaign, Post


def posts(campaign: Campaign) -> dict[str, Post]:
    """Every post by its id, in the order of queues and files."""
    return {post.id: post for queue in campaign.queues.values() for post in queue.posts}


def find(campaign: Campaign, name: str) -> Post | None:
    """The post with this id, or in this file."""
    known = posts(campaign)
    files = {post.source.file: post for post in known.values()}
    return known.get(name) or files.get(name) or files.get(f"posts/{name}")


def unknown(code: str, name: str, names: Iterable[str]) -> Unable:
    """The error for a name that is not there."""
    return Unable(code, usage=True, name=name, **did_you_mean(name, names))
