"""The campaigns of workers that are killed: platforms, posts, and what has to be there in the end."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache

from PIL import Image

from campaign_bot.platforms.showing import AS_SENT, Kept, Showing, markdown, trimmed, typographic
from support.fakes import FakePlatform
from support.fakes_bluesky import FakeBluesky
from support.fakes_mastodon import FakeMastodon
from support.fakes_x import FakeX
from support.verdict import Piece

WORDS = {"en": "The letter", "es": "La carta"}
TRICKY = r'"Ya" -- ¯\_(ツ)_/¯ Q&amp;A'
"""What servers like to show otherwise."""
HEADINGS = {"en": "English", "es": "Español"}


class Kind(StrEnum):
    SINGLE = "single"
    PICTURE = "picture"
    THREAD = "thread"  # of three parts


# ---------------------------------------------------------------- platforms


def _large(fake: FakePlatform) -> FakePlatform:
    """Everything works, and a page has room for many posts, as in the world."""
    fake.page = 100
    return fake.enable()


def _x() -> FakePlatform:
    fake = FakeX()
    fake.refuses_repeats = False
    return _large(fake)


def _forgetful(showing: Showing = AS_SENT) -> FakePlatform:
    fake = FakeMastodon()
    fake.honours_keys = False
    fake.showing = showing
    fake.reads_blocks = bool(showing.rules)
    return _large(fake)


PLATFORMS: Mapping[str, Callable[[], FakePlatform]] = {
    "x": _x,
    "x-that-refuses-repeats": lambda: _large(FakeX()),
    "mastodon": lambda: _large(FakeMastodon()),
    "mastodon-without-keys": _forgetful,
    "mastodon-that-keeps-a-source": lambda: _forgetful(Showing((markdown,), Kept.SOURCE)),
    "mastodon-that-lists-the-text": lambda: _forgetful(Showing((markdown, typographic), Kept.LISTED)),
    "bluesky": lambda: _large(FakeBluesky()),
}


def unreadable() -> FakePlatform:
    """A server on which nobody can read what was sent: no look settles anything, a person does."""
    return _forgetful(Showing((markdown, typographic, trimmed), Kept.NOWHERE))


# ---------------------------------------------------------------- the folder


def folder(
    fakes: Mapping[str, FakePlatform], languages: Mapping[str, tuple[str, ...]]
) -> dict[str, str | bytes | None]:
    accounts = [
        f"  {name}: {{platform: {fake.platform}, base_url: '{fake.url}', spacing: 0s, bilingual: thread, "
        f"languages: [{', '.join(languages[name])}]}}"
        for name, fake in fakes.items()
    ]
    return {
        "config/campaign.yaml": "name: Kills\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n",
        "config/accounts.yaml": "\n".join(["accounts:", *accounts, ""]),
        "posts/launch/queue.yaml": "order: dated\n",
        "posts/media/letter.png": _picture(),
    }


def post_file(number: int, kind: Kind, at: dt.datetime) -> str:
    front = [f"at: {at:%Y-%m-%d %H:%M}"]
    if kind is Kind.PICTURE:
        front += ["images:", "  - {file: media/letter.png, alt: {en: The letter, es: La carta}}"]
    texts = []
    for language, heading in HEADINGS.items():
        parts = [_text(number, language, part) for part in range(1, _parts(kind) + 1)]
        texts += [f"## {heading}", "\n\n---\n\n".join(parts), ""]
    return "\n".join(["---", *front, "---", *texts])


def _parts(kind: Kind) -> int:
    return 3 if kind is Kind.THREAD else 1


def _text(number: int, language: str, part: int) -> str:
    words = f"{WORDS[language]} {number}.{part} & {TRICKY}"
    return f"{words} https://letters.test/{language}?n={number} #Dignidad"


def pieces(post: str, kind: Kind, account: str, languages: Sequence[str]) -> Iterator[Piece]:
    """What has to be there of a post: each replies to the one before."""
    number, before = int(post.rpartition("/")[2]), None
    for language in languages:
        key = f"{post}:{account}:{language}"
        for part in range(1, _parts(kind) + 1):
            alt = WORDS[language] if kind is Kind.PICTURE and part == 1 else None
            yield Piece(key, part, _text(number, language, part), language, before, alt)
            before = _text(number, language, part)


@cache
def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()
