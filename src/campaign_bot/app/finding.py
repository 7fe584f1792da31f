"""What a person named: a post, a delivery's key, an account. Unknown names come with the nearest ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import Campaign, Post


def posts(campaign: Campaign) -> dict[str, Post]:
    """Every post by its id, in the order of queues and files."""
    return {post.id: post for queue in campaign.queues.values() for post in queue.posts}


def post(campaign: Campaign, name: str) -> Post:
    """The post with this id, or in this file. Raises Unable."""
    known = posts(campaign)
    files = {post.source.file: post for post in known.values()}
    found = known.get(name) or files.get(name) or files.get(f"posts/{name}")
    if found is None:
        raise unknown("unknown-post", name, known)
    return found


def unknown(code: str, name: str, names: Iterable[str]) -> Unable:
    """The error for a name that is not there; ``code`` ends in ``-like`` where there is a similar one."""
    near = difflib.get_close_matches(name, list(names), n=1)
    if near:
        return Unable(f"{code}-like", usage=True, name=name, similar=near[0])
    return Unable(code, usage=True, name=name)
