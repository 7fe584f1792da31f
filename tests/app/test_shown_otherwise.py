r"""A lost answer, and a lost ledger, on servers that show ``¯\_(ツ)_/¯`` otherwise than it was sent.

Real adapters, on the stage's clock. The servers ignore idempotency keys.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.model import Account, State
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Identity
from campaign_bot.platforms.showing import MANNERS, Kept, Showing
from support import fakes
from support.fakes_mastodon import FakeMastodon, error
from support.working import Stage, at, post

ACCOUNTS = (
    "accounts:\n  fedi: {platform: mastodon, languages: [en], base_url: 'https://a.example', spacing: 0s}\n"
)
KEY = "launch/letter:fedi:en"
TEXTS = {
    "a shrug": r"¯\_(ツ)_/¯ Read the letter to Congress today",
    "an asterisk": r"Read\* the letter to Congress today",
    "an entity": "Q&amp;A: read the letter to Congress today",
    "a space": "Read&nbsp;the letter to Congress today",
    "emphasis": "*Read* the _letter_ to Congress **today**",
    "quotes and dashes": '"Read" the letter -- it\'s for Congress... today',
    "blank lines": "Read the letter\n\n\n\nto Congress today",
    "a list": "1. Read the letter\n2. Sign it\n- Send it\n# To Congress\n> Today",
}


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as running:
        running.honours_keys = False
        running.reads_blocks = True
        running.page = 40
        yield running.enable()


class Real(Stage):
    """A stage with a real adapter; what its server says of the time is the stage's."""

    def __init__(self, root: Path, fake: FakeMastodon, text: str, **more: Any) -> None:
        self.fake = fake
        fake.now = lambda: self.clock
        letter = post("2026-12-01 09:00", text)
        super().__init__(root, {"config/accounts.yaml": ACCOUNTS, "posts/launch/letter.md": letter}, **more)

    def adapter(self, account: Account) -> Any:
        adapter: Any = registry.connect(
            dataclasses.replace(account, base_url=self.fake.url), self.fake.secrets
        )
        adapter.verify = lambda: Identity("109300000000000001", "campaign", server_time=self.clock)
        return adapter

    def settled(self, manner: Showing) -> bool:
        """Whether there is one post; published, or left to a person where nobody can say that it is ours."""
        entry = self.entries()[KEY]
        assert [kept.text for kept in self.fake.posts] == [entry.parts[0]]
        if entry.state is State.PUBLISHED:
            return True
        assert manner.kept is Kept.NOWHERE
        return (entry.state, entry.reason) == (State.UNCONFIRMED, "several")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("manner", MANNERS)
def test_a_lost_answer_is_never_a_second_post(
    tmp_path: Path, fake: FakeMastodon, manner: Showing, text: str
) -> None:
    fake.showing = manner
    fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    stage = Real(tmp_path, fake, text)
    stage.run("10:00")
    assert fake.exhausted
    assert stage.settled(manner)


@pytest.mark.parametrize("manner", [one for one in MANNERS if one.kept is not Kept.NOWHERE])
def test_one_whose_answer_was_lost_does_not_keep_its_like(
    tmp_path: Path, fake: FakeMastodon, manner: Showing
) -> None:
    """Two posts with nearly the same words, and a worker that begins between them."""
    fake.showing = manner
    fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    day = r"¯\_(ツ)_/¯ Read the letter to Congress today, for it is day {} of thirty"
    stage = Real(tmp_path, fake, day.format(1))
    stage.run("09:00")
    stage.edit({"posts/launch/more.md": post("2026-12-01 09:00", day.format(2))})
    stage.restart()
    stage.run("10:00")
    assert {entry.state for entry in stage.ledger.entries()} == {State.PUBLISHED}
    assert len(fake.posts) == 2


