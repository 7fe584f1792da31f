"""``init`` and ``new``: files for staff to go on with. Nothing that is there is ever overwritten."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from campaign_bot.app import finding
from campaign_bot.files.languages import heading
from campaign_bot.files.queues import ignored
from campaign_bot.files.tree import Entry, Kind, on_disk
from campaign_bot.files.values import at as wall_time
from campaign_bot.files.values import key_safe
from campaign_bot.files.words import suggesting
from campaign_bot.files.zones import suggestion, zone
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import Campaign, Order

NEW_NAMES = {"gitignore": ".gitignore", "env.example": ".env.example"}
"""Files that have another name here, so that our own tools do not take them for theirs."""


def init(folder: Path, name: str, zone_name: str | None, now: dt.datetime) -> list[Path]:
    """A new campaign in ``folder``, ready to rehearse from tomorrow on. What was written, in order.

    Raises Unable when a file of it is there already (a ``.gitignore`` is left as it is).
    """
    zone = ZoneInfo(_local_zone()) if zone_name is None else _zone(zone_name)
    values = {
        "@NAME@": json.dumps(name, ensure_ascii=False),
        "@ZONE@": zone.key,
        "@STARTS@": (now.astimezone(zone).date() + dt.timedelta(days=1)).isoformat(),
    }
    texts = {folder / path: _filled(source, values) for path, source in _starter()}
    kept = folder / ".gitignore"
    there = [path for path in texts if path.exists() and path != kept]
    if there:
        raise Unable("file-there", file=there[0])
    written = [path for path in texts if not path.exists()]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(path, texts[path])
    return written


def _starter() -> Iterator[tuple[PurePosixPath, Traversable]]:
    """Every file of the folder that a campaign starts with."""

    def walk(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
        for item in sorted(folder.iterdir(), key=lambda item: item.name):
            name = NEW_NAMES.get(item.name, item.name)
            if item.is_dir():
                yield from walk(item, path / name)
            else:
                yield path / name, item

    return walk(resources.files("campaign_bot.app") / "starter", PurePosixPath())


def _filled(source: Traversable, values: dict[str, str]) -> str:
    text = source.read_text(encoding="utf-8")
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _zone(name: str) -> ZoneInfo:
    found = zone(name)
    if found is None:
        raise Unable("unknown-zone", usage=True, name=name, **suggesting(suggestion(name)))
    return found


def _local_zone() -> str:
    """This system's zone, as far as it tells its name."""
    from tzlocal import get_localzone_name

    name = get_localzone_name()
    return name if zone(name) else "UTC"


# ---------------------------------------------------------------- new


def new(campaign: Campaign, root: Path, name: str, at: str | None) -> Path:
    """An empty post ``QUEUE/NAME`` with a section for each language. Raises Unable."""
    queue, _slash, stem = name.removesuffix(".md").partition("/")
    if queue not in campaign.queues:
        raise finding.unknown("unknown-queue", queue, campaign.queues)
    if not _can_be_post(queue, stem):
        raise Unable("bad-post-name", usage=True, name=name)
    dated = campaign.queues[queue].order is Order.DATED
    if at is not None and not dated:
        raise Unable("at-not-dated", usage=True, queue=queue)
    if at is not None and not _is_time(at):
        raise Unable("bad-at", usage=True, value=at)
    front = f"at: {at or ''}".rstrip() + "\n" if dated else ""
    sections = "".join(f"\n## {heading(language)}\n" for language in campaign.languages)
    path = root / on_disk(root, f"posts/{queue}/{stem}.md")
    _write_new(path, f"---\n{front}---\n{sections}")
    return path


def _can_be_post(queue: str, stem: str) -> bool:
    """Whether a file of this name is read, and can stand in a DeliveryKey."""
    plain = "/" not in stem and "\\" not in stem
    return plain and key_safe(stem) and not ignored(Entry(f"posts/{queue}/{stem}.md", Kind.FILE))


def _is_time(words: str) -> bool:
    try:
        wall_time(words)
    except ValueError:
        return False
    return True


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Unable("file-there", file=path) from None
