"""Problems that only the final texts show, each with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from campaign_bot.model import Problem, Severity
from campaign_bot.text import check
from support.campaigns import BLUESKY, MASTODON, account, campaign, hashtags, image, post, queue, text

LINKS = {
    "letter": {"en": "https://example.org/letter", "es": "https://example.org/carta"},
    "map": {"en": "https://example.org/map"},
}


def problems(*contents: Any, **config: Any) -> list[Problem]:
    config.setdefault("links", LINKS)
    return check(campaign(*contents, **config))


def only(*contents: Any, **config: Any) -> Problem:
    found = problems(*contents, **config)
    assert len(found) == 1, found
    return found[0]


def test_a_good_campaign_has_none() -> None:
    item = post("launch/letter", en="Read {letter} {{now}}", es="Lee {letter}", link="letter")
    tags = {"en": hashtags("AsylumReformNOW", "DefendAsylum"), "es": hashtags("ReformaDeAsiloYA")}
    accounts = [account("x-en"), account("m", "mastodon", ("en", "es"), bilingual="together")]
    assert problems(item, accounts=accounts, hashtags=tags) == []


# ---------------------------------------------------------------- length


def test_a_text_that_is_too_long_is_told_once_for_a_platform() -> None:
    accounts = [account("x-a"), account("x-b"), account("m", "mastodon")]
    problem = only(post("launch/letter", en="x" * 285), accounts=accounts)
    assert (problem.file, problem.line, problem.field) == ("posts/launch/letter.md", 10, "en")
    assert (problem.code, problem.severity) == ("text-too-long", Severity.ERROR)
    assert problem.params == {
        "language": "en",
        "platform": "x",
        "accounts": ["x-a", "x-b"],
        "part": 1,
        "parts": 1,
        "length": 285,
        "limit": 280,
        "over": 5,
        "unit": "x-weighted",
    }


def test_tags_that_always_go_with_it_count() -> None:
    problem = only(
        post("launch/a", en="x" * 270),
        accounts=[account("x-en")],
        hashtags={"en": hashtags("AsylumReformNOW", "Room")},
    )
    assert problem.params["over"] == 270 + len("\n\n#AsylumReformNOW") - 280


def test_the_part_of_a_thread_that_is_too_long_has_its_line() -> None:
    item = post("launch/letter", en="One\n\n---\n\n" + "x" * 281 + "\n\n---\n\n" + "y" * 300)
    first, second = problems(item, accounts=[account("x-en")])
    assert (first.line, first.params["part"], first.params["over"]) == (14, 2, 1)
    assert (second.line, second.params["part"], second.params["over"]) == (18, 3, 20)


def test_only_the_version_of_a_platform_is_measured_there() -> None:
    item = post("launch/letter", text("en", "x" * 400), text("en", "Short", "x"))
    assert problems(item, accounts=[account("x-en"), account("m", "mastodon")]) == []


def test_each_variant_is_measured() -> None:
    item = post("demands/a", en=["One", "x" * 281], es="Uno")
    problem = only(queue("demands", item, order="rotation"), accounts=[account("x-en")])
    assert problem.line == 20


def test_together_is_told_apart() -> None:
    to = account("m", "mastodon", ("en", "es"), bilingual="together")
    problem = only(post("launch/letter", en="x" * 300, es="y" * 300), accounts=[to])
    assert (problem.code, problem.params["language"], problem.params["over"]) == (
        "together-too-long",
        "en+es",
        102,
    )


def test_a_content_warning_counts() -> None:
    item = post("launch/letter", en="x" * 495, warning={"en": "Detention"})
    assert only(item, accounts=[account("m", "mastodon")]).params["length"] == 504


def test_bytes() -> None:
    flags = "👨‍👩‍👧‍👦" * 130
    problem = only(post("launch/letter", en=flags), accounts=[account("b", "bluesky")])
    assert (problem.code, problem.params["length"], problem.params["limit"]) == ("too-many-bytes", 3250, 3000)


def test_characters_that_x_refuses() -> None:
    problem = only(post("launch/letter", en="a\ufeffb"), accounts=[account("x-en"), account("b", "bluesky")])
    assert (problem.code, problem.params["character"]) == ("refused-character", "U+FEFF")


# ---------------------------------------------------------------- placeholders


def test_an_unknown_placeholder_with_its_place_and_a_suggestion() -> None:
    problem = only(post("launch/letter", en="Read\n  this {leter}."), accounts=[account("x-en")])
    assert (problem.code, problem.line, problem.column) == ("unknown-placeholder", 11, 8)
    assert problem.params == {"name": "leter", "known": ["letter", "map"], "suggestion": "letter"}


def test_a_placeholder_that_resembles_nothing() -> None:
    problem = only(post("launch/letter", en="{}"), accounts=[account("x-en")])
    assert "suggestion" not in problem.params


def test_it_is_told_once_however_many_accounts_show_it() -> None:
    accounts = [account("x-en"), account("m", "mastodon"), account("b", "bluesky")]
    only(post("launch/letter", en="{nothing}"), accounts=accounts)


@pytest.mark.parametrize("fields", [{"es": "Mapa: {map}"}, {"es": "Mapa", "link": "map"}])
def test_a_link_without_an_address_in_the_language(fields: dict[str, str]) -> None:
    problem = only(post("launch/letter", en="Map", **fields))
    assert (problem.code, problem.params) == ("link-without-url", {"name": "map", "language": "es"})


# ---------------------------------------------------------------- hashtags and mentions


def test_mentions_are_a_warning_at_their_place() -> None:
    problem = only(post("launch/letter", en="Thanks\nto @unidas"), accounts=[account("x-en")])
    assert (problem.code, problem.severity, problem.line, problem.column) == (
        "mention",
        Severity.WARNING,
        11,
        4,
    )
    assert problem.params == {"name": "unidas"}


@pytest.mark.parametrize(
    "words", ["write to press@example.org", "https://mastodon.social/@unidas", "the #1 reason", "&#x27;"]
)
def test_what_is_neither_mention_nor_lost_hashtag(words: str) -> None:
    assert problems(post("launch/letter", en=words), accounts=[account("x-en")]) == []


@pytest.mark.parametrize("words", ["Asilo#ReformaYA", "#One#Two"])
def test_a_hashtag_that_nobody_can_click(words: str) -> None:
    found = problems(post("launch/letter", en=words), accounts=[account("x-en")])
    assert {problem.code for problem in found} == {"dead-hashtag"}
    assert {problem.severity for problem in found} == {Severity.WARNING}


def test_too_many_hashtags() -> None:
    problem = only(
        post("launch/letter", en="#a #b #c https://example.org/#d"),
        accounts=[account("x-en")],
        hashtags={"en": hashtags("e")},
    )
    assert (problem.code, problem.severity) == ("too-many-hashtags", Severity.WARNING)
    assert (problem.params["count"], problem.params["limit"]) == (4, 3)


# ---------------------------------------------------------------- the same text twice


def test_the_same_text_twice_names_both_files_once() -> None:
    accounts = [account("x-en"), account("m", "mastodon")]
    problem = only(post("launch/a", en="Now"), post("thanks/b", en=" Now\n"), accounts=accounts)
    assert (problem.code, problem.severity, problem.file) == (
        "same-text",
        Severity.WARNING,
        "posts/thanks/b.md",
    )
    assert (problem.params["other"], problem.params["other_line"]) == ("posts/launch/a.md", 10)
    assert problem.params["accounts"] == ["x-en", "m"]


def test_the_same_text_on_different_accounts_is_fine() -> None:
    one, other = post("launch/a", en="Now", accounts=("x-a",)), post("launch/b", en="Now", accounts=("x-b",))
    assert problems(one, other, accounts=[account("x-a"), account("x-b")]) == []


def test_only_the_accounts_that_get_both_are_named() -> None:
    one, other = post("launch/a", en="Now", accounts=("x-a",)), post("launch/b", en="Now")
    assert only(one, other, accounts=[account("x-a"), account("x-b")]).params["accounts"] == ["x-a"]


def test_variants_and_languages_that_are_the_same() -> None:
    item = post("demands/a", en=["Now", "Now"], es=["¡Ya!", "Now"])
    found = problems(
        queue("demands", item, order="rotation"), accounts=[account("m", "mastodon", ("en", "es"))]
    )
    assert [(problem.line, problem.params["other_line"]) for problem in found] == [(20, 10), (40, 10)]


# ---------------------------------------------------------------- fields


def test_alt_texts_have_a_limit() -> None:
    item = post("launch/a", en="a", es="b", images=(image("a.png", {"en": "x" * 1200, "es": "y"}),))
    accounts = [account("x-en"), account("x-2"), account("m", "mastodon", ("en", "es"))]
    problem = only(item, accounts=accounts)
    assert (problem.code, problem.field, problem.line) == ("alt-too-long", "images.0.alt.en", 2)
    assert problem.params == {"language": "en", "platform": "x", "length": 1200, "limit": 1000, "over": 200}


def test_alt_texts_together() -> None:
    item = post("launch/a", en="a", es="b", images=(image("a.png", {"en": "x" * 800, "es": "y" * 800}),))
    to = account("m", "mastodon", ("en", "es"), bilingual="together")
    assert only(item, accounts=[to]).params["length"] == 1603


def test_a_post_that_goes_nowhere() -> None:
    item = post("launch/a", en="a", accounts=("x-es",))
    two = [account("x-en"), account("x-es", languages=("es",))]
    problem = only(queue("launch", item, accounts=["x-en"]), accounts=two)
    assert (problem.code, problem.field, problem.params) == ("no-account", "accounts", {"queue": "launch"})


def test_a_wrong_name_of_an_account_is_no_second_mistake() -> None:
    assert problems(queue("launch", post("launch/a", en="a"), accounts=["x_en"])) == []
    assert problems(post("launch/a", en="a", accounts=("x_en",))) == []
    assert problems(post("launch/a", en="a", accounts=())) == []


def test_accounts_with_rules_of_their_own() -> None:
    roomy = account("big", "mastodon", rules=replace(MASTODON, limit=1000))
    assert problems(post("launch/a", en="x" * 700), accounts=[roomy]) == []
    assert only(post("launch/a", en="x" * 700), accounts=[roomy, account("m", "mastodon")]).params[
        "accounts"
    ] == ["m"]


def test_all_of_them_are_told() -> None:
    item = post("launch/a", en="@unidas {nothing} " + "x" * 300)
    found = problems(item, post("launch/b", en="{no}"), accounts=[account("b", "bluesky", rules=BLUESKY)])
    assert [problem.code for problem in found] == [
        "unknown-placeholder",
        "mention",
        "text-too-long",
        "unknown-placeholder",
    ]


def test_of_many_mistakes_in_a_text_the_first_are_told() -> None:
    found = problems(post("launch/a", en="{a} #b#c " * 1000), accounts=[account("m", "mastodon")])
    codes = [problem.code for problem in found]
    assert {code: codes.count(code) for code in codes} == {
        "unknown-placeholder": 20,
        "dead-hashtag": 20,
        "text-too-long": 1,
    }
