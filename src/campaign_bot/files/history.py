"""Translations older than their original: what git remembers of a post's texts.

Two or three short calls to git for the whole folder, none of which may take long. Without git, outside of
a repository, or where history is missing, there is nothing to say.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from campaign_bot.files.sections import Reader, read_texts, split_front
from campaign_bot.model import Post, Problem, Severity, Text

PATIENCE = 3.0  # seconds for one call to git
MOST_VERSIONS = 30  # of one file
_GONE = "0" * 40


def stale_translations(
    root: Path, posts: Mapping[str, Post], languages: Sequence[str], reader: Reader
) -> Iterator[Problem]:
    """A warning for each text whose original (the campaign's first language) changed after it.

    ``posts``: by path, as they are on the disk now.
    """
    if len(languages) < 2 or not any((folder / ".git").exists() for folder in _upwards(root)):
        return
    try:
        versions = _versions(root)
        if not versions:
            return
        changed = _uncommitted(root)
        asked = {
            path: versions[path]
            for path in posts
            if len(versions.get(path, ())) > 1 or (path in changed and path in versions)
        }
        blobs = _read(root, {name for names in asked.values() for name in names}) if asked else {}
    except (OSError, subprocess.SubprocessError, ValueError):
        return
    for path, names in asked.items():
        old = [_words(_texts(blobs[name], reader)) for name in reversed(names) if name in blobs]
        yield from _stale(posts[path], [*old, _words(posts[path].texts)], languages)


def _stale(
    post: Post, history: Sequence[Mapping[str, object]], languages: Sequence[str]
) -> Iterator[Problem]:
    """``history``: each version's words by language, the oldest first."""
    original, now = languages[0], history[-1]
    for text in {text.language: text for text in reversed(post.texts)}.values():
        code = text.language
        same = [version.get(code) == now[code] for version in history]
        since = len(same) - next((i for i, equal in enumerate(reversed(same)) if not equal), len(same))
        if code != original and original in now and history[since].get(original) != now[original]:
            params = {"language": code, "original": original}
            yield Problem(
                post.source.file, text.lines[0], 1, code, "stale-translation", Severity.WARNING, params
            )


def _words(texts: Iterable[Text]) -> dict[str, object]:
    """The words by language; white space does not make a new version."""
    words: dict[str, list[object]] = {}
    for text in texts:
        words.setdefault(text.language, []).append((text.platforms, [part.split() for part in text.parts]))
    return dict(words)


def _texts(data: bytes, reader: Reader) -> list[Text]:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    sheet = split_front(text, "", [])
    return read_texts(sheet, "", reader, []) if sheet else []


# ---------------------------------------------------------------- git


def _upwards(root: Path) -> Iterator[Path]:
    folder = root.resolve()
    yield folder
    yield from folder.parents


def _versions(root: Path) -> dict[str, list[str]]:
    """Path → its blobs along the main line, the newest first, back to where it last came into being."""
    told = _git(
        root, "log", "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--relative",
        "--no-show-signature", "--format=", "--", "posts",
    )  # fmt: skip
    fields = os.fsdecode(told).split("\0")
    versions: dict[str, list[str]] = {}
    complete: set[str] = set()
    for change, path in zip(fields[::2], fields[1::2], strict=False):
        before, after = change.split(" ")[2:4]
        blobs = versions.setdefault(path, [])
        if path in complete or len(blobs) >= MOST_VERSIONS or set(after) == {"0"}:
            complete.add(path)
            continue
        blobs.append(after)
        if set(before) == {"0"}:
            complete.add(path)
    return versions


def _uncommitted(root: Path) -> set[str]:
    """The paths that are not as they were committed last."""
    told = _git(
        root,
        "diff",
        "--name-only",
        "-z",
        "--no-ext-diff",
        "--no-renames",
        "--relative",
        "HEAD",
        "--",
        "posts",
    )
    return set(os.fsdecode(told).split("\0"))


def _read(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs; one that is not here is left out."""
    told = _git(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    blobs: dict[str, bytes] = {}
    at = 0
    while at < len(told):
        end = told.index(b"\n", at)
        name, *more = told[at:end].split()
        at = end + 1
        if len(more) == 2:
            size = int(more[1])
            blobs[name.decode()] = told[at : at + size]
            at += size + 1
    return blobs


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git says. It asks nothing, fetches nothing, and looks at no repository but that of ``root``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    done = subprocess.run(  # noqa: S603 - no shell, and no argument from a file
        ["git", "-C", str(root), *arguments],  # noqa: S607 - the git on the path is the one that staff use
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout
