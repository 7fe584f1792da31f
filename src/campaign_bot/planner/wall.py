"""Wall times and instants: the arithmetic of one zone.

A *wall time* is naive and is read in the campaign's zone; an *instant* is aware and in UTC. Instants are
added and compared in UTC only: Python compares two aware times of the same zone by their wall time.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from campaign_bot.model import Campaign

DAY = dt.timedelta(days=1)
ZERO = dt.timedelta()
# Far from the ends of what Python can reckon with, so that durations can be added and taken away.
BEGINNING = dt.datetime(1000, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


def instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall time: the first one where it comes twice, after the gap where it is skipped.

    ``fold=0`` means the offset before the change, which is exactly both. A year nobody means is taken as
    the nearest that can be reckoned with.
    """
    if not BEGINNING.year <= wall.year < END.year:
        return BEGINNING if wall.year < BEGINNING.year else END
    return wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def wall(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """What a clock on the wall shows at an instant."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def comes_twice(time: dt.datetime, zone: ZoneInfo) -> bool:
    first, second = (time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and wall(instant(time, zone), zone) == time


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The instant at which a day of the campaign begins."""
    return instant(dt.datetime.combine(day, dt.time()), zone)


def day_end(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The last second of a day of the campaign."""
    return instant(dt.datetime.combine(day, dt.time(23, 59, 59)), zone)


def is_quiet(campaign: Campaign, time: dt.time) -> bool:
    """Whether a time of day lies in the quiet hours: the first minute counts, the last does not."""
    if campaign.quiet is None:
        return False
    start, end = campaign.quiet
    if start <= end:
        return start <= time < end
    return time >= start or time < end


def is_outside(campaign: Campaign, day: dt.date) -> bool:
    """Whether a day comes before the campaign's first or after its last, or is in a year nobody means."""
    if not BEGINNING.year <= day.year < END.year:
        return True
    return (campaign.starts is not None and day < campaign.starts) or (
        campaign.ends is not None and day > campaign.ends
    )


def obstacle(campaign: Campaign, time: dt.datetime, at: dt.datetime) -> str:
    """Why nothing may go out at a wall time whose instant is ``at``: a Problem's code, or nothing.

    A time that the gap has moved must be free on both sides of it: as written and as it fires.
    """
    if is_outside(campaign, time.date()):
        return "outside-campaign"
    if time.date() in campaign.blackout:
        return "in-blackout"
    if is_quiet(campaign, time.time()) or is_quiet(campaign, wall(at, campaign.zone).time()):
        return "in-quiet"
    return ""
