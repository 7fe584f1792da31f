"""What we send to X and Mastodon keeps to the official descriptions of their APIs.

The descriptions are no part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.model import Receipt
from support.fakes import FakePlatform, Request
from support.fakes_mastodon import FakeMastodon
from support.fakes_x import FakeX
from support.platforms import image, outgoing

SPECS = Path(__file__).parents[2] / "../shared/specs"
X, MASTODON = SPECS / "x-openapi-pre-rename.json", SPECS / "mastodon-openapi.json"
HOSTS = {X: "https://api.x.com", MASTODON: "https://mastodon.example"}

needs = {
    path: pytest.mark.skipif(
        not path.exists(), reason=f"no description of the API at shared/specs/{path.name}"
    )
    for path in (X, MASTODON)
}


@cache
def described(path: Path) -> Any:
    """The description without its security.

    That of Mastodon makes a post with words and pictures impossible (``oneOf``), and a key an object.
    """
    from openapi_core import Config, OpenAPI

    text = path.read_text(encoding="utf-8")
    if path == MASTODON:
        text = text.replace('"oneOf"', '"anyOf"')
    spec = json.loads(text, object_hook=_plain)
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    part.pop("security", None)
    if isinstance(part.get("parameters"), list):
        part["parameters"] = [one for one in part["parameters"] if one.get("name") != "Idempotency-Key"]
    return part


def check(path: Path, request: Request, body: bytes | None = None) -> None:
    """Raises where a request does not keep to the description. ``body``: as JSON, where it came otherwise."""
    from openapi_core.testing import MockRequest

    args = {name: values[0] for name, values in request.query.items()}
    route = request.path.rstrip("/")
    data = request.body if body is None else body
    mock = MockRequest(
        HOSTS[path], request.method, route, args=args, headers=dict(request.headers), data=data
    )
    described(path).validate_request(mock)


def everything(fake: FakePlatform) -> list[Request]:
    """Every call that an adapter can make, and the requests that came of it."""
    adapter = fake.enable().adapter()
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    adapter.verify()
    media = [adapter.upload(image()) for _ in range(4)]
    first = adapter.publish(outgoing(number=1, media=tuple(media)))
    last = first
    for number in range(2, 8):
        last = adapter.publish(outgoing(f"No. {number}", number=number, reply_to=last, root=first))
    adapter.recent(start)
    adapter.engagement([first, last])
    adapter.source(first)
    adapter.retract(last)
    return fake.requests


@needs[X]
def test_what_goes_to_x_is_as_described() -> None:
    with FakeX() as fake:
        for request in everything(fake):
            check(X, request)


@needs[X]
@pytest.mark.parametrize("wrong", [{"media_ids": ["1"] * 5}, {"media_ids": ["not a number"]}])
def test_the_description_of_x_tells_a_wrong_request(wrong: dict[str, Any]) -> None:
    from openapi_core.exceptions import OpenAPIError

    with FakeX() as fake:
        request = next(one for one in everything(fake) if one.route == "POST /2/tweets")
    with pytest.raises(OpenAPIError):
        check(X, request, json.dumps(request.json() | {"media": wrong}).encode())


def _as_read(form: Mapping[str, list[str]]) -> bytes:
    """A form as Mastodon reads it; the description knows JSON only."""
    typed: dict[str, Any] = {name: values[0] for name, values in form.items() if not name.endswith("[]")}
    typed |= {name[:-2]: values for name, values in form.items() if name.endswith("[]")}
    typed["sensitive"] = typed.get("sensitive") not in (None, "0", "false")
    return json.dumps(typed).encode()


@needs[MASTODON]
def test_what_goes_to_mastodon_is_as_described() -> None:
    with FakeMastodon() as fake:
        requests = everything(fake)
    for request in requests:
        if request.route == "POST /api/v1/statuses":
            check(MASTODON, request, _as_read(request.form()))
        elif request.route != "POST /api/v2/media":  # multipart: the contract suite looks at its parts
            check(MASTODON, request)


@needs[MASTODON]
def test_the_description_of_mastodon_tells_a_wrong_request() -> None:
    from openapi_core.exceptions import OpenAPIError

    with FakeMastodon() as fake:
        fake.enable().adapter(visibility="unlisted").publish(outgoing())
    form = fake.requests[0].form()
    check(MASTODON, fake.requests[0], _as_read(form))
    with pytest.raises(OpenAPIError):
        check(MASTODON, fake.requests[0], _as_read(form | {"visibility": ["everybody"]}))


def test_everything_is_asked_for() -> None:
    """The checks above see every route that the adapters use."""
    for kind in (FakeX, FakeMastodon):
        with kind() as fake:
            routes = {request.route for request in everything(fake)}
        for route in {route for some in fake.routes.values() for route in some}:
            if route != "GET /api/v1/media/*":  # asked only while a picture is being processed
                assert any(one.startswith(route.rstrip("*")) for one in routes), route


def test_a_receipt_for_nothing_is_not_counted() -> None:
    with FakeMastodon() as fake:
        assert list(fake.enable().adapter().engagement([Receipt(1, "404")])) == []
