"""What a rehearsal met and found, in words."""

from __future__ import annotations

from collections.abc import Sequence

from campaign_bot.i18n import N_, _
from campaign_bot.platforms.faulty import Fault
from campaign_bot.rehearsal.findings import Breach, Finding, Sign
from campaign_bot.rehearsal.stage import Ordeal

BREACHES = {
    Breach.TWICE: N_("Twice"),
    Breach.LOST: N_("Lost"),
    Breach.WRONG: N_("Wrong"),
    Breach.UNEXPLAINED: N_("Unexplained"),
}

SIGNS = {
    Sign.SENT_TWICE: N_("it is on its account more than once"),
    Sign.SAME_WORDS: N_("its account had the same words already"),
    Sign.GONE: N_("the ledger has its address, but it is not on its account"),
    Sign.UNFINISHED: N_("some of its parts are missing"),
    Sign.FORGOTTEN: N_("it was planned, and the ledger knows nothing of it"),
    Sign.OVERDUE: N_("its time is over, and nothing became of it"),
    Sign.TEXT: N_("its text is not that of its file"),
    Sign.LANGUAGE: N_("it says that it is in another language"),
    Sign.WARNING: N_("its content warning is not that of its file"),
    Sign.PICTURES: N_("its pictures are not those of its file"),
    Sign.PARENT: N_("it replies to the wrong post"),
    Sign.EARLY: N_("it went out before its time"),
    Sign.LATE: N_("it went out too late"),
    Sign.CROWDED: N_("it went out too soon after the one before"),
    Sign.PER_DAY: N_("it is one more than its account may have in a day"),
    Sign.STRANGER: N_("nobody knows where this post comes from"),
    Sign.UNRECORDED: N_("it is on its account, and the ledger does not know that"),
    Sign.NO_REASON: N_("it did not go out, and there is no reason"),
    Sign.FALSE_REASON: N_("it did not go out, and the reason given is not true"),
    Sign.CANCELLED: N_("it was cancelled, though no file was changed"),
}

FAULTS = {
    Fault.NOT_REACHED: N_("no connection"),
    Fault.TOO_MANY: N_("429, too many requests"),
    Fault.SERVER_ERROR: N_("500 or 503, nothing done"),
    Fault.NO_ANSWER: N_("no answer, nothing done"),
    Fault.ANSWER_LOST: N_("published, but the answer was lost"),
    Fault.REJECTED: N_("refused"),
    Fault.DOWN: N_("down for hours"),
    Fault.EXPIRED: N_("the token expired"),
}


def breach(kind: Breach) -> str:
    return _(BREACHES[kind])


def finding(found: Finding) -> str:
    """One line for a breach: which delivery it is, and what is the matter with it."""
    return f"{breach(found.breach)}: {found.key}: {_(SIGNS[found.sign])}"


def ordeal(met: Ordeal) -> Sequence[str]:
    """Two lines: the faults by their kinds, the most frequent first, and how often the worker was killed."""
    order = sorted(met.met.items(), key=lambda one: (-one[1], one[0]))
    kinds = "; ".join(f"{_(FAULTS[fault])}: {number}" for fault, number in order)
    number = sum(met.met.values())
    faults = _("Faults: {number} ({kinds}).") if kinds else _("Faults: {number}.")
    return (
        faults.format(number=number, kinds=kinds),
        _("Killed and restarted: {number}. The same again: --faults {rate:g} --seed {seed}").format(
            number=met.kills, rate=met.faults.rate, seed=met.faults.seed
        ),
    )
