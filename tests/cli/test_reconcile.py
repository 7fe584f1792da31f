"""``reconcile``, ``retract`` and ``confirm`` on the live ledger; the server keeps what it accepted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_bot.ledger import Ledger
from campaign_bot.model import State
from campaign_bot.settings import Settings
from support.cli import read, run
from support.fakes import close
from support.fakes_mastodon import FakeMastodon
from support.working import DATED, post, write

KEY = "launch/letter:fediverse:en"

AT = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"
TOKEN = {"CAMPAIGN_BOT_ACCOUNTS__FEDIVERSE__ACCESS_TOKEN": FakeMastodon.secrets["ACCESS_TOKEN"]}


@pytest.fixture
def server() -> Iterator[FakeMastodon]:
    with FakeMastodon() as fake:
        yield fake.enable()


@pytest.fixture
def root(tmp_path: Path, server: FakeMastodon) -> Path:
    write(
        tmp_path,
        {
            "config/campaign.yaml": "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 1h\n",
            "config/accounts.yaml": "accounts:\n  fediverse: {platform: mastodon, languages: [en], "
            f'base_url: "{server.url}"}}\n',
            "posts/launch/queue.yaml": DATED,
            "posts/launch/letter.md": post(AT),
        },
    )
    return tmp_path


def publish(root: Path) -> None:
    run("worker", "--once", "--live", root=root, **TOKEN)


def publish_and_lose_the_answer(root: Path, server: FakeMastodon) -> None:
    server.arm(close, on=server.public_call, done=True, times=1)
    publish(root)
    assert state(root) is State.UNCONFIRMED


def state(root: Path) -> State:
    with Ledger.open(Settings().ledger_at(root, live=True)) as ledger:
        entry = ledger.entry(KEY)
        assert entry is not None
        return entry.state


def test_nothing_is_unconfirmed(root: Path) -> None:
    assert run("reconcile", root=root).stdout.startswith("Nothing is unconfirmed.")


def test_without_live_no_platform_is_asked(root: Path, server: FakeMastodon) -> None:
    publish_and_lose_the_answer(root, server)
    asked = len(server.requests)
    result = run("reconcile", root=root, **TOKEN)
    assert (result.exit_code, len(server.requests)) == (1, asked)
    assert KEY in result.stdout
    assert "No platform was asked." in result.stderr
    for command in (["reconcile", "--apply"], ["retract", "launch/letter", "--yes"]):
        result = run(*command, root=root, **TOKEN)
        assert (result.exit_code, len(server.requests)) == (2, asked)
        assert "--live" in result.stderr


def test_it_shows_what_it_would_settle_and_apply_does(root: Path, server: FakeMastodon) -> None:
    publish_and_lose_the_answer(root, server)
    (shown,) = read("reconcile", "--live", root=root, now=dt.datetime.now(dt.UTC), **TOKEN)
    assert shown["state"] == "published"
    assert shown["url"].endswith(server.posts[0].id)
    assert state(root) is State.UNCONFIRMED
    applied = run("reconcile", "--apply", "--live", root=root, now=dt.datetime.now(dt.UTC), **TOKEN)
    assert (applied.exit_code, state(root), len(server.posts)) == (0, State.PUBLISHED, 1)


def test_what_is_not_there_is_settled_only_when_that_is_sure(root: Path, server: FakeMastodon) -> None:
    server.arm(close, on=server.public_call, times=1)
    publish(root)
    now = dt.datetime.now(dt.UTC)
    result = run("reconcile", "--apply", "--live", root=root, now=now, LANG="es_MX.UTF-8", **TOKEN)
    assert (result.exit_code, state(root)) == (1, State.UNCONFIRMED)
    assert "no está en la plataforma" in result.stdout
    server.now = lambda: now + dt.timedelta(minutes=5)
    later = now + dt.timedelta(minutes=5)
    assert run("reconcile", "--apply", "--live", root=root, now=later, **TOKEN).exit_code == 0
    assert state(root) is State.SCHEDULED


def test_a_server_that_does_not_answer_is_told(root: Path, server: FakeMastodon) -> None:
    publish_and_lose_the_answer(root, server)
    server.arm(close, on="GET")
    result = run("reconcile", "--live", root=root, **TOKEN)
    assert result.exit_code == 1
    assert "the platform could not be read" in result.stdout


def test_retract_deletes_what_was_published(root: Path, server: FakeMastodon) -> None:
    publish(root)
    assert len(server.posts) == 1
    assert run("retract", "launch/letter", "--live", root=root, answer="n", **TOKEN).exit_code == 1
    result = run("retract", "launch/letter", "--live", "--yes", root=root, **TOKEN)
    assert (result.exit_code, server.posts, state(root)) == (0, [], State.RETRACTED)


def test_what_was_retracted_already_is_said_with_its_time(root: Path, server: FakeMastodon) -> None:
    publish(root)
    run("retract", "launch/letter", "--live", "--yes", root=root, now=dt.datetime.now(dt.UTC), **TOKEN)
    for language, told in (("C", "It was taken back already ("), ("es", "Ya se había retirado (")):
        again = run("retract", "launch/letter", "--live", "--yes", root=root, LANG=language, **TOKEN)
        assert (again.exit_code, again.stdout.startswith(told)) == (0, True)
    assert server.posts == []


def test_retract_says_where_it_was_not_possible(root: Path, server: FakeMastodon) -> None:
    publish(root)
    server.arm(close, on="DELETE")
    result = run("retract", "launch/letter", "--live", "--yes", "--json", root=root, **TOKEN)
    (told,) = json.loads(result.stdout)
    assert (result.exit_code, told["done"], told["state"]) == (1, False, "published")
    assert told["left"][0].endswith(server.posts[0].id)


def test_a_url_of_another_kind_is_not_confirmed(root: Path, server: FakeMastodon) -> None:
    publish_and_lose_the_answer(root, server)
    result = run("confirm", KEY, "--published", "https://example.org/", root=root, **TOKEN)
    assert (result.exit_code, state(root)) == (2, State.UNCONFIRMED)
    assert "https://example.org/" in result.stderr
    url = f"{server.url}/@campaign/{server.posts[0].id}"
    assert run("confirm", KEY, "--published", url, root=root, **TOKEN).exit_code == 0
    assert state(root) is State.PUBLISHED
