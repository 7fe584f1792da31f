"""Time zones: the IANA name, or what was most likely meant."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from campaign_bot.files.words import LONGEST, closest, fold

# What people write → the zone that keeps that clock. Folded, with spaces as underscores.
_MEANT = {
    "america/el_paso": "America/Denver",
    "america/san_diego": "America/Los_Angeles",
    "america/san_francisco": "America/Los_Angeles",
    "america/sacramento": "America/Los_Angeles",
    "america/seattle": "America/Los_Angeles",
    "america/tucson": "America/Phoenix",
    "america/albuquerque": "America/Denver",
    "america/houston": "America/Chicago",
    "america/dallas": "America/Chicago",
    "america/san_antonio": "America/Chicago",
    "america/laredo": "America/Chicago",
    "america/mcallen": "America/Chicago",
    "america/brownsville": "America/Chicago",
    "america/austin": "America/Chicago",
    "america/miami": "America/New_York",
    "america/washington": "America/New_York",
    "america/juarez": "America/Ciudad_Juarez",
    "america/mexicali": "America/Tijuana",
    "america/nogales": "America/Hermosillo",
    "america/reynosa": "America/Matamoros",
    "america/nuevo_laredo": "America/Matamoros",
    "america/guadalajara": "America/Mexico_City",
    "america/ciudad_de_mexico": "America/Mexico_City",
    "america/cdmx": "America/Mexico_City",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "pacific_time": "America/Los_Angeles",
    "pacific_standard_time": "America/Los_Angeles",
    "hora_del_pacifico": "America/Los_Angeles",
    "mdt": "America/Denver",
    "mt": "America/Denver",
    "mountain": "America/Denver",
    "mountain_time": "America/Denver",
    "mountain_standard_time": "America/Denver",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "ct": "America/Chicago",
    "central": "America/Chicago",
    "central_time": "America/Chicago",
    "central_standard_time": "America/Chicago",
    "edt": "America/New_York",
    "et": "America/New_York",
    "eastern": "America/New_York",
    "eastern_time": "America/New_York",
    "eastern_standard_time": "America/New_York",
}


def zone(name: str) -> ZoneInfo | None:
    """The zone of that name, None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def suggestion(name: str) -> str | None:
    """The zone that an unknown name was most likely meant to be."""
    if len(name) > LONGEST:
        return None
    folded = fold(name.strip()).replace(" ", "_")
    city = folded.rpartition("/")[2]
    meant = _MEANT.get(folded) or _MEANT.get(f"america/{city}")
    if meant:
        return meant
    zones = sorted(available_timezones())
    same_city = [known for known in zones if fold(known).rpartition("/")[2] == city]
    return same_city[0] if same_city else closest(folded, zones)
