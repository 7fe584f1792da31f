"""What may come out of an adapter, whatever its platform answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.errors import NotSent, PlatformError

KINDS = {"NotSent", "SessionOver", "Refused", "Duplicate", "Unknown"}
LONGEST = 5000  # characters of what is kept
LONGEST_REASON = 300
LONGEST_WAIT = dt.timedelta(hours=6)
OF_ANY_SHAPE = (".text", ".alt")  # what staff or others wrote


def judge_error(error: PlatformError) -> None:
    """One of the three, with one line of words that can be shown, and nothing of what caused it."""
    assert type(error).__name__ in KINDS
    assert 0 < len(error.reason) <= LONGEST_REASON
    assert error.reason.isprintable()
    assert error.args == (error.reason,)
    assert error.__cause__ is None
    if isinstance(error, NotSent) and error.retry_after is not None:
        assert dt.timedelta(0) < error.retry_after <= LONGEST_WAIT


def judge_value(value: Any, method: str) -> None:
    """Of the type that the Protocol says, through and through; fit for the ledger and for a screen."""
    _judge(value, get_type_hints(getattr(Adapter, method))["return"], method)


def _judge(value: Any, hint: Any, name: str) -> None:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        kinds = [one for one in arguments if isinstance(value, get_origin(one) or one)]
        assert kinds, name
        _judge(value, kinds[0], name)
    elif dataclasses.is_dataclass(hint):
        assert type(value) is hint, name
        for field, kind in get_type_hints(hint).items():
            _judge(getattr(value, field), kind, f"{name}.{field}")
    elif origin is not None and issubclass(origin, Mapping):
        assert isinstance(value, Mapping), name
        for key, one in value.items():
            _judge(key, arguments[0], name)
            _judge(one, arguments[1], f"{name}.{key}")
    elif origin is not None and issubclass(origin, Sequence):
        assert isinstance(value, (list, tuple)), name
        for one in value:
            _judge(one, arguments[0], name)
    else:
        _judge_plain(value, NoneType if hint is None else hint, name)


def _judge_plain(value: Any, kind: type, name: str) -> None:
    assert isinstance(value, kind), name
    assert isinstance(value, bool) is (kind is bool), name
    if isinstance(value, str):
        assert value.encode(errors="replace").decode() == value, name  # the ledger is UTF-8
        assert name.endswith(OF_ANY_SHAPE) or (value.isprintable() and len(value) <= LONGEST), name
    elif isinstance(value, dt.datetime):
        assert value.utcoffset() == dt.timedelta(0), name
    elif isinstance(value, int):
        assert 0 <= value < 2**63, name
