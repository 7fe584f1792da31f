"""One message is sent to one address, by Apprise, in a process of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from campaign_bot.app.telling.sending import DrySender, Message, Outcome, Sender, Sent
from support.fakes import FakeServer, Reply, Request, as_json, drip_headers, hang, reply

MESSAGE = Message("Un título", ("¡Hola!\n- <b> & «c»", "short"))


class Mailbox(FakeServer):
    def serve(self, request: Request) -> Reply | None:  # noqa: ARG002
        return as_json({})

    @property
    def address(self) -> str:
        return f"{self.url.replace('http', 'json')}/hook"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


def test_a_message_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    assert Sender()(mailbox.address, MESSAGE) == Sent(Outcome.SENT)
    (request,) = mailbox.requests
    told = request.json()
    assert (told["title"], told["message"], told["type"]) == (MESSAGE.title, MESSAGE.bodies[0], "warning")


def test_an_answer_that_is_an_error_is_a_failure_with_its_status(mailbox: Mailbox) -> None:
    mailbox.arm(reply(as_json({}, 401)), on="POST")
    assert Sender()(mailbox.address, MESSAGE) == Sent(Outcome.FAILED, "401")


def test_a_server_that_drips_is_not_waited_for(mailbox: Mailbox) -> None:
    mailbox.arm(drip_headers, on="POST")
    assert Sender(0.5)(mailbox.address, MESSAGE) == Sent(Outcome.FAILED)


def test_a_sending_that_is_under_way_can_be_ended(mailbox: Mailbox) -> None:
    mailbox.arm(hang(20), on="POST")
    sender = Sender()
    threading.Timer(0.2, sender.end).start()
    assert sender(mailbox.address, MESSAGE) == Sent(Outcome.FAILED)
    assert sender(mailbox.address, MESSAGE) == Sent(Outcome.FAILED)  # nothing more is sent


def test_an_address_is_read_without_sending_anything_also_when_dry(mailbox: Mailbox) -> None:
    assert DrySender()(mailbox.address, Message()) == Sent(Outcome.SENT)
    assert Sender()("nonsense://s3cret", Message()) == Sent(Outcome.UNREADABLE)
    assert DrySender()(mailbox.address, MESSAGE) == Sent(Outcome.DRY)
    assert mailbox.requests == []


def test_the_address_is_in_no_list_of_processes(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from campaign_bot.app.telling import sending

    commands: list[list[str]] = []
    popen = sending.subprocess.Popen

    def listed(command: list[str], **more: object) -> object:
        commands.append([*command, json.dumps(more.get("env"))])
        return popen(command, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(sending.subprocess, "Popen", listed)
    assert Sender()(mailbox.address, MESSAGE) == Sent(Outcome.SENT)
    assert commands and "hook" not in str(commands)