@pytest.mark.parametrize("manner", MANNERS)
def test_a_post_that_was_never_made_goes_out_after_all(
    tmp_path: Path, fake: FakeMastodon, manner: Showing
) -> None:
    fake.showing = manner
    fake.arm(fakes.reset, on=fake.public_call, times=1)
    stage = Real(tmp_path, fake, TEXTS["a shrug"])
    stage.run("10:00")
    assert fake.exhausted
    assert stage.settled(manner)
    assert stage.states()[KEY] is State.PUBLISHED


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("manner", MANNERS)
def test_a_lost_ledger_is_never_a_second_post(
    tmp_path: Path, fake: FakeMastodon, manner: Showing, text: str
) -> None:
    fake.showing = manner
    Real(tmp_path, fake, text).run("09:05")
    again = Real(tmp_path, fake, text, start=at("09:06"))  # with a ledger that knows nothing
    again.run("10:00")
    assert len(fake.posts) == 1
    entry = again.entries()[KEY]
    is_known = manner.kept is not Kept.NOWHERE or manner(text) == text
    if is_known:
        assert (entry.state, entry.reason) == (State.PUBLISHED, "adopted")
    assert entry.state is State.PUBLISHED or entry.reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Read [the letter](https://example.org/letter-to-congress)", "Read the letter"),
        ("1. Read", "Read"),
        ("Read :letter:", "Read"),
        ("March #AsylumReformNOW #One #Two", "March"),
        ("We read it aloud at the gate, all of it, in both languages", "We read it aloud…"),
        ("Read it", "Warning: detention, and what comes of it\n\nRead it"),
        ("Read https://example.org/the/letter-to-congress?utm_source=a_b_c", "Read https://s.example/x7"),
        ("Read https://example.org/the/letter-to-congress", "Read: The Letter (Example News)"),
        ("https://example.org/the/letter-to-congress", "The Letter – Example News"),
        ("https://example.org/the/letter-to-congress", "https://s.example/x7"),
        ("✊🏽🕯️", ":fist_tone3: :candle:"),
        ("✊🏽🕯️", ""),
        ("#AsylumReformNOW #Now", ""),
        ("¡Está aquí! ¿Qué pasó? Niñez, año, acción", "Esta aqui! Que paso? Ninez, ano, accion"),
    ],
)
def test_what_a_server_leaves_out_or_adds_is_never_a_second_post(
    tmp_path: Path, fake: FakeMastodon, text: str, shown: str
) -> None:
    fake.showing = Showing((lambda _: shown,))
    fake.reads_blocks = False
    fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    stage = Real(tmp_path, fake, text)
    stage.run("10:00")
    assert fake.exhausted
    assert stage.settled(fake.showing)


@pytest.mark.parametrize("kept", [Kept.SOURCE, Kept.LISTED])
def test_what_a_server_cut_short_is_known_by_its_source(
    tmp_path: Path, fake: FakeMastodon, kept: Kept
) -> None:
    fake.showing = Showing((lambda text: f"{text[:12]}…",), kept)
    fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    stage = Real(tmp_path, fake, "We read it aloud at the gate, all of it, in both languages")
    stage.run("10:00")
    assert (stage.states()[KEY], len(fake.posts)) == (State.PUBLISHED, 1)


@pytest.mark.parametrize("cut", ["{:.14}… ↗", "{:.12}…/x", "{:.12}..."])
def test_a_link_that_is_shown_in_part_is_the_one_it_leads_to(
    tmp_path: Path, fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    url = "https://example.org/the/letter-to-congress"
    shown = fake._shown
    link = f'<p>Read <a href="{url}">{cut.format(url)}</a></p>'
    monkeypatch.setattr(fake, "_shown", lambda post: shown(post) | {"content": link})
    fake.showing = Showing()
    fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    stage = Real(tmp_path, fake, f"Read {url}")
    stage.run("10:00")
    assert (stage.states()[KEY], len(fake.posts)) == (State.PUBLISHED, 1)


@pytest.fixture(params=[-8, -1, 1, 5.5, 14])
def in_another_zone(
    fake: FakeMastodon, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> FakeMastodon:
    """A server that tells the times of its posts by its own zone, as if that were UTC."""
    shown, off = fake._shown, dt.timedelta(hours=request.param)
    monkeypatch.setattr(
        fake, "_shown", lambda post: shown(post) | {"created_at": (post.created_at + off).isoformat()}
    )
    return fake


def test_the_time_of_another_zone_is_never_a_second_post(
    tmp_path: Path, in_another_zone: FakeMastodon
) -> None:
    in_another_zone.arm(fakes.reset, on=in_another_zone.public_call, done=True, times=1)
    stage = Real(tmp_path, in_another_zone, "Read the letter to Congress today")
    stage.run("10:00")
    entry = stage.entries()[KEY]
    assert (entry.state, entry.reason) == (State.UNCONFIRMED, "several")
    assert len(in_another_zone.posts) == 1


def test_nor_is_it_after_a_lost_ledger(tmp_path: Path, in_another_zone: FakeMastodon) -> None:
    Real(tmp_path, in_another_zone, "Read the letter to Congress today").run("09:05")
    again = Real(tmp_path, in_another_zone, "Read the letter to Congress today", start=at("09:06"))
    again.run("10:00")
    entry = again.entries()[KEY]
    assert (entry.state, entry.reason, len(in_another_zone.posts)) == (State.PUBLISHED, "adopted", 1)


@pytest.mark.parametrize("status", [401, 403])
def test_a_source_that_is_forbidden_keeps_that_delivery_only(
    tmp_path: Path, fake: FakeMastodon, status: int
) -> None:
    fake.showing = Showing((str.upper,))
    text = "We read it aloud at the gate, all of it, in both languages"
    Real(tmp_path, fake, text).run("09:05")
    fake.arm(fakes.reply(error(status, "insufficient_scope")), on="GET /api/v1/statuses/")
    more = {"posts/launch/more.md": post("2026-12-01 09:10", "Another thing altogether")}
    again = Real(tmp_path, fake, text, start=at("09:06"))
    again.edit(more)
    again.run("10:00")
    states = {entry.post: entry.state for entry in again.ledger.entries()}
    assert states == {"launch/letter": State.UNCONFIRMED, "launch/more": State.PUBLISHED}
    assert len(fake.posts) == 2
