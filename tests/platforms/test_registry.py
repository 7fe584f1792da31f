"""Which platforms there are."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator

import pytest

from campaign_bot.model import Account, Rules, Unit
from campaign_bot.platforms import registry
from campaign_bot.platforms.simulated import Simulated, SimulatedPlatforms
from support.campaigns import account

HEAVY = ("requests", "urllib3", "tweepy", "mastodon", "atproto", "atproto_client", "httpx", "PIL")


class Theirs:
    """Somebody else's adapter."""

    rules = Rules("theirs", Unit.CODEPOINTS, 100)
    secret_names = (("TOKEN",), ("NAME", "PASSWORD"))

    def __new__(cls, account: Account, _secrets: object) -> Simulated:  # type: ignore[misc]
        return SimulatedPlatforms(lambda: pytest.fail("no time is needed")).connect(account)


@pytest.fixture
def _theirs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    points = [
        importlib.metadata.EntryPoint("theirs", f"{__name__}:Theirs", registry.GROUP),
        importlib.metadata.EntryPoint("x", f"{__name__}:Theirs", registry.GROUP),
    ]
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else [])
    registry._paths.cache_clear()
    registry._adapter.cache_clear()
    yield
    registry._paths.cache_clear()
    registry._adapter.cache_clear()


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_platform_says_what_it_takes(name: str) -> None:
    rules = registry.rules(name)
    assert rules
    assert rules.platform == name
    assert rules.limit > 0


def test_a_platform_that_is_not_there_has_no_rules() -> None:
    assert registry.rules("myspace") is None
    with pytest.raises(KeyError):
        registry.connect(account("m", "myspace"), {})


def test_nothing_heavy_is_loaded_for_rules_and_adapters() -> None:
    """Check, plan and preview need the rules of every platform, and no library."""
    code = (
        "import sys\n"
        "from campaign_bot.platforms import registry, simulated\n"
        "for name in registry.names(): registry.rules(name)\n"
        "from campaign_bot.model import Account, Source\n"
        "for name in registry.names():\n"
        "    registry.connect(Account('a', Source('f'), name, ('en',), registry.rules(name)), {})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("_theirs")
def test_other_peoples_platforms_join_ours_and_replace_none() -> None:
    assert list(registry.names()) == [*registry.BUILT_IN, "theirs"]
    assert registry.rules("theirs") == Theirs.rules
    ours = registry.rules("x")
    assert ours
    assert ours.platform == "x"
    assert isinstance(registry.connect(account("t", "theirs", rules=Theirs.rules), {}), Simulated)


@pytest.mark.usefixtures("_theirs")
@pytest.mark.parametrize(
    ("platform", "secrets", "missing"),
    [
        ("x", {}, ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")),
        ("x", {"API_KEY": "k", "API_SECRET": "", "ACCESS_TOKEN": "t"}, ("API_SECRET", "ACCESS_TOKEN_SECRET")),
        ("mastodon", {"ACCESS_TOKEN": "t"}, ()),
        ("theirs", {"NAME": "n", "PASSWORD": "p"}, ()),
        ("theirs", {"TOKEN": "t"}, ()),
        ("theirs", {}, ("TOKEN",)),
    ],
)
def test_missing_secrets_are_named(platform: str, secrets: dict[str, str], missing: tuple[str, ...]) -> None:
    one = account("a", platform, rules=registry.rules(platform))
    assert registry.missing_secrets(one, secrets) == missing
