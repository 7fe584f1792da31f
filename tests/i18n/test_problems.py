"""Every Problem that the sources can make has words, and they mention only what it knows."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import campaign_bot
from campaign_bot import i18n
from campaign_bot.i18n.problems import PROBLEMS, words
from campaign_bot.i18n.sentences import SENTENCES
from campaign_bot.model import Problem, Severity

SOURCES = Path(campaign_bot.__file__).parent
ROOMS = [SOURCES / room for room in ("files", "text", "planner", "app", "ledger", "engines", "cli")]


def python_files() -> Iterator[Path]:
    yield from (SOURCES / name for name in ("settings.py", "servers.py", "sources.py", "private.py"))
    for room in ROOMS:
        yield from room.rglob("*.py")


def calls(*names: str) -> Iterator[ast.Call]:
    """Calls of functions or methods with these names."""
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Call) and name_of(node.func) in names:
                yield node


def name_of(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def codes(*names: str) -> set[str]:
    """The literals with hyphens that stand in such calls: what looks like a code is one."""
    return {
        argument.value
        for call in calls(*names)
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "-" in argument.value
    }


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def literals() -> set[str]:
    """Every string in the rooms."""
    return {
        node.value
        for file in python_files()
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_word_in_the_table_is_for_a_problem_that_exists() -> None:
    assert sorted(PROBLEMS.keys() - literals()) == []


def test_every_sentence_is_for_something_that_happens() -> None:
    made = {f"unknown-{scope}" for scope in ("account", "queue", "post", "language")}
    assert sorted(SENTENCES.keys() - literals() - made) == []


def test_every_problem_has_words() -> None:
    """That they mention only what it knows is tested wherever a Problem is made (tests/conftest.py)."""
    found = codes("problem", "warning", "Problem", "PictureError")
    assert found, "the scan finds nothing"
    assert sorted(found - PROBLEMS.keys()) == []


def test_every_sentence_mentions_only_what_its_error_knows() -> None:
    unable = [call for call in calls("Unable") if isinstance(call.args[0], ast.Constant)]
    assert unable, "the scan finds nothing"
    for call in unable:
        assert isinstance(call.args[0], ast.Constant)
        known = {word.arg for word in call.keywords}
        assert placeholders(SENTENCES[str(call.args[0].value)]) <= known


def problem(code: str, **params: object) -> Problem:
    return Problem("posts/launch/letter.md", 3, 1, "link", code, Severity.ERROR, params)


def test_what_was_probably_meant_comes_before_the_hint() -> None:
    _message, hint = words(problem("unknown-link", link="leter", suggestion="letter"))
    assert hint.startswith("Did you mean “letter”? Use a name from links")


def test_without_a_likely_meaning_there_is_only_the_hint() -> None:
    assert words(problem("unknown-link", link="x"))[1].startswith("Use a name from links")


def test_languages_are_named_in_the_readers_language() -> None:
    swapped = problem("other-language", language="en", other="es")
    with i18n.using("es"):
        assert words(swapped)[0] == "Este texto está en la sección de inglés, pero parece español."


def test_a_file_named_like_a_list_of_languages_is_a_file() -> None:
    assert "posts/a+b.md" in words(problem("duplicate-id", id="letter", other="posts/a+b.md"))[0]
