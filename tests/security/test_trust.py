"""The trust line: who writes ``config/`` moves no secret to another server, and lends none to another login.

Servers that really listen count what reaches them. Whatever a test asks for, nothing else is connected to.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text

import campaign_bot
from campaign_bot.app.connections import Connections
from campaign_bot.app.trust import Trust
from campaign_bot.ledger import Event, Ledger, store, upgrade
from campaign_bot.platforms.errors import Refused
from campaign_bot.settings import Settings
from campaign_bot.settings import load as load_settings
from support.cli import run
from support.fakes import FakePlatform, FakeServer, as_json, close, reply
from support.fakes_mastodon import ACCOUNT_ID, FakeMastodon
from support.platforms import FAKES
from support.working import DATED, post, write

NAME = "ours"
SECRET = "CAMPAIGN_BOT_ACCOUNTS__{}__{}"
PIN = SECRET.format("OURS", "SERVER")
EVERY_SECRET = {name: value for fake in FAKES for name, value in fake.secrets.items()}
CONFIG = "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 1h\n"
LIVE = (
    ("accounts", "check", "--live"),
    ("worker", "--live", "--once"),
    ("reconcile", "--live"),
    ("reconcile", "--live", "--apply"),
    ("retract", "launch/two", "--live", "--yes"),
    ("confirm", "launch/one:ours:en", "--published", "https://bsky.app/profile/a.test/post/3k", "--live"),
)


class Scene:
    """A live campaign with one account, whose own server is ``home``; ``trap`` would take anything."""

    def __init__(self, root: Path, home: FakePlatform, trap: FakePlatform) -> None:
        self.root, self.home, self.trap = root, home, trap
        self.secrets: dict[str, str] = dict(home.secrets)
        self.env: dict[str, str] = {}
        at = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"
        write(root, {"config/campaign.yaml": CONFIG, "posts/launch/queue.yaml": DATED})
        for name in ("one", "two"):
            write(root, {f"posts/launch/{name}.md": post(at, en=f"No. {name}")})
        self.lead_to(home.url)

    def lead_to(self, base_url: str | None, platform: str = "", name: str = NAME) -> None:
        where = f", base_url: '{base_url}'" if base_url else ""
        fields = f"{{platform: {platform or self.home.platform}, languages: [en], spacing: 0s{where}}}"
        write(self.root, {"config/accounts.yaml": f"accounts:\n  {name}: {fields}\n"})

    def add_post(self, name: str = "three") -> None:
        at = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"
        write(self.root, {f"posts/launch/{name}.md": post(at, en=f"No. {name}")})

    def run(
        self, *args: str, answer: str | None = None, now: dt.datetime | None = None, **env: str
    ) -> Result:
        secrets = {SECRET.format("OURS", name): value for name, value in self.secrets.items()}
        env = secrets | self.env | env
        return run(*args, root=self.root, now=now or dt.datetime.now(dt.UTC), answer=answer, **env)

    def read(self, *args: str, **env: str) -> Any:
        return json.loads(self.run(*args, "--json", **env).stdout)

    def begin(self) -> None:
        """One post may be out or not, the other is."""
        self.home.arm(close, on=self.home.public_call, done=True, times=1)
        self.run("worker", "--live", "--once")
        assert len(self.home.posts) == 2

    def reason(self) -> Mapping[str, str] | None:
        """Why the account is stopped; all outputs say the same."""
        (account,) = self.read("accounts")
        waiting = [one["reason"] for one in self.read("status")["deliveries"] if one["state"] == "scheduled"]
        checks = {check["code"]: check["reason"] for check in self.read("health")["checks"]}
        if account["reason"]:
            assert checks["account-stopped"] == account["reason"]
        assert all(one == account["reason"] for one in waiting)
        found: Mapping[str, str] | None = account["reason"]
        return found

    def events(self, kind: str) -> list[Event]:
        with Ledger.open(Settings().ledger_at(self.root, live=True)) as ledger:
            return [event for event in ledger.events() if event.kind == kind]


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host but this machine's that somebody wanted to reach; none was."""
    hosts: list[str] = []
    real = socket.getaddrinfo

    def looked_up(host: Any, *args: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            hosts.append(str(host))
            raise socket.gaierror("not in a test")
        return real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return hosts


@pytest.fixture(params=FAKES, ids=lambda fake: fake.platform)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        home, trap = (stack.enter_context(request.param()).enable() for _ in range(2))
        yield Scene(tmp_path, home, trap)


@pytest.fixture
def fediverse(tmp_path: Path) -> Iterator[Scene]:
    with FakeMastodon() as home, FakeMastodon() as trap:
        yield Scene(tmp_path, home.enable(), trap.enable())


# ---------------------------------------------------------------- another server, another platform


def changes(scene: Scene) -> dict[str, tuple[str | None, str]]:
    """What a hostile contributor may write: an address and a platform."""
    home, trap, ours = scene.home.url, scene.trap.url, scene.home.platform
    return {
        "another port": (trap, ours),
        "another name of it": (home.replace("127.0.0.1", "localhost"), ours),
        "a public server": ("https://evil.test", ours),
        "another scheme": (home.replace("http:", "https:"), ours),
        "a path there": (f"{trap}/mastodon/", ours),
        "the platform's own": (None, ours),
        **{f"as {fake.platform}": (home, fake.platform) for fake in FAKES if fake.platform != ours},
        **{f"as {fake.platform}, there": (trap, fake.platform) for fake in FAKES if fake.platform != ours},
    }


@pytest.mark.parametrize("change", range(10))
def test_no_secret_leaves_for_another_place(scene: Scene, connected: list[str], change: int) -> None:
    """Though the account has the secrets of every platform."""
    scene.secrets = EVERY_SECRET | scene.secrets
    scene.begin()
    known = len(scene.home.requests)
    base_url, platform = list(changes(scene).values())[change]
    scene.lead_to(base_url, platform)
    scene.add_post()
    for command in LIVE:
        scene.run(*command)
    assert scene.trap.requests == []
    assert len(scene.home.requests) == known
    assert connected == []
    assert len(scene.home.posts) == 2
    if base_url or platform != "mastodon":
        reason = scene.reason()
        assert reason
        assert reason["code"] == "server-changed"
        assert scene.home.url in reason["old"]
        assert reason["new"] not in reason["old"]


@pytest.mark.parametrize("command", LIVE[:-1], ids=" ".join)
def test_whoever_meets_it_first_stops_the_account(fediverse: Scene, command: tuple[str, ...]) -> None:
    fediverse.begin()
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run(*command)
    assert fediverse.trap.requests == []
    assert fediverse.reason() == {
        "code": "server-changed",
        "old": fediverse.home.url,
        "new": fediverse.trap.url,
    }
    assert [event.detail["account"] for event in fediverse.events("account-stopped")] == [NAME]


def test_what_was_stopped_for_something_else_says_so_too(fediverse: Scene) -> None:
    fediverse.begin()
    fediverse.secrets = {"ACCESS_TOKEN": "dead-token-0123456"}
    fediverse.run("accounts", "check", "--live")
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run("accounts", "check", "--live")
    reason = fediverse.reason()
    assert reason
    assert reason["code"] == "server-changed"


def test_the_way_back_needs_nobodys_word(fediverse: Scene) -> None:
    fediverse.begin()
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run("accounts", "check", "--live")
    fediverse.lead_to(fediverse.home.url)
    assert fediverse.run("accounts", "check", "--live").exit_code == 0
    fediverse.add_post()
    fediverse.run("worker", "--live", "--once")
    assert (len(fediverse.home.posts), fediverse.reason()) == (3, None)


def test_another_way_to_write_it_is_no_change(fediverse: Scene) -> None:
    fediverse.begin()
    fediverse.lead_to(f"{fediverse.home.url.replace('http', 'HTTP')}/")
    fediverse.add_post()
    fediverse.run("worker", "--live", "--once")
    assert len(fediverse.home.posts) == 3


def test_a_secret_that_never_worked_is_bound_to_nothing(fediverse: Scene) -> None:
    """Whoever mistypes a server may put it right."""
    fediverse.home.arm(reply(as_json({"error": "no"}, 401)), on="GET", times=1)
    fediverse.run("accounts", "check", "--live")
    fediverse.run("worker", "--live", "--once")
    fediverse.lead_to("http://127.0.0.1:1")
    fediverse.run("worker", "--live", "--once")
    assert [event.detail["server"] for event in fediverse.events("account-bound")] == [fediverse.home.url]


# ---------------------------------------------------------------- the first time


def test_dry_runs_and_rehearsals_bind_nothing(fediverse: Scene, connected: list[str]) -> None:
    fediverse.run("worker", "--once")
    fediverse.run("rehearse", "--days", "1")
    fediverse.lead_to("https://elsewhere.test")
    assert fediverse.run("worker", "--once").exit_code == 0
    assert not (fediverse.root / "var" / "campaign.db").exists()
    assert (fediverse.home.requests, connected) == ([], [])


def test_a_check_without_a_ledger_binds_nothing(fediverse: Scene) -> None:
    for fake in (fediverse.home, fediverse.trap):
        fediverse.lead_to(fake.url)
        assert fediverse.run("accounts", "check", "--live").exit_code == 0
    assert not (fediverse.root / "var" / "campaign.db").exists()


@pytest.mark.parametrize("platform", ["x", "bluesky"])
@pytest.mark.parametrize("with_ledger", [False, True])
def test_a_platform_with_its_own_server_is_not_led_elsewhere_at_first(
    fediverse: Scene, connected: list[str], platform: str, with_ledger: bool
) -> None:
    if with_ledger:
        fediverse.begin()
    fediverse.secrets = EVERY_SECRET
    fediverse.env = {
        SECRET.format("NEW", name): value for name, value in EVERY_SECRET.items()
    }  # an account that nobody used yet
    fediverse.lead_to("https://proxy.test", platform, name="new")
    for command in LIVE[:2]:
        fediverse.run(*command)
    assert connected == []
    (account,) = fediverse.read("accounts")
    assert account["reason"]["code"] == "server-changed"
    assert account["reason"]["new"] == "https://proxy.test"
    assert fediverse.run("accounts", "trust", "new", "--yes").exit_code == 0
    fediverse.run("accounts", "check", "--live")
    assert connected == ["proxy.test"]


@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_nor_by_a_check_without_a_ledger(fediverse: Scene, connected: list[str], platform: str) -> None:
    fediverse.secrets = EVERY_SECRET
    fediverse.lead_to("https://proxy.test", platform)
    (account,) = json.loads(fediverse.run("accounts", "check", "--live", "--json").stdout)
    assert (connected, account["reason"]["code"]) == ([], "server-changed")
    result = fediverse.run("accounts", "trust", NAME, "--yes")
    assert result.exit_code == 1
    assert "Start the worker first" in result.stderr
    assert f"{PIN}=https://" in result.stderr
    fediverse.run("accounts", "check", "--live", **{PIN: "proxy.test"})
    assert connected == ["proxy.test"]


# ---------------------------------------------------------------- trust


def moved(scene: Scene) -> Scene:
    scene.begin()
    scene.lead_to(scene.trap.url)
    scene.run("worker", "--live", "--once")
    return scene


def test_trust_shows_both_and_asks(fediverse: Scene) -> None:
    moved(fediverse)
    asked = fediverse.run("accounts", "trust", NAME, answer="n\n")
    assert asked.exit_code == 1
    assert f"Server: {fediverse.home.url} → {fediverse.trap.url}" in asked.stdout
    assert f"Login: {ACCOUNT_ID} → whoever it turns out to be" in asked.stdout
    nobody = fediverse.run("accounts", "trust", NAME)
    assert (nobody.exit_code, fediverse.events("account-trusted")) == (2, [])
    assert "nobody to ask" in nobody.stderr
    assert fediverse.run("accounts", "trust", "our", "--yes").exit_code == 2
    assert "¿" in fediverse.run("accounts", "trust", NAME, answer="n\n", LANG="es_MX.UTF-8").stdout


def test_what_is_trusted_goes_on(scene: Scene) -> None:
    moved(scene)
    scene.add_post()
    assert scene.run("accounts", "trust", NAME, "--yes").exit_code == 0
    (event,) = scene.events("account-trusted")
    assert not event.who.startswith("worker")
    assert event.detail["server"] == scene.trap.url
    assert event.reason == f"trusted: {scene.home.url} → {scene.trap.url}"
    scene.run("worker", "--live", "--once")
    assert (len(scene.trap.posts), scene.reason()) == (1, None)
    again = scene.run("accounts", "trust", NAME, "--yes")
    assert (again.exit_code, len(scene.events("account-trusted"))) == (0, 1)
    scene.lead_to(scene.home.url)
    known = len(scene.home.requests)
    scene.run("worker", "--live", "--once")
    assert len(scene.home.requests) == known


def test_another_server_proves_nothing_of_what_went_to_the_one_before(fediverse: Scene) -> None:
    """What may be public there is not sent again here; a person decides."""
    moved(fediverse)
    fediverse.run("accounts", "trust", NAME, "--yes")
    for minutes in (0, 5, 30):
        now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        fediverse.trap.now = lambda now=now: now
        fediverse.run("reconcile", "--apply", "--live", now=now)
    (found,) = [one for one in fediverse.read("status")["deliveries"] if one["post"] == "launch/one"]
    assert (found["state"], fediverse.trap.posts) == ("unconfirmed", [])
    assert fediverse.events("look")[-1].reason == "no-evidence"


def test_what_went_to_the_server_before_is_not_taken_for_deleted(fediverse: Scene) -> None:
    """That the new one does not have it says nothing."""
    moved(fediverse)
    fediverse.run("accounts", "trust", NAME, "--yes")
    shown = fediverse.run("retract", "launch/two", "--live", "--yes")
    assert shown.exit_code == 1
    assert "delete it there by hand" in " ".join(shown.stdout.split())
    assert fediverse.trap.count("DELETE") == 0
    (found,) = [one for one in fediverse.read("status")["deliveries"] if one["post"] == "launch/two"]
    assert found["state"] == "published"


def test_a_running_worker_that_knew_both_servers_obeys_the_last_word(
    fediverse: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it verified before somebody trusted another place counts no more."""
    for name, value in fediverse.secrets.items():
        monkeypatch.setenv(SECRET.format("OURS", name), value)
    settings, now = load_settings(fediverse.root), lambda: dt.datetime.now(dt.UTC)
    with Ledger.open("sqlite://") as ledger:
        trust = Trust(ledger, now, "test")
        at = Connections(ledger, lambda account: trust.adapter(settings, account), now, time.monotonic)
        account = fediverse.home.account()
        account = replace(account, name=NAME)
        assert at.ready(account, [NAME])
        known = len(fediverse.home.requests)
        ledger.trust_account(NAME, "mastodon", fediverse.trap.url, None, now(), "somebody", reason="")
        assert not at.ready(account, [NAME])
        assert len(fediverse.home.requests) == known


def test_only_what_was_shown_is_trusted(fediverse: Scene) -> None:
    moved(fediverse)
    fediverse.run("accounts", "trust", NAME, "--yes")
    with FakeMastodon() as third:
        fediverse.lead_to(third.enable().url)
        fediverse.run("worker", "--live", "--once")
        assert third.requests == []


# ---------------------------------------------------------------- ledgers of earlier versions

PUBLIC = "https://social.test"


@pytest.mark.parametrize(
    ("platform", "remote_id", "server", "bare"),
    [
        ("mastodon", f"{PUBLIC} 42", PUBLIC, "42"),
        ("mastodon", f"{PUBLIC}:8443/masto 42", f"{PUBLIC}:8443", "42"),
        ("mastodon", "https://españa.test 42", "https://xn--espaa-rta.test", "42"),
        ("mastodon", "https://127.0.0.1:3000 42", None, "42"),  # whose scheme nobody noted
        ("x", "42", None, "42"),
        ("bluesky", "did:plc:ours", None, "did:plc:ours"),
        (None, None, None, None),
    ],
)
def test_what_an_older_ledger_knows_is_kept(
    tmp_path: Path, platform: str | None, remote_id: str | None, server: str | None, bare: str | None
) -> None:
    with Ledger.open(older(tmp_path / "campaign.db", platform, remote_id)) as ledger:
        state = ledger.account(NAME)
    assert (state.platform, state.server, state.remote_id) == (platform, server, bare)
    assert (state.stopped, state.reason, state.since) == (
        True,
        "401",
        dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
    )


def older(path: Path, platform: str | None, remote_id: str | None) -> str:
    """A ledger of the form before."""
    url = f"sqlite:///{path}"
    path.parent.mkdir(exist_ok=True)
    ledger = Ledger(*store._engine(url))
    row = {"name": NAME, "platform": platform, "remote_id": remote_id, "since": 1_796_083_200_000_000}
    with ledger._write() as conn:
        upgrade.migrate(conn, None, "", to="0004")
        fields = "(name, stopped, reason, since, platform, remote_id)"
        values = "(:name, true, '401', :since, :platform, :remote_id)"
        conn.execute(text(f"INSERT INTO accounts {fields} VALUES {values}"), row)  # noqa: S608
    ledger.close()
    return url


@pytest.mark.parametrize(("remote_id", "code"), [(ACCOUNT_ID, None), ("7", "identity-changed")])
def test_an_older_ledger_is_bound_at_the_first_use(
    fediverse: Scene, remote_id: str, code: str | None
) -> None:
    was = fediverse.home.url.replace("http:", "https:")
    older(fediverse.root / "var" / "campaign.db", "mastodon", f"{was} {remote_id}")
    fediverse.run("accounts", "check", "--live")
    assert (fediverse.reason() or {"code": None})["code"] == code
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run("accounts", "check", "--live")
    assert fediverse.trap.requests == []


@pytest.mark.parametrize("platform", ["mastodon", "bluesky"])
def test_nor_does_an_account_change_its_platform_with_the_version(fediverse: Scene, platform: str) -> None:
    older(fediverse.root / "var" / "campaign.db", "x", "42")
    fediverse.secrets = EVERY_SECRET
    fediverse.lead_to(fediverse.trap.url, platform)
    fediverse.run("worker", "--live", "--once")
    fediverse.run("accounts", "check", "--live")
    assert fediverse.trap.requests == []
    assert fediverse.reason() == {
        "code": "server-changed",
        "old": "x",
        "new": f"{platform} {fediverse.trap.url}",
    }


# ---------------------------------------------------------------- another identity


def become(fake: FakePlatform, account_id: str) -> None:
    person = {"id": account_id, "username": "other", "acct": "other", "url": f"{fake.url}/@other"}
    fake.arm(reply(as_json(person)), on="GET /api/v1/accounts/verify_credentials")


@pytest.mark.parametrize("command", LIVE[:-1], ids=" ".join)
def test_another_login_behind_the_credentials(fediverse: Scene, command: tuple[str, ...]) -> None:
    fediverse.begin()
    before = len(fediverse.home.requests)
    become(fediverse.home, "42")
    fediverse.add_post()
    fediverse.run(*command)
    asked = fediverse.home.requests[before:]
    assert asked
    assert all(request.method == "GET" and "statuses" not in request.path for request in asked)
    assert fediverse.reason() == {"code": "identity-changed", "old": ACCOUNT_ID, "new": "42"}


def test_another_login_is_trusted_by_name(fediverse: Scene) -> None:
    fediverse.begin()
    become(fediverse.home, "42")
    fediverse.run("worker", "--live", "--once")
    shown = fediverse.run("accounts", "trust", NAME, "--yes")
    assert f"Login: {ACCOUNT_ID} → 42" in shown.stdout
    fediverse.home.disarm()
    become(fediverse.home, "43")
    fediverse.add_post()
    fediverse.run("worker", "--live", "--once")
    assert fediverse.reason() == {"code": "identity-changed", "old": "42", "new": "43"}
    assert len(fediverse.home.posts) == 2


# ---------------------------------------------------------------- names


def test_a_new_name_has_no_secrets(fediverse: Scene) -> None:
    fediverse.begin()
    fediverse.lead_to(fediverse.trap.url, name="theirs")
    for command in LIVE[:2]:
        fediverse.run(*command)
    assert fediverse.trap.requests == []
    assert [one["missing"] for one in fediverse.read("accounts")] == [["ACCESS_TOKEN"]]


def test_two_accounts_that_swap_their_names(fediverse: Scene) -> None:
    """Secrets go by name, and so stay where they were."""
    fediverse.env = {SECRET.format("OTHER", "ACCESS_TOKEN"): FakeMastodon.secrets["ACCESS_TOKEN"]}
    fields = "{{platform: mastodon, languages: [en], spacing: 0s, base_url: '{}'}}"
    urls = (fediverse.home.url, fediverse.trap.url)

    def accounts(first: str, second: str) -> None:
        lines = [f"  {name}: {fields.format(url)}\n" for name, url in ((NAME, first), ("other", second))]
        write(fediverse.root, {"config/accounts.yaml": "accounts:\n" + "".join(lines)})

    accounts(*urls)
    fediverse.run("worker", "--live", "--once")
    counts = [len(fake.requests) for fake in (fediverse.home, fediverse.trap)]
    assert all(counts)
    accounts(*reversed(urls))
    fediverse.add_post()
    for command in LIVE[:2]:
        fediverse.run(*command)
    assert [len(fake.requests) for fake in (fediverse.home, fediverse.trap)] == counts
    assert {one["reason"]["code"] for one in fediverse.read("accounts")} == {"server-changed"}


# ---------------------------------------------------------------- the operator's pin


@pytest.mark.parametrize("spelled", ["{}", "{}/", "{}/users/us", " {} "])
def test_a_pin_keeps_secrets_from_the_first_call_on(fediverse: Scene, spelled: str) -> None:
    fediverse.env = {PIN: spelled.format(fediverse.home.url)}
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run("accounts", "check", "--live")
    fediverse.run("worker", "--live", "--once")
    assert fediverse.trap.requests == []
    assert fediverse.reason() == {
        "code": "server-changed",
        "old": fediverse.home.url,
        "new": fediverse.trap.url,
    }
    told = fediverse.run("accounts", "trust", NAME, "--yes")
    assert (told.exit_code, PIN in told.stderr) == (1, True)
    fediverse.lead_to(fediverse.home.url)
    fediverse.run("accounts", "check", "--live")
    fediverse.run("worker", "--live", "--once")
    assert len(fediverse.home.posts) == 2


def test_a_pin_wins_over_the_ledger(fediverse: Scene) -> None:
    fediverse.begin()
    fediverse.lead_to(fediverse.trap.url)
    fediverse.add_post()
    fediverse.run("worker", "--live", "--once", **{PIN: fediverse.trap.url})
    assert len(fediverse.trap.posts) == 1
    fediverse.lead_to(fediverse.home.url)
    known = len(fediverse.home.requests)
    fediverse.run("worker", "--live", "--once", **{PIN: fediverse.trap.url})
    fediverse.run("worker", "--live", "--once")
    assert len(fediverse.home.requests) == known


def test_a_pin_outlives_the_ledger(fediverse: Scene) -> None:
    fediverse.env = {PIN: fediverse.home.url}
    fediverse.begin()
    for file in (fediverse.root / "var").glob("campaign.db*"):
        file.unlink()
    fediverse.lead_to(fediverse.trap.url)
    fediverse.run("worker", "--live", "--once")
    assert fediverse.trap.requests == []


@pytest.mark.parametrize(
    ("pin", "server"),
    [
        ("mastodon.example", "https://mastodon.example"),
        ("mastodon.example:8443", "https://mastodon.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://Mastodon.Example:443/", "https://mastodon.example"),
        ("españa.example", "https://xn--espaa-rta.example"),
        ("", ""),
    ],
)
def test_pins(pin: str, server: str) -> None:
    settings = Settings.model_validate({"accounts": {"x_en": {"server": pin, "api_key": "k"}}})
    assert (settings.pin("x-en"), dict(settings.secrets_for("x-en"))) == (server, {"API_KEY": "k"})


@pytest.mark.parametrize(
    "pin", ["https://", "a b", "https://x.test?y", "ftp://x.test", "u:p@x.test", "a:99999"]
)
def test_a_pin_that_cannot_be_read(fediverse: Scene, pin: str) -> None:
    result = fediverse.run("accounts", **{PIN: pin})
    assert (result.exit_code, PIN in result.stderr) == (1, True)


def test_a_pin_is_no_secret(fediverse: Scene) -> None:
    """It may stand in a post, and is not blacked out."""
    fediverse.lead_to("https://mastodon.example")
    write(
        fediverse.root, {"posts/launch/one.md": post("2026-12-01 09:00", en="Join https://mastodon.example")}
    )
    result = fediverse.run("check", **{PIN: "https://mastodon.example"})
    assert "secret" not in result.stdout
    settings = Settings.model_validate({"accounts": {"ours": {"server": "https://mastodon.example"}}})
    assert settings.without_secrets("at https://mastodon.example") == "at https://mastodon.example"


# ---------------------------------------------------------------- all the rest


def test_there_is_one_place_where_secrets_meet_an_adapter() -> None:
    sources = Path(campaign_bot.__file__).parent
    calls = [
        (file.relative_to(sources).as_posix(), ast.unparse(node))
        for file in sources.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Call) and re.search(r"registry\.connect$|^connect$", ast.unparse(node.func))
    ]
    assert calls == [
        ("app/trust.py", "registry.connect(account, {})"),
        ("app/trust.py", "registry.connect(account, secrets)"),
    ]


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1", "https://localhost", "https://10.0.0.1", "https://pds.internal", "x", ""],
)
def test_blueskys_own_server_sends_a_session_nowhere_inside(address: str) -> None:
    from campaign_bot.platforms.http import Session
    from campaign_bot.platforms.xrpc import Pds, _Wire

    with pytest.raises(Refused) as refused:
        Pds(None, _Wire(Session(), lambda: 60.0))._update_pds_endpoint(address)
    assert refused.value.account_broken


def test_staff_are_told_what_to_do(fediverse: Scene) -> None:
    with FakeServer() as service:
        service.arm(reply(as_json({})), on="")
        fediverse.begin()
        fediverse.lead_to(fediverse.trap.url)
        notify = service.url.replace("http://", "json://")
        fediverse.run("worker", "--live", "--once", CAMPAIGN_BOT_NOTIFY=notify)
        told = "\n".join(request.body.decode() for request in service.requests)
    assert "campaign-bot accounts trust" in told
    assert fediverse.trap.url in told
    assert "Renew the credentials" not in told
