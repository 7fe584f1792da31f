"""Platforms in memory on their bad days, for rehearsals with faults.

Behind them are those of ``simulated``, which hold what was accepted. They never undo a mistake of ours: what
is sent twice is there twice, since not every Mastodon server heeds an idempotency key and X does not see all
duplicates. What they show is no more than the real ones do: only Bluesky is asked by record key, a post may
be seen as late as its call's deadline, their clock is not ours, and a Mastodon server may show a text
otherwise than it was sent.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NoReturn

from campaign_bot.model import Account, ImageFile, Receipt
from campaign_bot.names import nfc
from campaign_bot.platforms.base import Engagement, Identity, Media, NoEvidence, Outgoing, RemotePost
from campaign_bot.platforms.errors import Duplicate, NotSent, Refused, Unknown
from campaign_bot.platforms.showing import AS_SENT, MANNERS, Kept, Showing, trimmed
from campaign_bot.platforms.simulated import Simulated, SimulatedPlatforms, SimulatedPost
from campaign_bot.platforms.transport import NO_ANSWER, UNREACHABLE

DEADLINE = 60.0
"""Seconds that a call takes at most; the work that it asked for may be done as late."""

SKEW = 60.0
"""Seconds, at most, by which the platforms' clock is off from ours."""

HOUR = 3600.0
DAY = dt.timedelta(days=1)
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class Fault(StrEnum):
    """What may befall a call."""

    NOT_REACHED = "not-reached"  # no connection
    TOO_MANY = "too-many"  # 429: the account has to wait
    SERVER_ERROR = "server-error"  # 500 or 503, and nothing was done
    NO_ANSWER = "no-answer"  # a reset or a timeout, and nothing was done
    ANSWER_LOST = "answer-lost"  # the post is there, and we are not told
    REJECTED = "rejected"  # this text, or this picture, is not wanted
    DOWN = "down"  # the account's server is away for hours
    EXPIRED = "expired"  # the token is dead, until someone renews it


READING: Mapping[Fault, int] = {
    Fault.NOT_REACHED: 4,
    Fault.TOO_MANY: 2,
    Fault.SERVER_ERROR: 3,
    Fault.NO_ANSWER: 4,
    Fault.DOWN: 1,
    Fault.EXPIRED: 1,
}
UPLOADING = {**READING, Fault.REJECTED: 1}
PUBLISHING = {**UPLOADING, Fault.ANSWER_LOST: 8}
"""What a faulty call meets, and how often it is that."""


@dataclass(slots=True)
class Weather:
    """What an account is in for, until when (UTC); ``appears``: from when on its posts are to be seen."""

    down: dt.datetime = NEVER
    expired: dt.datetime = NEVER
    limited: dt.datetime = NEVER
    appears: dict[str, dt.datetime] = field(default_factory=dict)


class FaultyPlatforms:
    """All of a worker's platforms. The same ``chance`` and the same calls have the same faults.

    ``rate``: the share of calls that meet a fault, 0 to 1. ``now`` is our clock, and ``wait`` lets that many
    seconds pass on it. ``posts``: by account, what is there, oldest first. ``faults`` counts what was met;
    an outage and a dead token count once, however many calls meet them. ``ahead``: by how much the
    platforms' clock is ahead of ours.
    """

    def __init__(
        self,
        rate: float,
        chance: random.Random,
        now: Callable[[], dt.datetime],
        wait: Callable[[float], None],
    ) -> None:
        self.rate = rate
        self.chance = chance
        self.now = now
        self.wait = wait
        self.ahead = dt.timedelta(seconds=chance.uniform(-SKEW, SKEW))
        self.faults: Counter[Fault] = Counter()
        self._accepting = SimulatedPlatforms(lambda: now() + self.ahead)
        self._weather: dict[str, Weather] = {}

    @property
    def posts(self) -> Mapping[str, Sequence[SimulatedPost]]:
        return self._accepting.posts

    def showing(self, account: Account) -> Showing:
        """How its server shows a text: the same for the same dice, and none of them is thrown for it."""
        if account.platform != "mastodon":
            return AS_SENT
        return random.Random(f"{self.ahead}: {account.name}").choice(MANNERS)  # noqa: S311

    def connect(self, account: Account) -> Faulty:
        weather = self._weather.setdefault(account.name, Weather())
        return Faulty(self, self._accepting.connect(account), account, weather)


