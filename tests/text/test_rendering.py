"""The final text: placeholders, the post's link, tags, two languages, pictures and warnings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.model import Account, Campaign, Post, Rendered, Rules, Unit
from campaign_bot.text import fingerprint, length, normalise, render, tongues
from support.campaigns import (
    BLUESKY,
    MASTODON,
    PART,
    RULES,
    X,
    account,
    campaign,
    hashtags,
    image,
    post,
    text,
)

LINKS = {
    "letter": {"en": "https://example.org/letter", "es": "https://example.org/carta"},
    "only-english": {"en": "https://example.org/english"},
}
TAGS = {
    "en": hashtags("AsylumReformNOW", "WelcomeWithDignity DefendAsylum"),
    "es": hashtags("ReformaDeAsiloYA", "BienvenidosConDignidad DefenderAsilo"),
}
BOTH = account("fediverse", "mastodon", ("en", "es"), bilingual="together")


def shown(
    item: Post, to: Account | None = None, *languages: str, variant: int = 0, **config: Any
) -> Rendered:
    to = to or account("x-en")
    config.setdefault("links", LINKS)
    return render(campaign(item, accounts=[to], **config), item, to, languages or tongues(to)[0], variant)


# ---------------------------------------------------------------- placeholders and the link


@pytest.mark.parametrize(
    ("words", "final"),
    [
        ("Read {letter} now", "Read https://example.org/letter now"),
        ("{ letter }", "https://example.org/letter"),
        ("{{letter}}", "{letter}"),
        ("{{{letter}}}", "{https://example.org/letter}"),
        ("{{letter}", "{letter}"),
        ("a { b } c", "a { b } c"),
        ("{", "{"),
        ("}} {{", "}} {"),
        ("{{a {{b}} c}}", "{a {b} c}"),
        ("{nothing} {}", "{nothing} {}"),
        ("{letter\n}", "{letter\n}"),
    ],
)
def test_placeholders(words: str, final: str) -> None:
    assert shown(post("launch/letter", en=words)).parts == (final,)


def test_each_language_has_its_own_address() -> None:
    item = post("launch/letter", en="{letter}", es="{letter} {only-english}")
    assert shown(item, BOTH, "es").parts == ("https://example.org/carta {only-english}",)


def test_the_posts_link_stands_on_a_last_line() -> None:
    item = post("launch/letter", en="Read it.", link="letter")
    assert shown(item).parts == ("Read it.\nhttps://example.org/letter",)


def test_of_a_thread_the_link_stands_on_the_last_part() -> None:
    item = post("launch/letter", en="One\n\n---\n\nTwo", link="letter")
    assert shown(item).parts == ("One", "Two\nhttps://example.org/letter")


def test_the_link_is_not_added_where_the_text_places_it() -> None:
    item = post("launch/letter", en="{letter} is out\n\n---\n\nTwo", link="letter")
    assert shown(item).parts == ("https://example.org/letter is out", "Two")


def test_braces_do_not_place_the_link() -> None:
    item = post("launch/letter", en="{{letter}}", link="letter")
    assert shown(item).parts == ("{letter}\nhttps://example.org/letter",)


# ---------------------------------------------------------------- tags


def test_tags_stand_after_a_blank_line_on_the_first_part() -> None:
    item = post("launch/letter", en="One\n\n---\n\nTwo")
    tagged = "One\n\n#AsylumReformNOW #WelcomeWithDignity #DefendAsylum"
    assert shown(item, hashtags=TAGS).parts == (tagged, "Two")


def test_a_tag_that_the_thread_has_anywhere_is_not_added() -> None:
    item = post("launch/letter", en="One\n\n---\n\n#asylumreformnow and #DefendAsylum.")
    assert shown(item, hashtags=TAGS).parts[0] == "One\n\n#WelcomeWithDignity"


def test_a_longer_tag_or_a_fragment_is_not_the_tag() -> None:
    item = post("launch/letter", en="#DefendAsylumSeekers https://example.org/#DefendAsylum")
    tags = {"en": hashtags("DefendAsylum")}
    assert shown(item, hashtags=tags).parts[0].endswith("\n\n#DefendAsylum")


def test_room_tags_come_in_order_until_one_does_not_fit() -> None:
    tags = {"en": hashtags("Now", "One ALongerTag Two")}
    item = post("launch/letter", en="x" * (280 - len("\n\n#Now #One #Two")))
    final = shown(item, hashtags=tags)
    assert final.parts[0].endswith("x\n\n#Now #One")
    assert final.length == 280 - len(" #Two")


def test_always_tags_stay_where_they_do_not_fit() -> None:
    final = shown(post("launch/letter", en="x" * 279), hashtags=TAGS)
    assert final.parts[0].endswith("x\n\n#AsylumReformNOW")
    assert final.length == 279 + 18 > final.limit


def test_room_is_measured_in_bytes_too() -> None:
    narrow = Rules("bluesky", Unit.GRAPHEMES, 300, byte_limit=10)
    tags = {"en": hashtags("", "One")}
    to = account("b", "bluesky", rules=narrow)
    assert shown(post("launch/a", en="eñe"), to, hashtags=tags).parts == ("eñe\n\n#One",)
    assert shown(post("launch/a", en="eñes"), to, hashtags=tags).parts == ("eñes",)


# ---------------------------------------------------------------- versions, variants, languages


def test_a_platforms_own_version_wins() -> None:
    item = post("launch/letter", text("en", "For all"), text("en", "Short", "x", "bluesky"))
    assert shown(item).parts == ("Short",)
    assert shown(item, account("m", "mastodon")).parts == ("For all",)


def test_variants_are_shown_in_turn() -> None:
    item = post("demands/custody", en=["One", "Two"], es=["Uno", "Dos"])
    assert [shown(item, BOTH, "es", variant=turn).parts[0] for turn in range(3)] == ["Uno", "Dos", "Uno"]


def test_together_joins_the_languages_and_then_the_tags() -> None:
    item = post("launch/letter", en="Hello", es="Hola", link="letter")
    final = shown(item, BOTH, hashtags=TAGS)
    assert final.parts == (
        "Hello\nhttps://example.org/letter\n\nHola\nhttps://example.org/carta\n\n"
        "#AsylumReformNOW #ReformaDeAsiloYA #WelcomeWithDignity #DefendAsylum "
        "#BienvenidosConDignidad #DefenderAsilo",
    )
    assert final.languages == ("en", "es")


def test_together_joins_threads_part_by_part_and_the_longer_goes_on_alone() -> None:
    item = post("launch/letter", en="One\n\n---\n\nTwo\n\n---\n\nThree", es="Uno\n\n---\n\nDos")
    assert shown(item, BOTH).parts == ("One\n\nUno", "Two\n\nDos", "Three")


def test_together_takes_pictures_and_warnings_of_both() -> None:
    item = post(
        "launch/letter",
        en="Hello",
        es="Hola",
        images=(
            image({"en": "en.png", "es": "es.png"}, {"en": "The letter", "es": "La carta"}),
            image({"es": "b.png"}, {"es": "La frontera"}),
        ),
        warning={"en": "Detention", "es": "Detención"},
    )
    final = shown(item, BOTH)
    assert [(picture.file, picture.alt) for picture in final.images] == [
        ("en.png", "The letter / La carta"),
        ("b.png", "La frontera"),
    ]
    assert final.warning == "Detention / Detención"
    assert final.length == len("Hello\n\nHola") + len("Detention / Detención")


def test_a_warning_only_where_the_platform_has_one() -> None:
    item = post("launch/letter", en="Hello", warning={"en": "Detention"})
    assert shown(item).warning is None
    assert shown(item).length == 5
    assert shown(item, account("m", "mastodon")).warning == "Detention"


def test_a_warning_counts_with_the_first_part_only() -> None:
    item = post("launch/letter", en="One\n\n---\n\n" + "x" * 20, warning={"en": "Detention"})
    assert shown(item, account("m", "mastodon")).length == 20
    assert (
        shown(post("launch/a", en="x" * 15, warning={"en": "Detention"}), account("m", "mastodon")).length
        == 24
    )


def test_tongues() -> None:
    assert tongues(account("x-en")) == (("en",),)
    assert tongues(account("m", "mastodon", ("en", "es"))) == (("en",), ("es",))
    assert tongues(account("m", "mastodon", ("en", "es"), bilingual="thread")) == (("en",), ("es",))
    assert tongues(BOTH) == (("en", "es"),)


# ---------------------------------------------------------------- what always holds

WORDS = st.text(st.sampled_from("abc {}#\né@"), max_size=30)
MARKS = {"en": "E", "es": "S"}  # stands in everything of its language, and nowhere else


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """Posts in which each part, picture, alt text and warning bears the mark of its language."""
    sections = []
    for language in draw(st.lists(st.sampled_from(["en", "es"]), max_size=4)):
        platforms = draw(st.sampled_from([(), ("x",), ("mastodon", "bluesky")]))
        parts = [f"{MARKS[language]}{words}" for words in draw(st.lists(WORDS, min_size=1, max_size=3))]
        sections.append(text(language, PART.join(parts), *platforms))
    return post(
        "launch/letter",
        *sections,
        link=draw(st.sampled_from([None, "letter", "unknown", "only-english"])),
        images=(image({"en": "Een.png", "es": "Ses.png"}, {"en": "E alt", "es": "S alt"}),),
        warning=draw(st.sampled_from([{}, {"en": "E warning", "es": "S warning"}])),
    )


def config(*accounts: Account) -> Campaign:
    links = {
        "letter": {"en": "https://E.example.org", "es": "https://S.example.org"},
        "only-english": {"en": "E"},
    }
    tags = {"en": hashtags("Ea Eb", "Ec"), "es": hashtags("Sa", "Sb Sc")}
    return campaign(accounts=accounts, links=links, hashtags=tags)


@given(
    posts(), st.sampled_from(["x", "mastodon", "bluesky"]), st.sampled_from(["en", "es"]), st.integers(0, 5)
)
def test_one_language_never_gets_anything_of_the_other(
    item: Post, platform: str, tongue: str, turn: int
) -> None:
    to = account("one", platform, (tongue,))
    final = render(config(to), item, to, (tongue,), turn)
    pictures = [f"{picture.file} {picture.alt}" for picture in final.images]
    everything = " ".join([*final.parts, *pictures, final.warning or ""])
    assert MARKS["es" if tongue == "en" else "en"] not in everything


@given(
    posts(),
    st.sampled_from([X, MASTODON, BLUESKY]),
    st.sampled_from(["separate", "together"]),
    st.integers(0, 5),
)
def test_length_is_that_of_the_longest_part(item: Post, rules: Rules, bilingual: str, turn: int) -> None:
    to = account("one", rules.platform, ("en", "es"), bilingual=bilingual)
    for languages in tongues(to):
        final = render(config(to), item, to, languages, turn)
        lengths = [length(part, rules.unit) for part in final.parts] or [0]
        lengths[0] += length(final.warning or "", Unit.GRAPHEMES)
        assert final.length == max(lengths)
        assert final.fingerprint == fingerprint(final.parts)


@pytest.mark.parametrize("platform", RULES)
def test_a_post_without_texts_shows_nothing(platform: str) -> None:
    item = post("launch/letter", text("es", ""), link="letter")
    assert shown(item, account("one", platform)).parts == ()
    assert shown(item, BOTH, "es", hashtags=TAGS).parts[0].startswith("https://example.org/carta\n\n#")


# ---------------------------------------------------------------- the same words


def test_fingerprints() -> None:
    assert fingerprint(["An\u0303o  nuevo\n"]) == fingerprint(["A\u00f1o nuevo"])
    assert fingerprint(["a", "b"]) != fingerprint(["a b"])
    assert fingerprint(["a"]) != fingerprint(["A"])
    assert len(fingerprint([])) == 16
    assert normalise(" a\u00a0\n b ") == "a b"
