"""Links to example.org and its like: good for a rehearsal, wrong on a live post."""

from __future__ import annotations

import re
from collections.abc import Iterator

from campaign_bot.files.words import shown
from campaign_bot.model import Campaign, Post, Problem

# The names that RFC 2606 sets apart for examples.
_EXAMPLE = re.compile(
    r"(?<![\w@./-])(?:https?://)?(?:[\w-]+\.)*(?:example\.(?:org|com|net)|[\w-]+\.example)(?![\w-]|\.\w)",
    re.IGNORECASE,
)


def placeholder_links(campaign: Campaign) -> list[Problem]:
    """An error for each address that is only an example; to be asked when posts go out for real."""
    posts = [post for queue in campaign.queues.values() for post in queue.posts]
    return [*_in_config(campaign), *(problem for post in posts for problem in _in_post(post))]


def _in_config(campaign: Campaign) -> Iterator[Problem]:
    for name, link in campaign.links.items():
        for language, url in link.items():
            if _EXAMPLE.match(url):
                where = f"links.{name}.{language}"
                yield campaign.source.problem("placeholder-link", where, url=shown(url))
    for account in campaign.accounts.values():
        if account.base_url and _EXAMPLE.match(account.base_url):
            where = f"accounts.{account.name}.base_url"
            yield account.source.problem("placeholder-link", where, url=shown(account.base_url))


def _in_post(post: Post) -> Iterator[Problem]:
    for text in post.texts:
        for first_line, part in zip(text.lines, text.parts, strict=True):
            for found in _EXAMPLE.finditer(part):
                line = first_line + part.count("\n", 0, found.start())
                column = found.start() - part.rfind("\n", 0, found.start())
                params = {"url": shown(found[0])}
                yield Problem(
                    post.source.file, line, column, text.language, "placeholder-link", params=params
                )
