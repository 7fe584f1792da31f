"""The keys of the folder's files, and how a file's values become typed fields.

Every field is optional here: what must be there depends on more than one key, and is asked where it
is known. A field with a Problem is left out, the others are kept: so a post with a mistake can still
be shown as held.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from campaign_bot.files.values import (
    At,
    BaseUrl,
    Budget,
    Count,
    Date,
    Duration,
    Hours,
    Ident,
    Line,
    Name,
    Paused,
    Slot,
    Tag,
    Url,
    Weight,
    Words,
    YesNo,
    choice,
    name,
)
from campaign_bot.files.words import did_you_mean, shown
from campaign_bot.model import Bilingual, Order, Problem, Source

MOST_TOLD = 1000  # problems told of one file's keys and values


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"


def _file(value: Any) -> str | dict[str, str]:
    """One name for every language, or one for each."""
    if not isinstance(value, dict):
        return name(value)
    for language, file in value.items():
        if not isinstance(file, str) or not file.strip():
            raise PydanticCustomError("bad-picture-file", "file", {"language": shown(language)})
    return {language: name(file) for language, file in value.items()}


class Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImageFields(Fields):
    file: Annotated[str | dict[str, str], PlainValidator(_file)]
    alt: dict[str, str] = {}


class PostFields(Fields):
    id: Ident | None = None
    at: At | None = None
    demand: Name | None = None
    weight: Weight | None = None
    from_: Date | None = Field(default=None, alias="from")
    until: Date | None = None
    link: Name | None = None
    images: list[ImageFields] = []
    accounts: list[Name] | None = None
    warning: dict[str, Words] = {}
    hold: YesNo = False


class QueueFields(Fields):
    order: Annotated[Order, choice(Order)] | None = None
    slots: list[Slot] = []
    accounts: list[Name] | None = None
    stagger: dict[str, Duration] = {}
    lateness: Duration | None = None
    paused: Paused | None = None


class AccountFields(Fields):
    platform: Name | None = None
    languages: list[Name] = []
    bilingual: Annotated[Bilingual, choice(Bilingual)] = Bilingual.SEPARATE
    base_url: BaseUrl | None = None
    spacing: Duration | None = None
    per_day: Count | None = None
    budget: Budget | None = None
    visibility: Annotated[Visibility, choice(Visibility)] | None = None


class HashtagFields(Fields):
    always: list[Tag] = []
    room: list[Tag] = []


class CampaignFields(Fields):
    name: Line | None = None
    timezone: Name | None = None
    starts: Date | None = None
    ends: Date | None = None
    languages: list[Name] = []
    hashtags: dict[str, HashtagFields] = {}
    links: dict[str, dict[str, Url]] = {}
    quiet: Hours | None = None
    blackout: list[Date] = []
    lateness: Duration | None = None
    paused: Paused | None = None


class AccountsFile(Fields):
    accounts: dict[str, Any] = {}


_NESTED: Mapping[str, type[Fields]] = {"images": ImageFields, "hashtags": HashtagFields}
_CODES = {
    "list_type": "expected-list",
    "dict_type": "expected-mapping",
    "model_type": "expected-mapping",
    "model_attributes_type": "expected-mapping",
    "string_type": "expected-text",
    "missing": "missing-key",
}

F = TypeVar("F", bound=Fields)


def read_fields(schema: type[F], values: Any, source: Source, problems: list[Problem], prefix: str = "") -> F:
    """Give ``values`` their types; what does not fit is a Problem, and is left out.

    ``prefix`` is the path of ``values`` in the file (``accounts.x-en.``), for fields and marks.
    """
    if isinstance(values, dict) and None in values.values():
        blank = [key for key, value in values.items() if value is None]
        problems += [_named(source, "empty-value", f"{prefix}{key}", key=shown(key)) for key in blank]
        values = {key: value for key, value in values.items() if value is not None}
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        told = error.errors(include_url=False)
    problems += [_problem(schema, detail, source, prefix) for detail in told[:MOST_TOLD]]
    bad = {detail["loc"][0] if detail["loc"] else None for detail in told}
    return schema.model_validate({k: v for k, v in values.items() if k not in bad} if None not in bad else {})


def _problem(schema: type[Fields], detail: ErrorDetails, source: Source, prefix: str) -> Problem:
    path = [str(step) for step in detail["loc"]]
    field = f"{prefix}{'.'.join(path)}".rstrip(".")
    key = _key(detail, source, prefix)
    if detail["type"] == "extra_forbidden":
        owner = schema if len(path) == 1 else _NESTED[path[0]]
        names = [info.alias or name for name, info in owner.model_fields.items()]
        return _named(source, "unknown-key", field, key=key, **did_you_mean(path[-1], names))
    if detail["input"] is None and detail["type"] != "missing":
        return _named(source, "empty-value", field, key=key)
    code = _CODES.get(detail["type"], detail["type"])
    return _named(source, code, field, **{"key": key, **detail.get("ctx", {})})


def _key(detail: ErrorDetails, source: Source, prefix: str) -> str:
    """The last name on the way to a value: that of its list or, for a whole file, the file's own."""
    names = (source.file.rpartition("/")[2], prefix.rstrip(".").rpartition(".")[2], *detail["loc"])
    return shown([name for name in names if name and isinstance(name, str)][-1])


def _named(source: Source, code: str, field: str, **params: Any) -> Problem:
    line, column = source.mark(field)
    return Problem(source.file, line, column, shown(field), code, params=params)


def require(
    names: tuple[str, ...], values: Mapping[str, Any], source: Source, prefix: str = ""
) -> list[Problem]:
    """A Problem for each key that is not there at all, or is an empty list."""
    missing = [_named(source, "missing-key", f"{prefix}{n}", key=n) for n in names if n not in values]
    return missing + filled(names, values, source, prefix)


def filled(
    names: tuple[str, ...], values: Mapping[str, Any], source: Source, prefix: str = ""
) -> list[Problem]:
    """A Problem for each of these keys that is there with an empty list or mapping."""
    return [_named(source, "empty-value", f"{prefix}{n}", key=n) for n in names if values.get(n) in ([], {})]
