"""``posts/``: which folders are queues, what their ``queue.yaml`` says, and which files are posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from campaign_bot.files.accounts import ACCOUNTS, unknown_accounts
from campaign_bot.files.config import CAMPAIGN, Config, unknown_languages
from campaign_bot.files.schema import QueueFields, filled, read_fields, require
from campaign_bot.files.tree import Entry, Kind, printable, problem
from campaign_bot.files.values import key_safe
from campaign_bot.files.words import fold
from campaign_bot.files.yamltext import Document
from campaign_bot.model import Order, Problem, Queue, Source

MEDIA = "media"
PICTURES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".heic", ".svg", ".tif", ".tiff", ".bmp"}
)


@dataclass(slots=True)
class Folder:
    """A queue's folder as the disk has it: its ``queue.yaml``, and its posts in file-name order."""

    name: str
    settings: Entry | None = None
    posts: list[Entry] = field(default_factory=list)


def ignored(entry: Entry) -> bool:
    """Files of editors and of the system, and notes that staff keep in a README."""
    name = entry.name
    return (
        name.startswith((".", "~$", "#"))
        or name.endswith(("~", ".swp", ".bak", ".tmp"))
        or (fold(entry.stem) == "readme" and entry.kind is Kind.FILE)
    )


def is_read(path: str) -> bool:
    """Whether a text file at this path is a part of the campaign: its configuration, a queue's, a post."""
    steps = path.split("/")
    if len(steps) != 3 or steps[0] != "posts":
        return path in (CAMPAIGN, ACCOUNTS)
    name = steps[2]
    return name == "queue.yaml" or (name.endswith(".md") and not ignored(Entry(path, Kind.FILE)))


def sort_out(entries: Mapping[str, Entry], problems: list[Problem]) -> list[Folder]:
    """The queues in name order. What cannot be a part of one is a Problem."""
    folders: dict[str, Folder] = {}
    for path, entry in entries.items():
        top, *inner = path.split("/")
        if top != "posts" or not inner or any(part.startswith(".") for part in inner) or ignored(entry):
            continue
        if entry.kind is Kind.FOLDER and not _poses_as_file(entry):
            if len(inner) == 1 and inner[0] != MEDIA:
                folders[inner[0]] = Folder(inner[0])
        elif len(inner) == 2 and inner[0] in folders:
            _place(entry, folders[inner[0]], problems)
        else:
            problems += _stray(entry)
    found = [folder for folder in folders.values() if folder.settings or folder.posts]
    return sorted(found, key=lambda folder: folder.name)


def _poses_as_file(entry: Entry) -> bool:
    return entry.suffix == ".md" or entry.name == "queue.yaml"


def _place(entry: Entry, folder: Folder, problems: list[Problem]) -> None:
    if entry.name == "queue.yaml":
        folder.settings = entry
    elif entry.suffix == ".md":
        folder.posts.append(entry)
    elif is_misnamed(entry, "queue"):
        problems.append(problem(entry, "wrong-name", name=entry.name, suggestion="queue.yaml"))
    elif entry.suffix.lower() not in PICTURES:
        problems.append(problem(entry, "not-a-post", name=entry.name, suggestion=f"{entry.stem}.md"))


def is_misnamed(entry: Entry, stem: str) -> bool:
    """Whether somebody meant it to be ``stem``.yaml, which it is not."""
    names = {f"{stem}.yaml", f"{stem}.yml", f"{stem}.yaml.txt", f"{stem}.txt"}
    return fold(entry.name) in names and entry.name != f"{stem}.yaml"


def _stray(entry: Entry) -> Iterator[Problem]:
    """What stands where no queue can find it."""
    if entry.kind not in (Kind.FILE, Kind.FOLDER):
        yield problem(entry, entry.kind.value)
    elif entry.suffix.lower() in (".md", ".markdown") or entry.name == "queue.yaml":
        yield problem(entry, "outside-queue", name=entry.name)


def bad_name(folder: Folder) -> Problem | None:
    """Whether the folder's name could not stand in a DeliveryKey."""
    if key_safe(folder.name):
        return None
    shown = printable(folder.name)
    return Problem(f"posts/{shown}/queue.yaml", 1, 1, "", "bad-folder-name", params={"name": shown})


def read_queue(
    folder: Folder, document: Document | None, config: Config, problems: list[Problem]
) -> tuple[Queue, Order | None]:
    """The queue without its posts, and its order.

    Where the order is not known (None), ``dated`` stands in for it in the queue: it is held anyway.
    """
    if document is None:
        return Queue(folder.name, Source(f"posts/{folder.name}/queue.yaml"), Order.DATED), None
    values, source = document.value, document.source
    fields = read_fields(QueueFields, values, source, problems)
    if isinstance(values, dict):
        dated = fields.order is Order.DATED
        known_order = fields.order is not None
        problems += require(("order", "slots") if known_order and not dated else ("order",), values, source)
        problems += filled(("accounts",), values, source)
        if fields.paused is not None:
            problems.append(source.warning("paused-here", "paused"))
        if dated and "slots" in values:
            problems.append(source.problem("slots-in-dated", "slots"))
        if config.names:
            problems += unknown_accounts(fields.accounts, config.names, source)
        if config.certain:
            problems += unknown_languages(fields.stagger, "stagger", config.languages, source)
    queue = Queue(
        name=folder.name,
        source=source,
        order=fields.order or Order.DATED,
        slots=tuple(replace(slot, field=f"slots.{index}") for index, slot in enumerate(fields.slots)),
        accounts=None if fields.accounts is None else tuple(fields.accounts),
        stagger=fields.stagger,
        lateness=fields.lateness,
        paused=fields.paused,
    )
    return queue, fields.order
