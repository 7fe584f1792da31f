"""Campaigns made by dice, with all that a campaign may have: for rehearsals with faults."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

from support.working import write

DAYS = 3
"""Days on which the dated posts stand, from the campaign's start on."""

CAMPAIGN = """\
name: An ordeal
timezone: {zone}
starts: {starts}
languages: [en, es]
hashtags:
  en: {{always: [WelcomeThem], room: [Dignity]}}
  es: {{always: [Bienvenidos], room: [Dignidad]}}
links:
  letter: {{en: "https://example.org/letter", es: "https://example.org/carta"}}
lateness: {lateness}
"""
ACCOUNTS = """\
accounts:
  x-en: {{platform: x, languages: [en], per_day: {per_day}}}
  x-es: {{platform: x, languages: [es]}}
  fediverse:
    {{platform: mastodon, languages: [en, es], bilingual: {first}, base_url: "https://a.example",
      spacing: {spacing}}}
  small: {{platform: mastodon, languages: [en, es], bilingual: {third}, base_url: "https://b.example"}}
  bluesky: {{platform: bluesky, languages: [en, es], bilingual: {second}, spacing: {spacing}}}
"""
PART = "\n\n---\n\n"
TRICKY = r'"Ya" -- ¯\_(ツ)_/¯, Q&amp;A'
"""What servers like to show otherwise."""


def ordeal(root: Path, seed: int) -> Path:
    """Write a campaign below ``root``; the same seed writes the same one."""
    dice = random.Random(seed)  # noqa: S311
    bilingual = dice.sample(["separate", "thread", "together"], 3)
    write(
        root,
        {
            "config/campaign.yaml": CAMPAIGN.format(
                zone=dice.choice(["America/Los_Angeles", "UTC", "Europe/Madrid"]),
                # Both days on which America changes its clocks, and one on which nobody does.
                starts=dice.choice(["2026-12-01", "2027-03-12", "2026-10-31"]),
                lateness=dice.choice(["10m", "30m", "2h"]),
            ),
            "config/accounts.yaml": ACCOUNTS.format(
                first=bilingual[0],
                second=bilingual[1],
                third=bilingual[2],
                spacing=dice.choice(["0s", "1m", "5m"]),
                per_day=dice.choice([3, 5, 30]),
            ),
            "posts/media/letter.png": _picture(),
            **_dated(dice),
            **_in_turn(dice, "steps", "sequence", posts=6, slots=3),
            **_in_turn(dice, "reasons", "rotation", posts=4, slots=2),
        },
    )
    return root


def _dated(dice: random.Random) -> dict[str, str | bytes | None]:
    files: dict[str, str | bytes | None] = {"posts/launch/queue.yaml": "order: dated\n" + _manners(dice)}
    for number in range(8):
        hour, minute = dice.randrange(6, 22), dice.choice([0, 0, 30])
        front = [f"at: day {dice.randrange(DAYS)} {hour:02}:{minute:02}"]
        if dice.random() < 0.3:
            front += ["images:", "  - file: media/letter.png", "    alt: {en: The letter, es: La carta}"]
        if dice.random() < 0.2:
            front += ["warning: {en: Detention, es: Detención}"]
        if dice.random() < 0.3:
            front += [f"accounts: [{', '.join(dice.sample(['x-en', 'x-es', 'fediverse', 'bluesky'], 3))}]"]
        files[f"posts/launch/{number}.md"] = _post(dice, f"launch {number}", front)
    return files


def _in_turn(
    dice: random.Random, queue: str, order: str, *, posts: int, slots: int
) -> dict[str, str | bytes | None]:
    times = sorted(dice.sample(range(7, 21), slots))
    rules = ", ".join(f'"daily {hour:02}:{dice.choice([0, 0, 15]):02}"' for hour in times)
    head = f"order: {order}\nslots: [{rules}]\n" + _manners(dice)
    files: dict[str, str | bytes | None] = {f"posts/{queue}/queue.yaml": head}
    for number in range(posts):
        files[f"posts/{queue}/{number}.md"] = _post(dice, f"{queue} {number}", ["link: letter"])
    return files


def _manners(dice: random.Random) -> str:
    stagger = dice.choice(["", "stagger: {es: 15m}\n"])
    return stagger + dice.choice(["", "lateness: 1h\n"])


def _post(dice: random.Random, name: str, front: list[str]) -> str:
    parts = dice.choice([1, 1, 2, 3])
    en = PART.join(f"English of {name}, part {number}. {TRICKY}" for number in range(parts))
    es = PART.join(f"Español de {name}, parte {number}. {TRICKY}" for number in range(parts))
    return "\n".join(["---", *front, "---", "", "## English", "", en, "", "## Español", "", es, ""])


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()
