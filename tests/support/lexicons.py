"""Whether a record is what atproto's lexicons say: the parts of Lexicon that posts are made of.

``problems(record, "app.bsky.feed.post")`` gives what is wrong, each with its path. Stricter than a PDS in one
thing: what a lexicon does not name is wrong too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import regex

SPECS = Path(__file__).parents[2] / "../shared/specs/atproto"
LEXICONS = SPECS / "lexicons"
SYNTAX = SPECS / "interop-test-files/syntax"
REASON = "atproto's lexicons (shared/specs/atproto) are not here"

FORMATS = {
    "datetime": re.compile(
        r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
        r"(\.\d{1,20})?(Z|(?!-00:00)[+-]([01]\d|2[0-3]):[0-5]\d)",
        re.ASCII,
    ),
    "uri": re.compile(r"\w+:(//)?[^\s/]\S*"),
    "at-uri": re.compile(r"at://did:[a-z]+:[\w.:%-]+/[a-zA-Z.]+/[\w.:~-]+", re.ASCII),
    "cid": re.compile(r"[a-z2-7]{50,}"),
    "did": re.compile(r"did:[a-z]+:[\w.:%-]+", re.ASCII),
    "language": re.compile(r"[a-z]{2,3}(-[a-zA-Z0-9]{2,8})*"),
}


def examples(name: str) -> list[str]:
    """The lines of one of the protocol's own files of examples."""
    lines = (SYNTAX / name).read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def problems(value: Any, ref: str) -> list[str]:
    return list(_ref(value, {"ref": ref}, "", ""))


@cache
def _lexicon(nsid: str) -> Mapping[str, Any]:
    defs: Mapping[str, Any] = json.loads((LEXICONS / f"{nsid.replace('.', '/')}.json").read_text("utf-8"))[
        "defs"
    ]
    return defs


def _ref(value: Any, schema: Mapping[str, Any], path: str, home: str) -> Iterator[str]:
    nsid, _, name = schema["ref"].partition("#")
    home = nsid or home
    definition = _lexicon(home)[name or "main"]
    yield from _check(value, definition.get("record", definition), path, home)


def _check(value: Any, schema: Mapping[str, Any], path: str, home: str) -> Iterator[str]:
    yield from _CHECKS[schema["type"]](value, schema, path, home)


def _object(value: Any, schema: Mapping[str, Any], path: str, home: str) -> Iterator[str]:
    properties = schema["properties"]
    yield from (f"{path}: lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, one in value.items():
        if name in properties:
            yield from _check(one, properties[name], f"{path}/{name}", home)
        elif name != "$type":
            yield f"{path}: {name} is unknown"


def _union(value: Any, schema: Mapping[str, Any], path: str, home: str) -> Iterator[str]:
    names = {f"{home}{ref}" if ref.startswith("#") else ref for ref in schema["refs"]}
    if value.get("$type") not in names:
        yield f"{path}: $type {value.get('$type')} is none of {sorted(names)}"
    else:
        yield from _ref(value, {"ref": value["$type"]}, path, home)


def _array(value: Any, schema: Mapping[str, Any], path: str, home: str) -> Iterator[str]:
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{path}: {len(value)} items"
    for number, one in enumerate(value):
        yield from _check(one, schema["items"], f"{path}/{number}", home)


def _string(value: Any, schema: Mapping[str, Any], path: str, _: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: no string"
        return
    size, graphemes = len(value.encode()), len(regex.findall(r"\X", value))
    if size > schema.get("maxLength", size):
        yield f"{path}: {size} bytes"
    if graphemes > schema.get("maxGraphemes", graphemes):
        yield f"{path}: {graphemes} graphemes"
    if "format" in schema and not FORMATS[schema["format"]].fullmatch(value):
        yield f"{path}: {value} is no {schema['format']}"


def _integer(value: Any, schema: Mapping[str, Any], path: str, _: str) -> Iterator[str]:
    if type(value) is not int or value < schema.get("minimum", value):
        yield f"{path}: {value!r} is no such integer"


def _blob(value: Any, schema: Mapping[str, Any], path: str, _: str) -> Iterator[str]:
    if set(value) != {"$type", "ref", "mimeType", "size"} or value["$type"] != "blob":
        yield f"{path}: no blob"
    elif value["size"] > schema["maxSize"] or not value["mimeType"].startswith("image/"):
        yield f"{path}: {value['size']} bytes of {value['mimeType']}"


_CHECKS = {
    "object": _object,
    "ref": _ref,
    "union": _union,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "blob": _blob,
}
