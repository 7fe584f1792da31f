"""Our counting and finding against twitter-text's own conformance data, case by case.

Left out of validate.yml is only what has no part in a post's length: user names, lists, and ``urls``, the
cases of a strict validator (user info, bare IP addresses) that X does not count with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from campaign_bot.model import Unit
from campaign_bot.text import EntityKind, entities, invalid_characters, length
from campaign_bot.text.urls import find

SPECS = Path(__file__).parents[2] / "../shared/specs/twitter-text"

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="twitter-text's conformance data (shared/specs) is not here"
)

Case = dict[str, Any]

# Configuration v2 did not look for emoji: it counts each character of a sequence. X counts with v3, and the
# same two texts stand among the v3 cases, with these lengths.
V2 = {
    "Count a mix of single byte single word, and double word unicode characters": 7,
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers": 4,
}
# Configuration v1 ended at 140.
V1 = {"Invalid Tweet: 141 characters", "Invalid Tweet: 141 characters (due to newline)"}

# We take @name@server for the mention that it is on Mastodon, and no "RT" for a part of a mention.
OTHER_MENTIONS = {
    "Extract lone metion but not @user@user (too close to an email)": ["username", "test@example.com"],
    "Extract mentions after 'RT'": ["mention", "test"],
    "Extract mentions after 'rt'": ["mention", "test"],
    "Extract mentions after 'Rt'": ["mention", "test"],
    "Extract mentions after 'rT'": ["mention", "test"],
}


def cases(file: str, *groups: str) -> list[Any]:
    if not SPECS.is_dir():
        return []
    tests = yaml.safe_load((SPECS / file).read_text(encoding="utf-8"))["tests"]
    return [pytest.param(case, id=case["description"]) for group in groups for case in tests[group]]


def valid(text: str) -> bool:
    return 1 <= length(text, Unit.X_WEIGHTED) <= 280 and not invalid_characters(text, Unit.X_WEIGHTED)


@pytest.mark.parametrize("case", cases("validate.yml", "WeightedTweetsCounterTest"))
def test_weighted_length(case: Case) -> None:
    expected = case["expected"]["weightedLength"]
    assert length(case["text"], Unit.X_WEIGHTED) == V2.get(case["description"], expected)
    assert valid(case["text"]) == case["expected"]["valid"]


@pytest.mark.parametrize(
    "case",
    cases(
        "validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"
    ),
)
def test_weighted_length_with_emoji(case: Case) -> None:
    assert length(case["text"], Unit.X_WEIGHTED) == case["expected"]["weightedLength"]
    assert valid(case["text"]) == case["expected"]["valid"]


def test_the_cases_of_configuration_v2_are_counted_as_v3_says() -> None:
    both = [case.values[0] for case in cases("validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest")]
    v3 = {case["description"]: case["expected"]["weightedLength"] for case in both}
    assert {name: v3[name] for name in V2} == V2


@pytest.mark.parametrize("case", cases("validate.yml", "tweets"))
def test_validity(case: Case) -> None:
    assert valid(case["text"]) == (case["expected"] or case["description"] in V1)


@pytest.mark.parametrize("case", cases("extract.yml", "urls", "tco_urls_with_params"))
def test_urls(case: Case) -> None:
    found = [case["text"][url.start : url.end] for url in find(case["text"])]
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases("extract.yml", "urls_with_indices", "urls_with_directional_markers"))
def test_urls_with_their_places(case: Case) -> None:
    text = case["text"]
    found = [{"url": text[url.start : url.end], "indices": [url.start, url.end]} for url in find(text)]
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases("validate.yml", "urls_without_protocol"))
def test_urls_without_protocol(case: Case) -> None:
    assert [url.bare for url in find(case["text"])] == [True]
    assert length(case["text"], Unit.X_WEIGHTED) == 23


@pytest.mark.parametrize("group", ["country", "generic"])
def test_top_level_domains(group: str) -> None:
    for case in cases("tlds.yml", group):
        text = case.values[0]["text"]
        assert [text[url.start : url.end] for url in find(text)] == case.values[0]["expected"]


@pytest.mark.parametrize("case", cases("extract.yml", "hashtags", "hashtags_from_astral"))
def test_hashtags(case: Case) -> None:
    assert values(case["text"], EntityKind.HASHTAG) == case["expected"]


@pytest.mark.parametrize("case", cases("validate.yml", "hashtags"))
def test_valid_hashtags(case: Case) -> None:
    assert (values(case["text"], EntityKind.HASHTAG) == [case["text"][1:]]) == case["expected"]


@pytest.mark.parametrize("case", cases("extract.yml", "hashtags_with_indices"))
def test_hashtags_with_their_places(case: Case) -> None:
    found = [{"hashtag": e.value, "indices": [e.start, e.end]} for e in entities(case["text"])]
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases("extract.yml", "mentions"))
def test_mentions(case: Case) -> None:
    expected = OTHER_MENTIONS.get(case["description"], case["expected"])
    assert values(case["text"], EntityKind.MENTION) == expected


def values(text: str, kind: EntityKind) -> list[str]:
    return [entity.value for entity in entities(text) if entity.kind is kind]
