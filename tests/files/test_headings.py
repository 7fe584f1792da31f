"""A text never reaches the other language's account: a line is a heading, a text, or an error at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_bot.files.headings import Reader
from campaign_bot.files.languages import headings
from campaign_bot.files.sections import read_texts, split_front
from campaign_bot.model import Problem
from support.campaigns import RULES
from support.files import POST, load, told, write
from support.photos import huge_png

READER = Reader(headings(("en", "es")), frozenset(RULES))
NBSP, ZWSP, BOM, SHY = "\u00a0", "\u200b", "\ufeff", "\u00ad"


def read(line: str) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """What each language says, and the Problems, when this line stands below a complete Spanish text."""
    body = f"---\nat: 2026-12-01 09:00\n---\n## Español\nLa carta.\n\n{line}\nThe letter.\n"
    problems: list[Problem] = []
    sheet = split_front(body, "p.md", problems)
    assert sheet
    texts = read_texts(sheet, "p.md", READER, problems)
    said: dict[str, list[str]] = {}
    for text in texts:
        said.setdefault(text.language, []).extend(text.parts)
    return said, [(problem.line, problem.code) for problem in problems]


@pytest.mark.parametrize(
    "line",
    [
        "##English",
        f"##{NBSP}English",
        f"##{ZWSP}English",
        "##\tEnglish",
        "##   English",
        f"## {ZWSP}English{ZWSP}",
        "##\u2003English",
        " ## English",
        "   ## English",
        "     ## English",
        f"{NBSP}## English",
        f"{BOM}## English",
        f"{ZWSP}##English: x",
        "##English: x",
        f"##{NBSP}English:{NBSP}x",
        "##en",
        "##inglés:",
        "## English ##",
        f"## Eng{SHY}lish",
    ],
)
def test_white_space_or_none_makes_no_difference(line: str) -> None:
    assert read(line) == ({"es": ["La carta."], "en": ["The letter."]}, [])


@pytest.mark.parametrize(
    "line",
    [
        "# English",
        "#English",
        "### English",
        "###### English: x",
        "＃＃ English",
        "**English**",
        "__English__",
        "*English*",
        "**English:**",
        "**English:** The letter, the whole of it, is here for everybody who wants to read it through.",
        "English:",
        "English: x",
        "English",
        "ENGLISH",
        "𝐄𝐧𝐠𝐥𝐢𝐬𝐡",
        "English\n=======",
        "English\n-------",
        "== English ==",
        "[English]",
        "— English —",
        "> ## English",
        "- ## English",
        "\\## English",
        "##&nbsp;English",
        "<h2>English</h2>",
        '<h2 class="wp-block-heading" style="text-align: center; font-weight: 700">English</h2>',
        "English (X)",
        "English version:",
        "In English:",
        "In English",
        "English version",
        "Versión en inglés",
        "Traducción al inglés",
        "**In English**",
        "🇺🇸 English",
        "EN:",
        "[EN]",
        "**EN**",
        "en-US:",
        "ENG:",
        "# Englsh",
        "##Englsh",
        "# English, for those who read it",
        "##English speakers",
        "Gracias.\u2028## English",
        "Inglés:",
        "1. English",
        "1\ufe0f\u20e3 English",
        "EN/",
        "English / Inglés",
        "E N G L I S H",
        "Englsh:",
        "English (US)",
        "English for X",
        "lang: en",
        "Now in English:",
        "Lo mismo en inglés:",
        "Traducción al inglés:",
        "Gracias. ## English",
        "Gracias. ##English: x",
        "La carta. ## Inglés The letter.",
        "🇬🇧 EN",
        "Hilo en inglés",
        "Mensaje en inglés:",
        "Twitter: English",
        "English (for X and Bluesky)",
        "### Engl?sh",
        "### InglÃ©s",
        "**InglÃ©s**",
        "Ingl\ufffds:",
        "<details><summary>English</summary>",
    ],
)
def test_what_is_nearly_a_heading_is_an_error_at_its_line(line: str) -> None:
    assert read(line)[1][:1] == [(7, "near-heading")]


@pytest.mark.parametrize("line", ["## Englsh", "## English (X)", "## **English**", " ## Français", "## fr"])
def test_a_heading_of_no_language_is_an_error(line: str) -> None:
    said, problems = read(line)
    assert problems == [(7, "unknown-heading")]
    assert said == {"es": ["La carta."]}


@pytest.mark.parametrize(
    "line",
    [
        "La carta también está en inglés.",
        "Inglés y español: las dos lenguas cuentan.",
        "(English below)",
        "English: https://letter.test/en",
        "• Español: https://letter.test/es",
        "#Español es mi idioma",
        "#English #Learning",
        "#AsylumReformNOW",
        "##AsylumReformNOW",
        "Es la hora.",
        "En español",
        "¡No!",
        "No.",
        "**Lean la carta en español**",
        "Clases de inglés: lunes y jueves",
        "Spanish 101 on Monday",
        "English: 619-555-0100",
        "Texto en inglés: 619 555 0100",
        "---",
        "-----",
        "https://letter.test/es",
        "{letter}",
        "Españoles y mexicanos",
        "Españoles:",
        "En la X:",
        "Ángeles:",
        "y/o",
        "¿Es?",
        "Vean #Asilo ##AsiloYa",
        "**Escuchen:** la carta es de todos.",
        "",
    ],
)
def test_words_of_a_sentence_are_no_heading(line: str) -> None:
    assert read(line)[1] == []


def test_what_was_meant_as_the_first_heading_is_told_once() -> None:
    problems: list[Problem] = []
    sheet = split_front("---\nat: x\n---\n\n# English\nThe letter.\n", "p.md", problems)
    assert sheet
    assert read_texts(sheet, "p.md", READER, problems) == []
    assert [(problem.line, problem.code) for problem in problems] == [(5, "near-heading")]


def test_a_language_that_is_only_nearly_there_is_told_once(tmp_path: Path) -> None:
    post = "---\nat: 2026-12-01 09:00\n---\n## English\nThe letter.\n### Español\nLa carta.\n"
    assert told(load(write(tmp_path, {POST: post}))) == [f"{POST}:6:1 es near-heading"]


@pytest.mark.parametrize("line", ["No.", "¡No!", "So:", "Is it?"])
def test_codes_that_are_words_are_no_headings_of_other_languages(line: str) -> None:
    assert read(line)[1] == []


def test_other_languages_have_headings_too() -> None:
    reader = Reader(headings(("en", "ht", "pt-BR")), frozenset(RULES))
    assert reader.lookalike("**Haitian Creole**") == "ht"
    assert reader.lookalike("# PT-BR") == "pt-BR"
    assert [heading.words for heading in reader.headings("##pt-BR\n##ht: x\n##Tag\n")] == ["pt-BR", "ht: x"]


@pytest.mark.parametrize(
    ("languages", "line", "language"),
    [
        (("es",), "### English", "en"),
        (("es",), "##English", "en"),
        (("es",), "Inglés:", "en"),
        (("en", "es", "ht"), "### Kreyòl", "ht"),
        (("en", "es", "ht"), "Haitian:", "ht"),
        (("en", "es-MX"), "Español:", "es-MX"),
        (("en", "es-MX"), "**Spanish**", "es-MX"),
        (("en", "pt-BR"), "**Português (Brasil)**", "pt-BR"),
        (("en", "pt-BR"), "##portugues", "pt-BR"),
    ],
)
def test_a_short_name_and_our_two_languages_are_known_in_any_campaign(
    languages: tuple[str, ...], line: str, language: str
) -> None:
    assert Reader(headings(languages), frozenset(RULES)).lookalike(line) == language


BEFORE = st.text(st.sampled_from(f" \t{NBSP}{ZWSP}{BOM}#*_=~>-[(<|\\–—•"), max_size=5)
AFTER = st.text(st.sampled_from(f" \t{NBSP}{ZWSP}#*_=~<-])>|:–—"), max_size=5)
NAMES = st.sampled_from(["English", "ENGLISH", "inglés", "Inglés", "ingle\u0301s"])


@settings(max_examples=300, deadline=None)
@given(BEFORE, NAMES, AFTER)
def test_any_decoration_is_a_heading_or_an_error(before: str, name: str, after: str) -> None:
    said, problems = read(f"{before}{name}{after}")
    assert problems or said == {"es": ["La carta."], "en": ["The letter."]}


COME = "Come to the march on Saturday, and bring all of your friends with you."
VENGAN = "Vengan a la marcha del sábado, y traigan a todas las personas que puedan."


@pytest.mark.parametrize(
    ("english", "spanish", "line"),
    [
        (COME, f"{VENGAN}\n\n🇺🇸\n\nCome to the march.", 11),
        (COME, f"{VENGAN}\n\n🇺🇸 Come to the march.", 9),
        (COME, f"{VENGAN}\n\nEN: Come to the march.", 9),
        (COME, f"{VENGAN}\n\n[EN] Come to the march.", 9),
        (COME, f"{VENGAN}\n\nEnglish: Come to the march.", 9),
        (COME, f"{VENGAN}\n\n{COME}", 9),
        (COME, f"{VENGAN}\n\n---\n\n{VENGAN}\n\n{COME}", 13),
        (f"{COME}\n\nES: Vengan a la marcha.", VENGAN, 7),
        (f"{COME}\n\nes: Vengan a la marcha.", VENGAN, 7),
        (COME, f"{VENGAN}\n\nen: The march is on.", 9),
        (f"{COME}\n\n{VENGAN}", VENGAN, 7),
    ],
)
def test_a_paragraph_in_the_other_language_is_a_warning_at_its_line(
    tmp_path: Path, english: str, spanish: str, line: int
) -> None:
    front = "---\nat: 2026-12-01 09:00\n---\n"
    loaded = load(write(tmp_path, {POST: f"{front}## English\n{english}\n## Español\n{spanish}\n"}))
    assert [(one.line, one.code, one.severity) for one in loaded.problems] == [
        (line, "other-paragraph", "warning")
    ]


@pytest.mark.parametrize(
    "words",
    [
        "English: https://letter.test/en",
        "Inglés y español: las dos lenguas cuentan.",
        "🇺🇸🇲🇽 La frontera es de todos.",
        "Lean «The right to ask for asylum is the law of the land».",
        "> The right to ask for asylum is the law of the land.",
        "Vean The Border, en el cine.",
        "EN VIVO: la marcha.",
    ],
)
def test_a_label_a_flag_or_a_quotation_is_no_other_language(tmp_path: Path, words: str) -> None:
    front = "---\nat: 2026-12-01 09:00\n---\n"
    loaded = load(write(tmp_path, {POST: f"{front}## English\n{COME}\n## Español\n{VENGAN}\n\n{words}\n"}))
    assert told(loaded) == []


def test_an_alt_text_in_the_other_language_is_a_warning_at_its_line(tmp_path: Path) -> None:
    alts = f"alt:\n      en: {VENGAN}\n      es: {COME}"
    front = f"at: 2026-12-01 09:00\nimages:\n  - file: media/a.png\n    {alts}"
    texts = f"## English\n{COME}\n## Español\n{VENGAN}\n"
    loaded = load(write(tmp_path, {POST: f"---\n{front}\n---\n{texts}", "posts/media/a.png": huge_png(8, 8)}))
    assert [(one.line, one.code, one.severity) for one in loaded.problems] == [
        (6, "other-language", "warning"),
        (7, "other-language", "warning"),
    ]
