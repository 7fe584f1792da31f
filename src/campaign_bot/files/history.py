"""Translations older than their original: what git remembers of a post's texts.

Three short calls to git for the whole folder. Without git, outside of a repository of ours, or where history
is missing, there is nothing to say; nor of a post that was ever large, and of none when git takes long.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from campaign_bot.files.git import GitError, Repository, blob_id, contents, opened
from campaign_bot.files.headings import Reader
from campaign_bot.files.sections import read_texts, split_front
from campaign_bot.files.tree import MOST_BYTES, on_disk
from campaign_bot.model import Post, Problem, Severity, Text
from campaign_bot.names import nfc

MOST_VERSIONS = 30  # of one file
MOST_IN_ALL = 20_000_000  # bytes of all versions


def stale_translations(
    root: Path, posts: Mapping[str, Post], languages: Sequence[str], reader: Reader
) -> Iterator[Problem]:
    """A warning for each text whose original (the campaign's first language) changed after it.

    ``posts``: by path, as they are on the disk now.
    """
    if len(languages) < 2:
        return
    try:
        with opened(root) as repository:
            asked, blobs = _remembered(repository, root, posts) if repository else ({}, {})
    except (OSError, GitError, ValueError):
        return
    for path, names in asked.items():
        if all(name in blobs for name in names):
            old = [_words(_texts(blobs[name], reader)) for name in reversed(names)]
            yield from _stale(posts[path], [*old, _words(posts[path].texts)], languages)


def _remembered(
    repository: Repository, root: Path, posts: Collection[str]
) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    """Those posts that were ever otherwise, with the names of their versions; and what the versions say."""
    versions = _versions(repository)
    asked = {
        path: versions[path] for path in posts if versions.get(path) and _changed(root, path, versions[path])
    }
    return asked, _read(repository, asked)


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


def _versions(repository: Repository) -> dict[str, list[str]]:
    """Path → its blobs along the main line, the newest first, back to where it last came into being.

    Whole trees are compared, and no file: that would filter it.
    """
    told = repository.read(
        "log", "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--no-mailmap", "--no-show-signature", "--format=",
        f"--relative={repository.prefix}", "HEAD", "--", f"{repository.prefix}posts",
    )  # fmt: skip
    fields = os.fsdecode(told).split("\0")
    versions: dict[str, list[str]] = {}
    complete: set[str] = set()
    for change, path in zip(fields[::2], map(nfc, fields[1::2]), strict=False):
        before, after = change.split(" ")[2:4]
        blobs = versions.setdefault(path, [])
        if path in complete or len(blobs) >= MOST_VERSIONS or set(after) == {"0"}:
            complete.add(path)
            continue
        blobs.append(after)
        if set(before) == {"0"}:
            complete.add(path)
    return versions


def _changed(root: Path, path: str, blobs: Sequence[str]) -> bool:
    """Whether there was ever another text than the one on the disk, which may not be committed yet."""
    if len(blobs) > 1:
        return True
    return blob_id(contents(root / on_disk(root, path), MOST_BYTES + 1), blobs[0]) != blobs[0]


def _read(repository: Repository, asked: Mapping[str, Sequence[str]]) -> dict[str, bytes]:
    """The contents of the blobs of those files of which all are here and none is large; as many as fit."""
    sizes = _sizes(repository, {name for names in asked.values() for name in names})
    wanted: set[str] = set()
    room = MOST_IN_ALL
    for names in asked.values():
        new = set(names) - wanted
        need = sum(sizes.get(name, MOST_BYTES + 1) for name in new)
        if need <= room and all(sizes.get(name, MOST_BYTES + 1) <= MOST_BYTES for name in new):
            wanted |= new
            room -= need
    return _contents(repository.read("cat-file", "--batch", given=_lines(wanted))) if wanted else {}


def _sizes(repository: Repository, names: Collection[str]) -> dict[str, int]:
    """Blob → its size in bytes; one that is not here is left out."""
    told = repository.read("cat-file", "--batch-check", given=_lines(names)).decode()
    fields = (line.split() for line in told.splitlines())
    return {name: int(more[1]) for name, *more in fields if more[:1] == ["blob"]}


def _contents(told: bytes) -> dict[str, bytes]:
    """What ``cat-file --batch`` says: a line with a name, a kind and a size, the bytes, a line's end."""
    blobs: dict[str, bytes] = {}
    at = 0
    while at < len(told):
        end = told.index(b"\n", at)
        name, _kind, size = told[at:end].split()
        at = end + 1 + int(size)
        blobs[name.decode()] = told[end + 1 : at]
        at += 1
    return blobs


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in sorted(names)).encode()
