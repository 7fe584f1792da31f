"""The campaign folder as one snapshot: what it says, and every Problem that needs no ledger and no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from campaign_bot import files, planner, text
from campaign_bot.model import Campaign, FilePause, Problem, Severity
from campaign_bot.platforms import registry
from campaign_bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The folder at one moment.

    ``campaign`` is None when ``config/`` is broken; its ``broken`` names every file with an error.
    ``problems`` are in the order of file and line. ``tree`` tells later whether a file changed since.
    ``zone`` is the campaign's, and UTC where that cannot be read. ``pictures`` are the paths of those that
    posts name, from the root.
    """

    campaign: Campaign | None
    problems: tuple[Problem, ...]
    tree: files.Tree
    zone: ZoneInfo
    pictures: frozenset[str] = frozenset()

    @property
    def pauses(self) -> tuple[FilePause, ...]:
        """Those that are written in the files; none while ``config/`` is broken, and everything held."""
        return self.campaign.pauses if self.campaign else ()

    def edited_at(self, now: dt.datetime) -> dt.datetime | None:
        """When a file that may pause something was last edited (UTC), as far as its time can be believed."""
        names = (f"posts/{name}/queue.yaml" for name in (self.campaign.queues if self.campaign else ()))
        looks = (self.tree.look(path) for path in ("config/campaign.yaml", *names))
        times = (dt.datetime.fromtimestamp(look[1] / 1e9, dt.UTC) for look in looks if look)
        return max((at for at in times if at <= now), default=None)

    def names(self, path: str) -> bool:
        """Whether a file makes a difference to what goes out: one that is read, or a post's picture."""
        return files.is_read(path) or path in self.pictures

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def holding(self, queue: str, file: str) -> Problem | None:
        """The first error of what can hold a post: its file, its queue's, the configuration."""
        files = (file, f"posts/{queue}/queue.yaml")
        errors = (problem for problem in self.problems if problem.severity is Severity.ERROR)
        return next((p for p in errors if p.file in files or p.file.startswith("config/")), None)


def snapshot(root: Path, settings: Settings, *, live: bool = False) -> Snapshot:
    """Read and check everything. ``live``: a link that still is a placeholder is an error too."""
    tree = files.Tree.read(root)
    loaded = files.load(root, registry.rules, platforms=registry.names(), secrets=settings.known_secrets())
    campaign, problems = loaded.campaign, [*loaded.problems]
    zone = campaign.zone if campaign else ZoneInfo("UTC")
    if campaign is not None:
        problems += [*text.check(campaign), *planner.check(campaign)]
        if live:
            problems += files.placeholder_links(campaign)
        campaign = _holding(campaign, frozenset(p.file for p in problems if p.severity is Severity.ERROR))
    return Snapshot(campaign, in_order(problems), tree, zone, _pictures(loaded.campaign))


def _pictures(campaign: Campaign | None) -> frozenset[str]:
    queues = campaign.queues.values() if campaign else ()
    images = (image for queue in queues for post in queue.posts for image in post.images)
    inside = (files.inside(file) for image in images for file in image.file.values())
    return frozenset(f"posts/{path}" for path in inside if path)


def _holding(campaign: Campaign, broken: frozenset[str]) -> Campaign | None:
    """A broken post holds itself, a broken queue its posts, and a broken file in ``config/`` everything."""
    if any(file.startswith("config/") for file in broken):
        return None
    return campaign.holding(broken)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file, line and column, each once."""
    unique = {(p.file, p.line, p.column, p.field, p.code, str(dict(p.params))): p for p in problems}
    return tuple(unique[place] for place in sorted(unique))
