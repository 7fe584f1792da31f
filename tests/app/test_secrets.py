"""No secret is in anything that is written: not on the screen, in a log, a report, a page or a ledger.

A real live worker and real commands, on platforms that say the secrets back in every answer: in the words for
an error, in headers, in addresses, as ids. ``support/leaking.py`` has the scene.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import fakes
from support.fakes import Reply
from support.leaking import DATABASE, DATABASE_PASSWORD, HOOK, POSTS, Leaking
from support.seeds import forms, leaked

LOOKING = (
    ("status",),
    ("status", "--json"),
    ("log",),
    ("log", "--json"),
    ("health", "--json"),
    ("accounts", "--json"),
)


@pytest.fixture
def scene(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Leaking]:
    """With every logger as talkative as can be, but those that show each row: the ledger itself is read."""
    caplog.set_level(logging.DEBUG)
    for name in logging.root.manager.loggerDict:
        rows = name.startswith(("sqlalchemy.engine", "sqlalchemy.pool"))
        caplog.set_level(logging.WARNING if rows else logging.DEBUG, logger=name)
    with Leaking(tmp_path) as running:
        yield running


def test_platforms_that_say_secrets_back(scene: Leaking, caplog: pytest.LogCaptureFixture) -> None:
    scene.say_back(seed=1)
    scene.run("accounts", "check", "--live")
    scene.run("worker", "--live", "--once")
    for command in LOOKING:
        scene.run(*command)
    scene.run("reconcile", "--live", "--apply")
    scene.run("retract", "launch/one", "--live", "--yes")
    assert any(fake.requests for fake in scene.fakes.values())
    scene.judge(caplog.text)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2, 22))
def test_platforms_that_say_secrets_back_in_other_ways(
    scene: Leaking, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    scene.run("accounts", "check", "--live")  # so that the accounts are known, and the posts are reached
    scene.say_back(seed)
    scene.run("worker", "--live", "--once")
    scene.run("reconcile", "--live", "--apply")
    for command in LOOKING:
        scene.run(*command)
    scene.judge(caplog.text)


def test_platforms_that_are_well(scene: Leaking, caplog: pytest.LogCaptureFixture) -> None:
    scene.run("accounts", "check", "--live", "--json")
    scene.run("worker", "--live", "--once")
    assert {len(fake.posts) for fake in scene.fakes.values()} == {2 * len(POSTS)}
    scene.run("retract", "launch/one", "--live", "--yes")
    for command in LOOKING:
        scene.run(*command)
    scene.judge(caplog.text)


def test_commands_that_ask_no_platform(scene: Leaking, caplog: pytest.LogCaptureFixture) -> None:
    pages, report = scene.root / "pages", scene.root / "report.html"
    scene.run("check", "--json")
    scene.run("plan")
    scene.run("preview", "--html", str(pages))
    scene.run("rehearse", "--days", "1", "--report", str(report))
    scene.run("worker", "--once")
    scene.run("accounts", "check")
    assert report.is_file()
    scene.judge(caplog.text)


@pytest.mark.parametrize(
    "url",
    [
        DATABASE.format(DATABASE_PASSWORD),
        DATABASE.format(DATABASE_PASSWORD).replace(":1/", ":one/"),
        f"nosuch://bot:{DATABASE_PASSWORD}@127.0.0.1/campaign",
        f"postgresql+nosuch://bot:{DATABASE_PASSWORD}@127.0.0.1/campaign",
        f"postgresql://bot:{DATABASE_PASSWORD}@[::1/campaign",
        DATABASE.format(f"{DATABASE_PASSWORD}/x"),
        DATABASE.format(f"x/{DATABASE_PASSWORD}"),
        DATABASE.format(f"{DATABASE_PASSWORD}@x"),
        f"bot:{DATABASE_PASSWORD}@127.0.0.1/campaign",
        DATABASE_PASSWORD,
    ],
    ids=lambda url: url.replace(DATABASE_PASSWORD, "password"),
)
def test_a_database_that_cannot_be_reached(
    scene: Leaking, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with its address."""
    for command in (("status",), ("worker", "--live", "--once"), ("health",)):
        assert scene.run(*command, CAMPAIGN_BOT_DATABASE_URL=url).exit_code != 0
    scene.judge(caplog.text)


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:{port}/{hook}",
        pytest.param("ntfy://{hook}@127.0.0.1:{port}/{hook}/", marks=pytest.mark.faults),
        pytest.param("nosuch://{hook}", marks=pytest.mark.faults),
        pytest.param("{hook}", marks=pytest.mark.faults),
    ],
)
def test_staff_whose_address_does_not_work(
    scene: Leaking, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with fakes.FakeServer() as service:
        service.arm(fakes.reply(Reply(500, HOOK.encode(), {"X-Debug": HOOK})), on="")
        port = service.url.rpartition(":")[2]
        scene.say_back(seed=2)
        notify = url.format(port=port, hook=HOOK)
        scene.run("worker", "--live", "--once", CAMPAIGN_BOT_NOTIFY=notify)
        scene.run("health", "--json", CAMPAIGN_BOT_NOTIFY=notify)
    scene.judge(caplog.text)


def test_a_secret_that_stands_in_a_post_is_told_and_not_quoted(scene: Leaking) -> None:
    secret = scene.fakes["x-en"].secrets["API_SECRET"]
    post = scene.root / "posts/launch/one.md"
    post.write_text(post.read_text(encoding="utf-8").replace("No. one", secret), encoding="utf-8")
    scene.run("check")
    scene.run("status")
    scene.run("worker", "--live", "--once")
    assert not any(secret in one.text for fake in scene.fakes.values() for one in fake.posts)
    assert "launch/one.md" in scene.written[0]
    assert [words for words in scene.written if leaked(words, scene.secrets)] == []
    databases = (scene.root / "var").glob("*.db*")
    assert [file for file in databases if leaked(file.read_bytes(), scene.secrets)] == []


def test_a_leak_would_be_found(scene: Leaking) -> None:
    """In each form, and in a database's file as well as in a page."""
    for secret in scene.secrets:
        for form in forms(secret):
            file = scene.root / "var" / "leak"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"\0\1" + form + b"\2")
            with pytest.raises(AssertionError):
                scene.judge()
            file.unlink()
    scene.judge()