class Faulty:
    """One account, as ``base.Adapter`` wants it."""

    def __init__(
        self, platforms: FaultyPlatforms, inner: Simulated, account: Account, weather: Weather
    ) -> None:
        self._platforms = platforms
        self._inner = inner
        self._account = account
        self._weather = weather
        self._showing = platforms.showing(account)

    def verify(self) -> Identity:
        self._call(READING)
        return self._inner.verify()

    def upload(self, image: ImageFile) -> Media:
        self._call(UPLOADING)
        return self._inner.upload(image)

    def publish(self, outgoing: Outgoing) -> Receipt:
        began = self._platforms.now()
        fault = self._call(PUBLISHING)
        self._refuse_duplicate(outgoing)
        receipt = self._own_key(outgoing) or self._inner.publish(outgoing)
        self._appears(receipt, began)
        if fault is Fault.ANSWER_LOST:
            self._answer_lost(began)
        return receipt

    def find(self, outgoing: Outgoing) -> Receipt | None:
        if self._account.platform != "bluesky":
            raise NoEvidence(f"{self._account.platform} keeps no key of ours")
        self._call(READING)
        found = self._inner.find(outgoing)
        return found if found and self._is_seen(found) else None

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        self._call(READING)
        posts = (post for post in self._inner.recent(since) if self._is_seen(post.receipt))
        return tuple(map(self._shown, posts))

    def source(self, receipt: Receipt) -> str | None:
        self._call(READING)
        if self._showing.kept is not Kept.SOURCE:
            return None
        posts = self._platforms.posts[self._account.name]
        return next((post.outgoing.text for post in posts if post.id == receipt.id), None)

    def retract(self, receipt: Receipt) -> None:
        self._call(READING)
        self._inner.retract(receipt)

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        self._call(READING)
        return self._inner.engagement(receipts)

    def receipt_for(self, url: str) -> Receipt:
        return self._inner.receipt_for(url)

    # ------------------------------------------------------------ what befalls a call

    def _call(self, faults: Mapping[Fault, int]) -> Fault | None:
        """Let a call reach its platform, or fail before anything was done.

        A fault that comes after the work is given back (``ANSWER_LOST``).
        """
        chance = self._platforms.chance
        self._platforms.wait(chance.uniform(0.05, 2))
        self._bad_weather()
        if chance.random() >= self._platforms.rate:
            return None
        fault = chance.choices(list(faults), list(faults.values()))[0]
        self._platforms.faults[fault] += 1
        if fault is not Fault.ANSWER_LOST:
            self._meet(fault)
        return fault

    def _meet(self, fault: Fault) -> NoReturn:
        chance, weather = self._platforms.chance, self._weather
        if fault is Fault.DOWN:
            weather.down = self._in(chance.uniform(0.5, 6) * HOUR)
        elif fault is Fault.EXPIRED:
            weather.expired = self._in(chance.uniform(0.2, 3) * HOUR)
        elif fault is Fault.TOO_MANY:
            weather.limited = self._in(chance.uniform(5, 900))
        elif fault is Fault.NOT_REACHED:
            self._not_reached()
        elif fault is Fault.REJECTED:
            raise Refused("400 Bad Request: this is not wanted here", status=400)
        elif fault is Fault.SERVER_ERROR:
            raise Unknown(chance.choice(("500 Internal Server Error", "503 Service Unavailable")))
        else:
            self._no_answer()
        self._bad_weather()
        raise AssertionError(fault)

    def _bad_weather(self) -> None:
        """What lasts: nothing gets through."""
        now, weather = self._platforms.now(), self._weather
        if now < weather.down:
            if self._platforms.chance.random() < 0.5:
                self._not_reached()
            self._no_answer()
        if now < weather.expired:
            raise Refused("401 Unauthorized: the token has expired", account_broken=True, status=401)
        if now < weather.limited:
            raise NotSent("429 Too Many Requests", weather.limited - now, account_wide=True, status=429)

    def _not_reached(self) -> NoReturn:
        self._platforms.wait(self._platforms.chance.uniform(0, 10))
        raise NotSent(UNREACHABLE, account_wide=True)

    def _no_answer(self) -> NoReturn:
        self._platforms.wait(self._platforms.chance.choice((0.1, 3, DEADLINE - 2)))
        raise Unknown(NO_ANSWER)

    def _answer_lost(self, began: dt.datetime) -> NoReturn:
        chance = self._platforms.chance
        if chance.random() < 0.5:
            raise Unknown(chance.choice(("502 Bad Gateway", "500 Internal Server Error")), status=500)
        rest = DEADLINE - (self._platforms.now() - began).total_seconds()
        self._platforms.wait(max(rest, 0))
        raise Unknown(NO_ANSWER)

    # ------------------------------------------------------------ what is there

    def _refuse_duplicate(self, outgoing: Outgoing) -> None:
        """X refuses the words it has had lately, as far as it notices."""
        if self._account.platform != "x" or self._platforms.chance.random() < 0.5:
            return
        since = self._platforms.now() - DAY
        if any(post.text == outgoing.text for post in self._inner.recent(since)):
            raise Duplicate("403 Forbidden: you have said that already", status=403)

    def _own_key(self, outgoing: Outgoing) -> Receipt | None:
        """On Bluesky a record is put at our key: there is never a second one."""
        return self._inner.find(outgoing) if self._account.platform == "bluesky" else None

    def _appears(self, receipt: Receipt, began: dt.datetime) -> None:
        chance = self._platforms.chance
        late = chance.uniform(0, DEADLINE) if chance.random() < self._platforms.rate else 0
        self._weather.appears.setdefault(receipt.id, began + dt.timedelta(seconds=late))

    def _is_seen(self, receipt: Receipt) -> bool:
        return self._weather.appears[receipt.id] <= self._platforms.now()

    def _shown(self, post: RemotePost) -> RemotePost:
        """White space and accents come back as a platform stores them, and more as this one shows it."""
        also = (post.text,) if self._showing.kept is Kept.LISTED else ()
        shown = self._showing(nfc(post.text))
        return replace(post, text=trimmed(shown), also=also)

    def _in(self, seconds: float) -> dt.datetime:
        return self._platforms.now() + dt.timedelta(seconds=seconds)
