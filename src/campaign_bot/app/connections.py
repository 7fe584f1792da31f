"""The adapters of the accounts: made when needed, verified before they are used, tried again when broken."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from campaign_bot.app.trust import place_of
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.ledger import AccountState, Ledger, LedgerError
from campaign_bot.model import Account
from campaign_bot.platforms.base import Adapter, Identity
from campaign_bot.platforms.errors import PlatformError, Refused

log = logging.getLogger(__name__)

TRY_AGAIN = dt.timedelta(minutes=5)
"""How often a stopped account is verified anew."""

NOT_REACHED = dt.timedelta(seconds=30)
"""How long an account waits when its platform could not be reached to verify it."""

HOLDS_FOR = dt.timedelta(hours=1)
"""How long a verification holds, by our clock: that may be set meanwhile, or run away from the platform's."""

CLOCK_SKEW = dt.timedelta(minutes=2)

STEP = 30.0
"""Seconds by which our clock may leave the time that has passed before it counts as set."""

UNANSWERED = 3600.0
"""Seconds after which our clock counts although no platform could be asked. Nothing goes out then either, but
what is too late is missed."""

OFF = "clock:"
"""The beginning of a reason: a platform's clock is another than ours."""

STOPPED = "account-stopped:"
"""The beginning of a reason: the account is stopped."""

TROUBLE = "trouble:"
"""A ledger's note for each account: why it could not be used when last tried."""

TROUBLE_ENDED = "trouble-ended:"
"""A ledger's note for each account: when its last trouble ended, and what it was."""

Login = tuple[str, str, str | None, str | None]
"""What makes two accounts of two snapshots the same connection."""


