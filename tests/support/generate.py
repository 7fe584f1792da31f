"""A large campaign folder: as many bilingual posts as one likes, on six accounts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

START = dt.date(2026, 12, 1)
QUEUES = 10

CAMPAIGN = """\
name: Asylum reform now
timezone: America/Los_Angeles
starts: 2026-12-01
languages: [en, es]
hashtags:
  en: {always: [AsylumReformNOW], room: [WelcomeWithDignity, DefendAsylum]}
  es: {always: [ReformaDeAsiloYA], room: [BienvenidosConDignidad, DefenderAsilo]}
links:
  letter: {en: "https://example.org/letter", es: "https://example.org/carta"}
"""
ACCOUNTS = """\
accounts:
  x-en: {platform: x, languages: [en]}
  x-es: {platform: x, languages: [es]}
  mastodon-en: {platform: mastodon, languages: [en], base_url: "https://mastodon.example"}
  mastodon-es: {platform: mastodon, languages: [es], base_url: "https://mastodon.example"}
  bluesky-en: {platform: bluesky, languages: [en]}
  bluesky-es: {platform: bluesky, languages: [es]}
"""
POST = """\
---
at: {at}
demand: demand-{demand}
from: 2026-12-01
link: letter
accounts: [x-en, x-es, mastodon-en, mastodon-es, bluesky-en, bluesky-es]
---

## English

Number {number}: people who seek asylum wait in Mexico, and they must be received with dignity.
The letter says how that can be done, and who has to do it now.

## Español

Número {number}: las personas que buscan asilo esperan en México y deben ser recibidas con dignidad.
La carta dice cómo se puede hacer, y quién tiene que hacerlo ya.
"""


def generate(root: Path, posts: int) -> Path:
    """Write a campaign with so many dated posts into ``root``, in ten queues."""
    (root / "config").mkdir(parents=True)
    (root / "config/campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    (root / "config/accounts.yaml").write_text(ACCOUNTS, encoding="utf-8")
    for queue in range(QUEUES):
        folder = root / f"posts/queue-{queue}"
        folder.mkdir(parents=True)
        (folder / "queue.yaml").write_text("order: dated\nlateness: 2h\n", encoding="utf-8")
    for number in range(posts):
        path = root / f"posts/queue-{number % QUEUES}/post-{number:05}.md"
        path.write_text(_post(number), encoding="utf-8")
    return root


def _post(number: int) -> str:
    """Twelve posts a day, from 8:00 on, on the hour."""
    day = START + dt.timedelta(days=number // 12)
    return POST.format(at=f"{day} {8 + number % 12:02}:00", demand=number % 7, number=number)
