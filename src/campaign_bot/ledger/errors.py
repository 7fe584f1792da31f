"""What the ledger raises. Words in either language are made at the edge from a ``LedgerError``'s code."""

from __future__ import annotations

from campaign_bot.model import State


class LedgerError(Exception):
    """The ledger cannot be used as asked: ``code`` says why, ``params`` fill the sentence, without secrets.

    ``ledger`` (its file, or its URL without password) is always among the params; ``detail`` is the
    database's own word.
    """

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(f"{code} ({', '.join(params.values())})")
        self.code = code
        self.params = params


class MoveRefused(Exception):
    """A move that is not allowed, or whose row is no longer in the state it was seen in.

    ``frm`` is the state the row had (None: there is no such row).
    """

    def __init__(self, key: str, frm: State | None, to: State) -> None:
        super().__init__(f"{key}: {frm or 'nothing'} → {to}")
        self.key = key
        self.frm = frm
        self.to = to


class ReceiptTaken(Exception):
    """Another delivery (or part) has this receipt already: one post is never two deliveries."""

    def __init__(self, key: str, part: int, remote_id: str) -> None:
        super().__init__(f"{key}#{part}: {remote_id}")
        self.key = key
        self.part = part
        self.remote_id = remote_id
