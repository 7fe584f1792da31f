"""What a text costs on a platform that charges more for a link: to the tenth of a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from campaign_bot.model import Rendered
from campaign_bot.platforms import registry
from campaign_bot.text import cost, render
from support.campaigns import MASTODON, PART, X, account, campaign, image, post

LINKS = {"letter": {"en": "https://letter.org/en", "es": "https://letter.org/es"}}


def of(en: str, *languages: str, bilingual: str = "separate", **front: object) -> str:
    """What a post costs on an account of X (in English, unless languages are named)."""
    spoken = languages or ("en",)
    there = account("x", "x", spoken, bilingual=bilingual)
    made = post("launch/letter", en=en, es="Lee la carta.", **front)  # type: ignore[arg-type]
    whole = campaign(made, accounts=[there], links=LINKS)
    return str(cost(render(whole, made, there, spoken), X))


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("Read the letter.", "0.015 USD"),
        ("Read the letter: https://letter.org", "0.20 USD"),
        ("Read the letter: letter.org", "0.20 USD"),  # X makes links of bare domains
        ("The file is index.py", "0.20 USD"),  # and of what only looks like one
        ("Write to us@letter.org, or read it at http://localhost", "0.015 USD"),
        ("Read {letter}", "0.20 USD"),
        (f"One.{PART}Two.{PART}Three: {{letter}}", "0.23 USD"),  # each part is a post
    ],
)
def test_a_link_is_what_costs(words: str, price: str) -> None:
    assert of(words) == price


def test_the_posts_own_link_counts() -> None:
    assert of("Read the letter.", link="letter") == "0.20 USD"


def test_two_languages_together_are_one_post() -> None:
    assert of("Read {letter}.", "en", "es", bilingual="together") == "0.20 USD"


def test_each_picture_with_alt_text() -> None:
    described, bare = image("a.png", {"en": "The letter."}), image("b.png", {"en": ""})
    assert of("Read it.", images=(described, described, bare)) == "0.025 USD"


def test_most_platforms_are_free() -> None:
    assert cost(Rendered(("https://letter.org",), 23, 500, ("en",), ""), MASTODON) is None


def test_only_x_charges() -> None:
    prices = {name: rules.prices for name in ("x", "mastodon", "bluesky") if (rules := registry.rules(name))}
    assert {name for name, price in prices.items() if price} == {"x"}
    assert prices["x"]
    assert prices["x"].post_with_link > 10 * prices["x"].post
    assert prices["x"].read_user == Decimal("0.010")
