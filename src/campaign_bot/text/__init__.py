"""What a text is on a platform: its length, its tags and links, its final form. Pure."""

from campaign_bot.text.checking import check
from campaign_bot.text.comparing import comparable, likeness, overlap, without_addresses
from campaign_bot.text.costs import cost, has_link, part_price
from campaign_bot.text.entities import Entity, EntityKind, entities
from campaign_bot.text.lengths import invalid_characters, length
from campaign_bot.text.normal import fingerprint, normalise
from campaign_bot.text.rendering import render, tongues

__all__ = [
    "Entity",
    "EntityKind",
    "check",
    "comparable",
    "cost",
    "entities",
    "fingerprint",
    "has_link",
    "invalid_characters",
    "length",
    "likeness",
    "normalise",
    "overlap",
    "part_price",
    "render",
    "tongues",
    "without_addresses",
]