class Connections:
    """``make`` gives an adapter (``Refused`` for missing credentials). One thread at a time per account.

    ``elapsed`` counts seconds that really pass, whatever our clock is set to.
    """

    def __init__(
        self,
        ledger: Ledger,
        make: Callable[[Account], Adapter],
        now: Callable[[], dt.datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._make = make
        self._now = now
        self._elapsed = elapsed
        self._began = self._believed = now().timestamp() - elapsed()
        self._set_by = ""  # how far our clock was set, until a platform has confirmed it
        self._asked_at: float | None = None  # first, since the worker's start or since our clock was set
        self._doubted: tuple[dt.datetime, str] | None = None  # until when it was, and why
        self._confirmed = False  # since the worker's start, and since our clock was last set
        self._ahead: dict[str, dt.timedelta] = {}
        self._adapters: dict[Login, Adapter] = {}
        self._verified_at: dict[Login, dt.datetime] = {}
        self._again_at: dict[str, dt.datetime] = {}
        self._trouble: dict[str, str] = {}

    def connect(self, account: Account) -> Adapter:
        """The account's adapter. Raises Refused(account_broken) when a credential is missing."""
        login = _login(account)
        if login not in self._adapters:
            self._adapters[login] = self._make(account)
        return self._adapters[login]

    def ready(self, account: Account, among: Collection[str]) -> bool:
        """Whether the account may be used: verified not long ago, or now. May call the platform.

        ``among``: the names of all accounts of today.
        """
        state = self._ledger.account(account.name)
        if state.stopped and state.since and account.name not in self._again_at:
            self._again_at[account.name] = state.since + TRY_AGAIN
        again_at = self._again_at.get(account.name)
        if again_at is not None and self._now() < again_at:
            return False
        if not state.stopped and self._is_verified(account, state):
            self._note(account.name, "")
            return True
        self._note(account.name, self._verify(account, among))
        if not self.trouble(account.name):
            self._again_at.pop(account.name, None)
            return True
        stopped = self._ledger.account(account.name).stopped
        self._again_at[account.name] = self._now() + (TRY_AGAIN if stopped else NOT_REACHED)
        return False

    def is_clock_sure(self) -> bool:
        """False from the moment our clock is set until a platform's ``Date`` has confirmed it."""
        began = self._now().timestamp() - self._elapsed()
        if abs(began - self._began) > STEP:
            self._began, self._set_by = began, f"{round(began - self._began)} s"
            self._asked_at = None
            self._confirmed = False
            log.warning("%s", reason_words(self.clock()))
            self._verified_at.clear()
            self._again_at.clear()
        elif self._set_by and self._is_unanswered():
            self._believe()
        return not self._set_by

    @property
    def is_clock_agreed(self) -> bool:
        """Whether a platform agreed with our clock since the worker's start, and since it was last set."""
        return self._confirmed

    def is_clock_confirmed(self, accounts: Collection[str]) -> bool:
        """Whether a platform agreed with our clock since the worker's start, or none of these can be asked:
        for an hour none answered, or all are stopped."""
        return self._confirmed or self._is_unanswered() or self._stopped().issuperset(accounts)

    def doubted(self, at: dt.datetime | None) -> str:
        """Why nobody was sure of our clock at that instant, as a reason; empty when all were."""
        return self._doubted[1] if self._doubted and at and at <= self._doubted[0] else ""

    def expect_answer(self) -> None:
        """A platform is to be asked: from the first time on, none answered if no answer comes."""
        if self._asked_at is None:
            self._asked_at = self._elapsed()

    def _is_unanswered(self) -> bool:
        is_off = any(reason.startswith(OFF) for reason in self.troubles().values())
        if is_off or self._asked_at is None:
            return False
        return self._elapsed() - self._asked_at > UNANSWERED

    def _believe(self) -> None:
        if self._set_by:
            self._doubted = self._now(), self.clock()
        self._set_by = ""
        self._believed = self._began

    def steady(self) -> dt.datetime:
        """Our clock's time, as if it had not been set where no platform has confirmed that yet: what was
        begun before ends by the same clock."""
        now, passed = self._now(), self._elapsed()
        if abs(now.timestamp() - passed - self._believed) <= STEP:
            return now
        return dt.datetime.fromtimestamp(self._believed + passed, dt.UTC)

    def clock(self) -> str:
        """Why nobody can be sure of our clock, as a reason; empty when all are."""
        return f"clock-set: {self._set_by}" if self._set_by else ""

    def ahead(self, account: Account) -> dt.timedelta:
        """By how much the platform's clock was ahead of ours when last verified."""
        return self._ahead.get(account.name, dt.timedelta(0))

    def rest(self, name: str, reason: str) -> None:
        """Something failed that another second will not mend: leave the account alone for a while."""
        self._note(name, reason)
        self._again_at[name] = self._now() + NOT_REACHED

    def waits(self) -> Mapping[str, dt.datetime]:
        """When accounts that are not ready will be tried again (UTC). What a person mended waits no more."""
        stopped = self._stopped()
        for name, reason in self.troubles().items():
            if reason.startswith(STOPPED) and name not in stopped:
                self._again_at.pop(name, None)
        return dict(self._again_at)

    def troubles(self) -> Mapping[str, str]:
        """Why accounts are not ready, as reasons."""
        return {name: reason for name, reason in list(self._trouble.items()) if reason}

    def unready(self) -> frozenset[str]:
        """Those that could not be used when last tried. They are tried again even if nothing is due."""
        return self._stopped() | self.troubles().keys()

    def _stopped(self) -> frozenset[str]:
        return frozenset(state.name for state in self._ledger.accounts() if state.stopped)

    def trouble(self, name: str) -> str:
        """Why an account is not ready, as a reason; empty when it is.

        A worker's death is no cure: the ledger has a note of it.
        """
        if name not in self._trouble:
            self._trouble[name] = self._ledger.meta(TROUBLE + name) or ""
        return self._trouble[name]

    def kept(self, name: str, at: dt.datetime | None) -> str:
        """Why an account is not ready, or was not at that instant, as a reason; empty when nothing is known.

        What is late may be missed only after the trouble that kept it: not before a platform agreed with our
        clock, and by then its own platform may answer too.
        """
        stored = self._ledger.meta(TROUBLE_ENDED + name)
        ended_at, reason = json.loads(stored) if stored else ("", "")
        lasted = stored and at and at <= dt.datetime.fromisoformat(ended_at)
        return self.trouble(name) or (reason if lasted else "")

    def _note(self, name: str, reason: str) -> None:
        before = self._trouble.get(name)
        if before == reason:
            return
        self._trouble[name] = reason
        with suppress(LedgerError):  # the trouble may be the ledger's own
            noted = self._ledger.meta(TROUBLE + name) or ""
            ended = (before or noted) if not reason else ""
            if ended:  # first: a death between the two must not lose it
                self._ledger.set_meta(TROUBLE_ENDED + name, json.dumps([self._now().isoformat(), ended]))
            if noted != reason:
                self._ledger.set_meta(TROUBLE + name, reason)

    def _is_verified(self, account: Account, state: AccountState) -> bool:
        """Not long ago, nor before its secrets were let go elsewhere."""
        verified_at = self._verified_at.get(_login(account))
        if verified_at is None or (state.trusted_at and verified_at < state.trusted_at):
            return False
        return abs(self._now() - verified_at) < HOLDS_FOR

    def _verify(self, account: Account, among: Collection[str]) -> str:
        """Ask the platform who we are. What is in the way, as a reason; empty when all is well."""
        try:
            self._adapters.pop(_login(account), None)  # a credential may have been mended: start afresh
            identity = self.connect(account).verify()
        except Refused as error:
            return self._stop(account, error.reason)
        except PlatformError as error:
            log.warning("%s: %s", account.name, reason_words(f"not-reached: {error.reason}"))
            return error.reason
        return self._accept(account, identity, among)

    def _accept(self, account: Account, identity: Identity, among: Collection[str]) -> str:
        ahead = identity.server_time - self._now() if identity.server_time else dt.timedelta(0)
        self._ahead[account.name] = ahead
        if abs(ahead) > CLOCK_SKEW:
            off = f"{round(abs(ahead).total_seconds())} s"
            log.error("%s: %s", account.name, reason_words(f"{OFF} {off}"))
            return f"{OFF} {off}"
        place, now = place_of(account), self._now()
        twin = self._ledger.identify_account(
            account.name, place.platform, identity.id, now, among=among, server=place.server
        )
        if twin:
            # Two names for one login would publish everything twice there.
            return self._stop(account, f"same-identity: {twin}")
        self._ledger.mend_account(account.name, now)
        self._verified_at[_login(account)] = now
        self._believe()
        self._confirmed = True
        return ""

    def _stop(self, account: Account, reason: str) -> str:
        self._ledger.stop_account(account.name, reason, self._now())
        log.error("%s: %s", account.name, reason_words(f"account-stopped: {reason}"))
        return f"{STOPPED} {reason}"


def _login(account: Account) -> Login:
    return account.name, account.platform, account.base_url, account.visibility
