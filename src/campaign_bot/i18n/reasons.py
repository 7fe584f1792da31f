"""The words for why a delivery is where it is.

The ledger keeps a reason as a code, or a code and a detail after a colon (``late: paused: holidays``), or as
what an adapter said (``i18n.details``).
"""

from __future__ import annotations

from collections.abc import Mapping

from campaign_bot.i18n import N_, _
from campaign_bot.i18n.details import detail_words
from campaign_bot.model import State

SERVER_CHANGED = "server-changed"
IDENTITY_CHANGED = "identity-changed"
ARROW = " → "
"""Between what was and what is, in the detail of these two."""

STATES = {
    State.SCHEDULED: N_("scheduled"),
    State.PUBLISHING: N_("publishing"),
    State.PUBLISHED: N_("published"),
    State.RETRACTED: N_("retracted"),
    State.HELD: N_("held"),
    State.MISSED: N_("missed"),
    State.CANCELLED: N_("cancelled"),
    State.FAILED: N_("failed"),
    State.UNCONFIRMED: N_("unconfirmed"),
}

PLAIN = {
    "moved-later": N_("its file gives it a later time"),
    "moved-back": N_("its file gives it a time that was over"),
    "back": N_("its file is back"),
    "released": N_("released"),
    "not-in-plan": N_("its file, its slot or its account is gone"),
    "stopping": N_("the worker is stopping"),
    "edited": N_("its files are being edited"),
    "spacing": N_("the account keeps its spacing"),
    "per-day": N_("the account has had its day's number"),
    "no-worker": N_("no worker was there in time"),
    "same-text-open": N_("the same text may be live on this account"),
    "late": N_("too late"),
    "hold-lifted": N_("its file no longer says hold"),
    "came-late": N_("its file came after its time"),
    "no-file": N_("its file is not there"),
    "unwritten": N_("what the call did could not be written in the ledger"),
    "orphaned": N_("the worker ended during the call"),
    "moved": N_("moved to another time"),
    "skipped": N_("someone skipped it for good"),
    "retried": N_("someone tries it again"),
    "confirmed": N_("someone saw it on the platform"),
    "not-published": N_("someone looked: it is not on the platform"),
    "found": N_("found on the platform"),
    "absent": N_("it is not on the platform"),
    "not-called": N_("it was never sent"),
    "several": N_("a post on the platform may be this one, or several may: a person has to look"),
    "no-evidence": N_("the platform does not show whether it is there: a person has to look"),
    "adopted": N_("it was on the platform already"),
    "not-yet-sure": N_("whether it is there cannot be said yet: try again in some minutes"),
    "in-flight": N_("a call for it is still under way"),
    "no-account": N_("its account is no longer in config/accounts.yaml"),
    "elsewhere": N_("it went to the server or login that the account had before: delete it there by hand"),
    "moved-meanwhile": N_("someone or a worker was faster: try again"),
    "retracted": N_("someone took it back"),
    "missing-picture": N_("its file is not there"),
    "unreadable-picture": N_("its file cannot be read as a picture"),
    "picture-outside": N_("its file lies outside of posts/"),
    "private": N_("followers only"),
    "direct": N_("mentioned people only"),
    "picture-too-large": N_("its file is too large"),
    "picture-too-many-pixels": N_("it has too many pixels"),
}
"""Codes that stand alone."""

WITH_DETAIL = {
    "again-at": N_("again at {detail}"),
    "not-reached": N_("its platform was not reached: {detail}"),
    "late": N_("too late: {detail}"),
    "paused": N_("paused: {detail}"),
    "held": N_("held: {detail}"),
    "budget": N_("the account's budget of {detail} a month does not suffice"),
    "clock": N_("this machine's clock is off by {detail}"),
    "account-stopped": N_("the account is stopped: {detail}"),
    "account-waits": N_("the account waits: {detail}"),
    "waits-for": N_("waits for {detail}"),
    "picture": N_("a picture was refused: {detail}"),
    "adapter": N_("the program failed during the call: {detail}"),
    "receipt-taken": N_("the platform named a post that another delivery has: {detail}"),
    "found": N_("found on the platform: {detail}"),
    "unread": N_("the platform could not be read: {detail}"),
    "resembles": N_("a post on the platform has nearly the same words: {detail}"),
    "duplicate": N_("the platform has these words already: {detail}"),
    "clock-set": N_(
        "this machine's clock was set by {detail}: nothing goes out until a platform confirms it"
    ),
    "no-credentials": N_("no credentials: {detail}"),
    "same-identity": N_("the same login as the account {detail}"),
    "default-visibility": N_(
        "its default visibility on the server is “{detail}”; ours is sent with each post"
    ),
    SERVER_CHANGED: N_(
        "its server has changed ({detail}); if that is meant, the operator says so: campaign-bot accounts "
        "trust NAME"
    ),
    IDENTITY_CHANGED: N_(
        "its credentials are another login's now ({detail}); if that is meant, the operator says so: "
        "campaign-bot accounts trust NAME"
    ),
    "trusted": N_("someone said that this is meant: {detail}"),
    "pinned": N_("the settings pin it: {detail}"),
}
"""Codes with a detail, which may itself begin with a code."""

STOPPED = "account-stopped"

HOLDS = {
    "hold": N_("its file says hold"),
    "person": N_("someone holds it"),
    "problem": N_("its file, its queue or the configuration has a problem"),
    "same-text": N_("this account had the same text already"),
    "picture": N_("one of its pictures was refused"),
}


HELD_BACK = {"paused": N_("paused")}
"""What a plan says of what stays out for now, beside what is held."""


def state_word(state: State) -> str:
    return _(STATES[state])


def reason_words(reason: str) -> str:
    """A reason in the language in use; anything that is no code of ours comes back as it is."""
    if reason in PLAIN:
        return _(PLAIN[reason])
    code, colon, detail = (piece.strip() for piece in reason.partition(":"))
    if code == "held" and detail in HOLDS:
        return _(WITH_DETAIL["held"]).format(detail=_(HOLDS[detail]))
    if colon and code in WITH_DETAIL:
        return _(WITH_DETAIL[code]).format(detail=reason_words(detail)).rstrip(": ")
    return detail_words(reason)


def reason_value(reason: str) -> Mapping[str, str] | None:
    """A reason for programs: its ``code``, and a ``detail`` where there is one; None where there is none.

    What a changed server or identity was and is are ``old`` and ``new``. Of a stopped account it is the
    reason of the stop, if that has a code of its own. A platform's own words have the code ``platform``.
    """
    code, colon, detail = (piece.strip() for piece in reason.partition(":"))
    if code == STOPPED and detail.partition(":")[0] in WITH_DETAIL:
        return reason_value(detail)
    if code in (SERVER_CHANGED, IDENTITY_CHANGED):
        old, _arrow, new = detail.partition(ARROW)
        return {"code": code, "old": old, "new": new}
    if colon and code in WITH_DETAIL:
        return {"code": code, "detail": detail}
    if reason in PLAIN:
        return {"code": reason}
    return {"code": "platform", "detail": reason} if reason else None


def held_by(detail: str) -> str:
    """What holds a delivery, named in words already."""
    return _(WITH_DETAIL["held"]).format(detail=detail)


def line(key: str, state: State, detail: str = "") -> str:
    """A log's line for a move: the key, the new state, and a reason or an address."""
    words = reason_words(detail)
    return f"{key}: {state_word(state)}" + (f" ({words})" if words else "")
