"""The whole folder: ``load`` reads every file once and gives a Campaign, and every Problem it found.

Nothing here raises for what staff may have written or what the disk may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from campaign_bot.files import languages as tongues
from campaign_bot.files import leaks
from campaign_bot.files.accounts import ACCOUNTS, read_accounts
from campaign_bot.files.config import CAMPAIGN, Config, read_campaign
from campaign_bot.files.headings import Reader
from campaign_bot.files.history import stale_translations
from campaign_bot.files.pictures import Album
from campaign_bot.files.posts import Desk, read_post
from campaign_bot.files.queues import PICTURES, Folder, bad_name, is_misnamed, read_queue, sort_out
from campaign_bot.files.tree import (
    MOST_BYTES,
    TOPS,
    Entry,
    Kind,
    problem,
    read_bytes,
    read_text,
    walk,
    without_controls,
)
from campaign_bot.files.unwanted import conflict
from campaign_bot.files.words import did_you_mean, shown
from campaign_bot.files.yamltext import Document, read_yaml
from campaign_bot.model import Campaign, Post, Problem, Queue, Rules, Severity


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folder holds. ``campaign`` is None when a file in ``config/`` is broken."""

    campaign: Campaign | None
    problems: tuple[Problem, ...]


def load(
    root: Path,
    rules: Callable[[str], Rules | None],
    *,
    platforms: Collection[str],
    secrets: Collection[str] = (),
) -> Loaded:
    """Read the campaign folder at ``root``.

    ``rules`` says what a platform takes (None: not known), ``platforms`` are the known names;
    ``secrets`` are values that must not stand in any file.
    """
    loader = _Loader(root, rules, platforms, secrets)
    campaign = loader.campaign()
    loader.other_files()
    problems = tuple(sorted(_without_echoes(loader.problems), key=_place))
    broken = frozenset(_broken(one) for one in problems if one.severity is Severity.ERROR)
    if campaign is None or any(file.startswith("config") for file in broken):
        return Loaded(None, problems)
    return Loaded(campaign.holding(broken), problems)


def _broken(one: Problem) -> str:
    """The file that an error breaks: what stands under a wrong name may be a pause in the right one."""
    if one.code != "wrong-name":
        return one.file
    return f"{one.file.rpartition('/')[0]}/{one.params['suggestion']}"


def _place(one: Problem) -> tuple[str, int, int, str]:
    return one.file, one.line, one.column, one.code


def _without_echoes(problems: list[Problem]) -> Iterable[Problem]:
    """A value that is empty because its hashtag was lost needs no second Problem; nor does a language that is
    missing because its heading is nearly one."""
    lost = {(one.file, one.line) for one in problems if one.code == "lost-hashtag"}
    near = {(one.file, one.field) for one in problems if one.code == "near-heading"}
    for one in problems:
        is_lost = one.code == "empty-value" and (one.file, one.line) in lost
        is_near = one.code == "missing-language" and (one.file, one.field) in near
        if not is_lost and not is_near:
            yield one


