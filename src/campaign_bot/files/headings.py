"""Headings of a post's sections: which lines are one, and which only look like one.

A text must never reach the account of another language, so nothing that may be meant as the heading of a
language is taken for a part of the text above it: it is a heading, or an error.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from campaign_bot.files import languages as tongues
from campaign_bot.files.words import fold

# What is there and cannot be seen: soft hyphens, joiners, marks of direction, fillers, byte order marks.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff"
)
_GAP = rf"(?:[^\S\n]|[{_UNSEEN}])"
_LINE = re.compile(rf"^{_GAP}*##(?!#)(?P<gap>{_GAP}*)(?P<words>.*)$", re.MULTILINE)
_NOTHING = re.compile(f"[{_UNSEEN}]+")

LONGEST = 60  # characters of a line that may be nothing but a heading
ALIKE = 0.8  # from here on a title's first word is a mistyped name

_TAG = re.compile(
    r"</?(?:h[1-6]|b|strong|i|em|u|p|div|span|center|font|br|a|title|section|details|summary|li|td|th)\b"
    r"[^<>]{0,200}>",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_REGION = re.compile(r"\b([a-z]{2,3})[-_][a-z0-9]{2,8}\b")
# What people set headings off with; a colon, a number sign and dashes of other widths too.
_MARKS = re.compile("[-#*_=~<>\\[\\](){}|/:\uff1a\uff03\u2013\u2014]")
# Markdown's titles. One number sign right before a word is a hashtag.
_TITLE = re.compile("[#\uff03]{2,}|[#\uff03]\\s")
_BOLD = re.compile(r"(\*\*|__)([^*_]{1,40})\1")
# A heading that lost the end of the line above it.
_INSIDE = re.compile(r"(?<=\S)\s+##+\s*(\w+)")

# Words that stand beside a language's name in a heading, and make no sentence with it.
_BESIDE_IT = """
    in version text translation language lang post part variant thread message twitter
    en texto traduccion idioma parte variante publicacion hilo mensaje
"""
# Only beside a whole name: a code with one of them may be words of a sentence ("En la …").
_SMALL_WORDS = "the and for same now us usa uk mx el la lo al y para mismo misma ahora"
_BESIDE = frozenset(_BESIDE_IT.split())
_SMALL = frozenset(_SMALL_WORDS.split())
_ABBREVIATED = {"en": ("eng", "ing"), "es": ("esp", "spa")}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's words (``Español: x, bluesky``), and where its line begins and ends in the body."""

    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Reader:
    """What is needed to read headings: ``names`` is folded heading → language."""

    names: Mapping[str, str]
    platforms: Collection[str]

    @cached_property
    def _known(self) -> Mapping[str, str]:
        """The names, and what people shorten them to; those of our readers' two languages in any campaign."""
        codes = {code.partition("-")[0].lower(): code for code in ("en", "es", *self.names.values())}
        plain = {name: codes[code] for name, code in tongues.headings([*codes]).items()}
        words = {" ".join(_WORD.findall(name)): code for name, code in self.names.items()}
        first = {name.split()[0]: code for name, code in words.items() if " " in name}
        short = {word: codes[code] for code in codes for word in _ABBREVIATED.get(code, ())}
        return {**first, **plain, **short, **words, **self.names}

    def language(self, name: str) -> str | None:
        return self.names.get(fold(name))

    def headings(self, body: str) -> Iterator[Heading]:
        """The lines that begin with ``##``, whatever white space is before and after it.

        Without any after it, only a language's name makes it a heading.
        """
        for match in _LINE.finditer(body):
            words = _NOTHING.sub("", match["words"]).strip()
            if any(map(str.isspace, match["gap"])) or self.language(words.partition(":")[0].strip()):
                yield Heading(words, match.start(), match.end())

    def lookalike(self, line: str, own: str | None = None) -> str | None:
        """The language whose heading a line may be meant as, though it is none.

        ``own``: that of the text in which it stands.
        """
        if not line.isascii():
            line = _NOTHING.sub("", line)
        if "<" in line:
            line = _TAG.sub(" ", line)
        line = line.strip()
        return self._alone(line, own) or self._title(line) if line else None

    def _alone(self, line: str, own: str | None) -> str | None:
        """A line with nothing but a language's name, and what people put around it.

        "En español" alone on a line of a Spanish text changes nothing; in an English one it may.
        """
        words = _words(line) if len(line) <= LONGEST else []
        if len(words) > 1 and (language := self._known.get(" ".join(words))):
            return language  # some names have two words
        if len(words) > 3 and all(len(word) == 1 for word in words):
            return self._known.get("".join(words))  # its letters are set apart
        is_label = len(line.split()) == 1 and line.endswith((":", "\uff1a"))
        if is_label and words and words[0] not in self._known:
            return self._mistyped(line)
        named = [word for word in words if word in self._known and _is_meant(word, words, line)]
        whole = any(len(word) > 3 for word in named)
        beside = (word in named or self._is_beside(word) or (whole and word in _SMALL) for word in words)
        if not named or not all(beside):
            return None
        language = self._known[max(named, key=len)]
        is_set_off = len(words) == 1 or words[0].isdigit() or _MARKS.search(line)
        is_other = whole and language != own
        return language if is_set_off or is_other or any(word in self.platforms for word in words) else None

    def _is_beside(self, word: str) -> bool:
        is_number = word.isdigit() and len(word) < 3  # more digits are a telephone's
        return word in self.platforms or word in _BESIDE or is_number

    def _title(self, line: str) -> str | None:
        """A title, or a label in bold letters, that begins with a language's name, whatever follows.

        So is one that stands within the line.
        """
        if label := _BOLD.match(line):
            return self._known.get(" ".join(_words(label[2]))) or self._mistyped(label[2])
        if _TITLE.match(line) and (language := self._begun(line[:LONGEST])):
            return language
        inside = (self._known.get(fold(found[1])) for found in _INSIDE.finditer(line))
        return next(filter(None, inside), None)

    def _begun(self, title: str) -> str | None:
        words = _words(title)
        begins = (self._known.get(" ".join(words[:number])) for number in (1, 2, 3))
        first = "".join(title.strip("#\uff03 ").split(maxsplit=1)[:1])
        return next(filter(None, begins), None) or self._mistyped(first)

    def _mistyped(self, word: str) -> str | None:
        """The name that a word nearly is; signs in it are letters that a wrong encoding spoiled ("Espa?ol").

        What is a name and more letters is another word ("Españoles:").
        """
        word = "".join(_words(word))
        names = [name for name in self._known if len(name) > 3]
        if any(word != name and word.startswith(name) for name in names):
            return None
        alike = max(names, key=lambda name: SequenceMatcher(None, word, name).ratio(), default="")
        return self._known[alike] if SequenceMatcher(None, word, alike).ratio() >= ALIKE else None


def _is_meant(word: str, words: list[str], line: str) -> bool:
    """A code is a name only where it is set off, or alone: many are words as well."""
    is_alone = len(words) == 1 and (word == line.casefold() or word.upper() in line)
    return len(word) > 3 or is_alone or _MARKS.search(line) is not None


def _words(line: str) -> list[str]:
    """Its words, folded: without entities, and letters of any width or weight."""
    plain = line if line.isascii() else unicodedata.normalize("NFKD", line)
    folded = fold(html.unescape(plain))
    return _WORD.findall(_REGION.sub(r"\1", folded) if "-" in folded or "_" in folded else folded)
