"""The X length of a 280-character text, and of one ten times as long."""

from __future__ import annotations

import unicodedata

from bench.rows import Row, seconds
from campaign_bot.model import Unit
from campaign_bot.text import length

SENTENCE = "Pedimos un sistema de asilo que trate a las personas con dignidad, ¡ya! Lee la carta: "
TEXT = (SENTENCE * 4)[:230] + " https://example.org/carta #ReformaDeAsiloYA 🕊️"
ROUNDS = 2_000


def rows() -> list[Row]:
    text = TEXT[:280].ljust(280, ".")
    short = _microseconds(lambda: length(text, Unit.X_WEIGHTED))
    long = _microseconds(lambda: length(text * 10, Unit.X_WEIGHTED))
    bare = _microseconds(lambda: unicodedata.normalize("NFC", text))
    return [
        Row("X length, 280 characters", short, "µs", bare, "NFC alone", "25 µs", short <= 25),
        Row(
            "X length, 2,800 characters", long, "µs", short, "280 characters", "ratio 10", long <= 10 * short
        ),
    ]


def _microseconds(call: object) -> float:
    def many() -> None:
        for _ in range(ROUNDS):
            call()  # type: ignore[operator]

    return seconds(many) / ROUNDS * 1e6