class _Loader:
    """One reading of the folder."""

    def __init__(
        self,
        root: Path,
        rules: Callable[[str], Rules | None],
        platforms: Collection[str],
        secrets: Collection[str],
    ) -> None:
        self.root = root
        self.rules = rules
        self.platforms = platforms
        self.secrets = secrets
        self.problems: list[Problem] = []
        self.twins: set[str] = set()  # the paths that two files have, spelled in two forms
        self.entries = self._entries()
        self.seen: set[str] = set()  # the paths whose texts were looked through for secrets
        self.leaking: set[str] = set()  # the files that have one
        self.album = Album(root, self.entries)

    def _entries(self) -> Mapping[str, Entry]:
        """Everything by its path; one whose name is another's in another form is a Problem, and left out."""
        found: dict[str, Entry] = {}
        for entry in walk(self.root):
            if found.setdefault(entry.path, entry) is not entry:
                self.twins.add(entry.path)
                is_queue = entry.kind is Kind.FOLDER and entry.path.count("/") == 1
                file = f"{entry.shown}/queue.yaml" if is_queue else entry.shown
                self.problems.append(Problem(file, 1, 1, "", "name-twice", params={"name": entry.name}))
        return found

    def campaign(self) -> Campaign | None:
        config = read_campaign(self._document(CAMPAIGN), self.problems)
        config = read_accounts(self._document(ACCOUNTS), config, self.rules, self.platforms, self.problems)
        self._folders()
        self._misnamed()
        self._collisions()
        reader = Reader(tongues.headings(config.languages), frozenset(self.platforms))
        queues = {
            folder.name: self._queue(folder, config, reader)
            for folder in sort_out(self.entries, self.problems)
            if not self._badly_named(folder)
        }
        queues = self._without_twins(queues)
        posts = {post.source.file: post for queue in queues.values() for post in queue.posts}
        for file in self.leaking:  # what git remembers is not masked, and would look like a change
            posts.pop(file, None)
        self.problems += stale_translations(self.root, posts, config.languages, reader)
        return replace(config.campaign, queues=queues) if config.campaign else None

    def _badly_named(self, folder: Folder) -> bool:
        found = bad_name(folder)
        self.problems += [found] if found else []
        return found is not None

    def _folders(self) -> None:
        for name in TOPS:
            entry = self.entries.get(name)
            if entry is None:
                self.problems.append(Problem(name, 1, 1, "", "missing-folder", params={"name": name}))
            elif entry.kind is not Kind.FOLDER:
                code = "not-a-folder" if entry.kind is Kind.FILE else entry.kind.value
                self.problems.append(problem(entry, code, name=name))

    def _misnamed(self) -> None:
        """What was meant to be a file of ``config/`` that is there already under its right name."""
        for path in (CAMPAIGN, ACCOUNTS):
            folder, _, name = path.rpartition("/")
            for entry in self.entries.values() if path in self.entries else ():
                if entry.path == f"{folder}/{entry.name}" and is_misnamed(entry, name.removesuffix(".yaml")):
                    self.problems.append(problem(entry, "wrong-name", name=entry.name, suggestion=name))

    def _collisions(self) -> None:
        """Names that are the same file on a computer that minds no capitals."""
        first: dict[str, Entry] = {}
        for entry in self.entries.values():
            same = first.setdefault(entry.path.casefold(), entry)
            if same is not entry:
                self.problems.append(problem(same, "case-collision", other=entry.shown))
                self.problems.append(problem(entry, "case-collision", other=same.shown))

    def other_files(self) -> None:
        """Secrets in the files that are no part of the campaign."""
        for entry in self.entries.values():
            if entry.kind is not Kind.FILE or entry.suffix.lower() in PICTURES:
                continue
            if leaks.is_secret_file(entry.name):
                self.problems.append(problem(entry, "secret-file", name=entry.name))
            if entry.path not in self.seen:
                self._without_secrets(self._other_text(entry), entry)

    def _without_secrets(self, text: str, entry: Entry) -> str:
        """The text as everybody else may see it; each secret in it is told of."""
        self.seen.add(entry.path)
        found = leaks.find(text, self.secrets)
        if not found:
            return text
        self.leaking.add(entry.shown)
        self.problems += leaks.problems(text, entry.shown, found)
        return leaks.masked(text, found)

    def _other_text(self, entry: Entry) -> str:
        data = read_bytes(self.root, entry, MOST_BYTES)
        return "" if isinstance(data, Problem) else data.decode("utf-8", "replace")

    def _document(self, path: str) -> Document | None:
        """A YAML file that must be there."""
        entry = self.entries.get(path)
        if entry is None:
            self._missing(path)
            return None
        text = self._text(entry)
        return read_yaml(text, entry.shown, self.problems) if text is not None else None

    def _missing(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        near = [entry.name for entry in self.entries.values() if entry.path.rpartition("/")[0] == folder]
        more = did_you_mean(name, near)
        self.problems.append(
            Problem(
                path,
                1,
                1,
                "",
                "missing-file",
                params={"name": name, **({"found": more["suggestion"]} if more else {})},
            )
        )

    def _text(self, entry: Entry) -> str | None:
        text = read_text(self.root, entry)
        if isinstance(text, Problem):
            self.problems.append(text)
            return None
        unfinished = conflict(text, entry.shown)
        if unfinished:
            self.problems.append(unfinished)
            self._without_secrets(text, entry)
            return None
        text, control = without_controls(text, entry.shown)
        self.problems += [control] if control else []
        return self._without_secrets(text, entry)

    def _queue(self, folder: Folder, config: Config, reader: Reader) -> Queue:
        document = self._document(f"posts/{folder.name}/queue.yaml")
        queue, order = read_queue(folder, document, config, self.problems)
        desk = Desk(config, reader, queue, order)
        posts = [self._post(entry, desk) for entry in folder.posts]
        return replace(queue, posts=tuple(post for post in posts if post is not None))

    def _post(self, entry: Entry, desk: Desk) -> Post | None:
        text = self._text(entry)
        post = read_post(text, entry.shown, entry.stem, desk, self.problems) if text is not None else None
        if post is not None and post.images:
            self.problems += self.album.check(post, desk.audience(post))
            self.problems += self._twins_of(post)
        return post

    def _twins_of(self, post: Post) -> Iterator[Problem]:
        """Which of two pictures with one name is meant, nobody can say."""
        for index, image in enumerate(post.images):
            for file in sorted({file for file in image.file.values() if f"posts/{file}" in self.twins}):
                yield post.source.problem("name-twice", f"images.{index}.file", name=shown(file))

    def _without_twins(self, queues: Mapping[str, Queue]) -> dict[str, Queue]:
        """One post for each id: the first. All that share it are Problems."""
        first: dict[str, Post] = {}
        found = {}
        for name, queue in queues.items():
            kept = []
            for post in queue.posts:
                twin = first.setdefault(post.id, post)
                if twin is post:
                    kept.append(post)
                    continue
                for one, other in ((twin, post), (post, twin)):
                    self.problems.append(
                        one.source.problem("duplicate-id", "id", id=post.id, other=other.source.file)
                    )
            found[name] = replace(queue, posts=tuple(kept))
        return found
