"""The three ways in which a call to a platform does not succeed.

"May we try again?" and "might it be live already?" are different questions: every adapter
answers both by raising exactly one of these. ``reason`` is a short sentence or the platform's own
words, with every secret taken out; it is shown to staff. ``status`` is the HTTP status, where there
was an answer.
"""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus

NOT_REACHED = "not-reached:"
"""The beginning of a reason: an account waits because nobody answers there, not because it was asked to."""

TOO_MANY = "There are too many posts to look through"
"""A reason: what an account published since an attempt began is more than anybody can read back."""

NO_POST = "This is not the address of a post of this account"
"""A reason: what a person gave as a post's address is none there."""

READ_ONLY = "The credential may read, but not publish"
"""A reason: nothing will go out with it, whatever the post. What it may do follows."""

ANOTHER = "Another post has the key of this one"
"""A reason: what lies at our own key is not what we wrote, or not what it says now."""


class PlatformError(Exception):
    """The common parent; never raised itself."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class NotSent(PlatformError):
    """The platform never accepted it (DNS, refused, connect timeout, 429, a documented "not executed").

    Trying again is safe. ``retry_after``: how long to wait, when the platform says.
    ``account_wide``: the whole account has to wait (a 429, or no connection at all).
    """

    def __init__(
        self,
        reason: str,
        retry_after: dt.timedelta | None = None,
        *,
        account_wide: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason, status=status)
        self.retry_after = retry_after
        self.account_wide = account_wide

    @property
    def asked(self) -> bool:
        """The platform itself asked us to wait: nobody has to look into that."""
        return self.retry_after is not None or self.status == HTTPStatus.TOO_MANY_REQUESTS


class Refused(PlatformError):
    """The platform said no, and will again. ``account_broken``: it is about the credential or the money.

    ``code``: the platform's own name for it, where it has names (atproto's ``InvalidSwap``).
    """

    def __init__(
        self, reason: str, *, account_broken: bool = False, status: int | None = None, code: str = ""
    ) -> None:
        super().__init__(reason, status=status)
        self.account_broken = account_broken
        self.code = code

    @property
    def gone(self) -> bool:
        """The thing spoken of is not there (any more): for a deletion that is success."""
        return self.status in (404, 410)


class Duplicate(Refused):
    """Refused because the account has said the same before: evidence after an unclear attempt, no proof."""


class Unknown(PlatformError):
    """It may be live: a read timeout, a reset, most 5xx, an answer that cannot be read."""
