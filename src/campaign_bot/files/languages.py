"""Languages: their codes, the names that staff write in headings, and a careful guess from the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from campaign_bot.files.words import fold
from campaign_bot.i18n.problems import HEADINGS

# The campaign's own two need no library. Folded: no case, no accents.
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {"en": ("english",), "es": ("ingles",)},
    "es": {"en": ("spanish",), "es": ("espanol", "castellano")},
}
_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def known(code: str) -> bool:
    """Whether ``code`` is that of a language (BCP 47: ``es``, ``pt-BR``)."""
    return code in _NAMES or (bool(_CODE.fullmatch(code)) and bool(_display_name(code, "en")))


def headings(languages: Sequence[str]) -> dict[str, str]:
    """Folded heading → language: its code, and its name in any of the campaign's languages."""
    found: dict[str, str] = {}
    for code in languages:
        found[fold(code)] = code
        for reader in dict.fromkeys((*languages, code, "en", "es")):
            found.update((name, code) for name in _names(code, reader))
    return found


def heading(code: str) -> str:
    """How a section of this language is best headed: its own name for itself."""
    return HEADINGS.get(code) or _display_name(code, code).capitalize() or code


def _names(code: str, reader: str) -> Iterable[str]:
    built_in = _NAMES.get(code, {}).get(reader)
    if built_in is not None:
        return built_in
    name = _display_name(code, reader)
    return (fold(name),) if name else ()


@lru_cache(maxsize=256)
def _display_name(code: str, reader: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name(Locale.parse(reader, sep="-")) or ""
    except (UnknownLocaleError, ValueError):
        return ""


# ---------------------------------------------------------------- a guess

# Words that one of the two languages has in nearly every sentence, and the other never has.
_ENGLISH = """
    the and of to is are was were that which with for this these from they we our you your their it be
    been have will would who what when must should at by on or not in into can all more people
"""
_SPANISH = """
    el la los las de del que y en un una unos unas por con para se su sus al lo como más pero esta este
    estas estos nuestro nuestra nuestros nuestras quienes quien hay ya nos han también todas todos todo
    toda sin sobre debe deben ser sea cuando donde porque personas
"""
_COMMON = {"en": frozenset(_ENGLISH.split()), "es": frozenset(_SPANISH.split())}
_OTHER = {"en": "es", "es": "en"}
_WORD = re.compile(r"[^\W\d_]+")
# Not the writer's own running words: links, tags, mentions, placeholders, and what is quoted.
_ASIDE = re.compile(
    r"https?://\S+|[#@][\w.@-]+|\{[^}]{0,40}\}"
    r"|\"[^\"]{1,400}\"|“[^”]{1,400}”|«[^»]{1,400}»|‘[^’]{1,400}’|^>.*$",
    re.MULTILINE,
)
ENOUGH = 4000  # characters of a text that are looked at
LEAST_WORDS = 4  # common words of the other language
LEAST_RATIO = 4  # so many of them for each of the own


# What begins a paragraph in a language where nobody wrote a heading: its name or code, or any country's flag.
_LABELS = {
    "en": re.compile(r"[\W_]*(?:english|ingl[eé]s|eng?)[\W_]*[:\])\u2013\u2014-]", re.IGNORECASE),
    "es": re.compile(r"[\W_]*(?:spanish|espa[nñ]ol|castellano|esp?)[\W_]*[:\])\u2013\u2014-]", re.IGNORECASE),
}
_FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


def looks_like(language: str, words: str) -> str | None:
    """The other language, when a text is almost surely in it: English and Spanish only."""
    other = _OTHER.get(language)
    if other is None:
        return None
    words = words[:ENOUGH]
    if _count(words, _COMMON[other]) < LEAST_WORDS:  # nearly always; it saves the closer look
        return None
    return other if _reads_like(other, language, words, LEAST_WORDS, LEAST_RATIO) else None


def other_paragraph(language: str, words: str) -> tuple[int, str] | None:
    """The first paragraph of a text that is in the other language: how many lines are above it, and which.

    Where its name, its code or a flag stands before it, fewer words are enough.
    """
    other = _OTHER.get(language)
    words = words[:ENOUGH]
    if other is None or not _count(words, _COMMON[other]):
        return None
    is_labelled = False
    for found in _PARAGRAPH.finditer(words):
        paragraph = found[0]
        label = _LABELS[other].match(paragraph)
        is_labelled |= bool(label or _FLAG.match(paragraph.lstrip()))
        enough = (1, 1) if is_labelled else (LEAST_WORDS, LEAST_RATIO)
        if _reads_like(other, language, paragraph[label.end() if label else 0 :], *enough):
            return words.count("\n", 0, found.start()), other
        is_labelled &= not _WORD.search(paragraph)  # a flag by itself is for what follows
    return None


def _reads_like(other: str, language: str, words: str, least: int, ratio: int) -> bool:
    running = _ASIDE.sub(" ", words)
    theirs, mine = _count(running, _COMMON[other]), _count(running, _COMMON[language])
    return theirs >= least + ratio * mine


def _count(words: str, common: frozenset[str]) -> int:
    """Only in small letters: names are no hint."""
    return sum(map(common.__contains__, _WORD.findall(words)))
