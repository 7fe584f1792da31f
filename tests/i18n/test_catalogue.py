"""Every message of the sources has its Spanish words, with the same placeholders, and is compiled."""

import ast
import gettext
import io
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import campaign_bot
from campaign_bot.i18n import DOMAIN, LANGUAGES, LOCALE

SOURCES = Path(campaign_bot.__file__).parent
CLICK = Path(click.__file__).parent
METHODS = [("**.py", "python"), ("**/pages/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!\{)\{\w+(?:![rs])?\}(?!\})|%%|\{\{|\}\}")
Words = str | tuple[str, ...]


def extracted() -> set[Words]:
    """Every message that the sources (and click, whose errors we show) may look up."""
    found = [
        message
        for folder in (SOURCES, CLICK)
        for _file, _line, message, _comments, _context in extract_from_dir(folder, METHODS)
    ]
    return {message if isinstance(message, str) else tuple(message) for message in found}


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(words: Words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def others() -> list[str]:
    return [language for language in LANGUAGES if language != "en"]


PLURAL_OR_FAMILIAR = re.compile(
    r"\b(?:vean|digan|miren|revisen|escriban|hagan|(?:re)?inicien|esperen|ustedes|\w+nl[oae]s?"
    r"|haz|pon|di|quieres|puedes|tienes|tus?)\b",
    re.IGNORECASE,
)


def test_the_program_says_usted_to_one_person() -> None:
    said = [form for message in messages("es") for form in forms(message.string)]
    assert [form for form in said if PLURAL_OR_FAMILIAR.search(form)] == []


@pytest.mark.parametrize("language", others())
def test_has_just_the_messages_of_the_sources(language: str) -> None:
    """`make catalogs` brings them in line."""
    known = {m.id if isinstance(m.id, str) else tuple(m.id) for m in messages(language)}
    assert known == extracted()


@pytest.mark.parametrize("language", others())
def test_every_message_has_its_words(language: str) -> None:
    assert [m.id for m in messages(language) if m.fuzzy or not all(forms(m.string))] == []


@pytest.mark.parametrize("language", others())
def test_the_words_keep_the_placeholders(language: str) -> None:
    def placeholders(words: Words) -> set[str]:
        return {found for form in forms(words) for found in PLACEHOLDER.findall(form)}

    assert [m.id for m in messages(language) if placeholders(m.id) != placeholders(m.string)] == []


@pytest.mark.parametrize("language", others())
def test_is_compiled(language: str) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, catalogue(language))
    fresh.seek(0)
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        assert words_of(gettext.GNUTranslations(file)) == words_of(gettext.GNUTranslations(fresh))


def words_of(translations: gettext.GNUTranslations) -> dict[object, str]:
    words: dict[object, str] = translations._catalog  # type: ignore[attr-defined]
    return {message: found for message, found in words.items() if message}


def test_no_message_hides_in_an_f_string() -> None:
    """Babel does not see a `_()` in there on every Python."""
    assert [f"{file}:{line}" for file in SOURCES.rglob("*.py") for line in hidden(file)] == []


def hidden(file: Path) -> Iterator[int]:
    for string in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(string, ast.JoinedStr):
            yield from (node.lineno for node in ast.walk(string) if looks_up_a_literal(node))


def looks_up_a_literal(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "ngettext", "N_"}
        and isinstance(node.args[0], ast.Constant)
    )
