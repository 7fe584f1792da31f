"""Emoji sequences as X sees them: each is one emoji, however many characters it is made of."""

from __future__ import annotations

import re
from functools import cache

import regex

_PARTS = re.compile("[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_BLOCKS = "".join(
    map(chr, [*range(0x203C, 0x3300), *range(0x1F000, 0x1FB00)])
)  # where emoji are, but © and ®
# Shown as emoji by themselves, and yet X takes a variation selector behind them as a part of them.
_SELECTABLE = "⌚⌛◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯"


def single(text: str) -> str:
    """The text with every sequence of several characters replaced by one emoji of one character."""
    return _sequence().sub("\U0001f600", text) if _PARTS.search(text) else text


@cache
def _sequence() -> re.Pattern[str]:
    """One emoji: a keycap, a flag, or elements joined by U+200D; nothing to go back to in any of them.

    An element is a symbol in text style with U+FE0F (or at least without U+FE0E), or one in emoji style, and
    a skin tone where the symbol takes one. The first character is looked at from behind, so that the
    engine can jump over ordinary text by one class.
    """
    styled = set(regex.findall(r"\p{Emoji_Presentation}", _BLOCKS))
    plain = set(regex.findall(r"\p{Emoji}", _BLOCKS)) - styled | set(_SELECTABLE)
    body = _ranges(regex.findall(r"\p{Emoji_Modifier_Base}", _BLOCKS))
    selected = "(?:\ufe0f|(?!\ufe0e))"
    symbol = f"(?:[{_ranges(plain)}]{selected}|[{_ranges(styled)}])"
    tone = f"(?:(?:(?<=[{body}])|(?<=[{body}]\ufe0f))[\U0001f3fb-\U0001f3ff])?"
    return re.compile(
        "[0-9#*\xa9\xae\u203c-\u32ff\U0001f000-\U0001faff](?:"
        "(?<=[0-9#*])\ufe0f?+\u20e3"
        "|(?<=[\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]"
        "|(?<=[\xa9\xae])\ufe0f"
        f"|(?<=\U0001f3f4)(?:{_tags('gbeng')}|{_tags('gbsct')}|{_tags('gbwls')})"
        f"|(?:(?<=[{_ranges(plain)}]){selected}|(?<=[{_ranges(styled)}])){tone}(?:\u200d{symbol}{tone})*)"
    )


def _tags(region: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"


def _ranges(characters: set[str] | list[str]) -> str:
    """The inside of a character class: ranges, as the engine tries astral characters one after the other."""
    spans: list[list[str]] = []
    for character in sorted(characters):
        if spans and ord(character) == ord(spans[-1][1]) + 1:
            spans[-1][1] = character
        else:
            spans.append([character, character])
    return "".join(f"{first}-{last}" for first, last in spans)
