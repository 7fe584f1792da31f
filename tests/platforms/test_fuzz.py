"""Every method of every adapter against answers that no platform should give.

Whatever comes back, a call ends in a value that is fit to be kept or in one of the three errors; a post that
may be there is never ``NotSent`` or ``Refused``; no secret is in what is said, raised or logged; and time and
memory have an end. ``support/fuzzing.py`` has the judgement, ``support/hostile`` the answers.
"""

from __future__ import annotations

import random
import resource
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from campaign_bot.platforms import transport
from support.fakes import FakePlatform, Reply, Request
from support.fuzzed import PROPERTY
from support.fuzzing import METHODS, NOW, Fuzz
from support.hostile import ATTACKS, HEAVY, SLOW, Attempt
from support.hostile.bodies import echo
from support.platforms import FAKES
from support.seeds import leaked

ALL = 10_000
HANGING = 60.0  # seconds: a call that takes so long would not have ended by itself
MOST_MEMORY = 25 * transport.LARGEST_BODY  # bytes
PARTS = (  # how many, which, over real connections?, by what deadline in seconds
    (ALL, ATTACKS, False, transport.DEADLINE),
    (300, HEAVY, False, transport.DEADLINE),
    (1000, (*ATTACKS, *HEAVY), True, transport.DEADLINE),
    (100, SLOW, True, 0.2),
)


@pytest.fixture(params=FAKES, ids=lambda fake: fake.platform)
def kind(request: pytest.FixtureRequest) -> type[FakePlatform]:
    return request.param


@pytest.fixture
def fake(kind: type[FakePlatform]) -> Iterator[FakePlatform]:
    made = kind(lambda: NOW)
    yield made
    made._server.server_close()


def test_bad_answers(fake: FakePlatform) -> None:
    fuzz = Fuzz(fake, seed=1)
    fuzz.run(250, ATTACKS)
    assert len(fuzz.figures) >= 4  # kinds of outcome


def test_bad_answers_over_a_real_connection(fake: FakePlatform) -> None:
    Fuzz(fake, seed=2).run_over_sockets(40, ATTACKS)


def test_answers_without_end(fake: FakePlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "DEADLINE", 0.1)
    fuzz = Fuzz(fake, seed=3)
    fuzz.run_over_sockets(len(METHODS), SLOW)
    assert fuzz.slowest < HANGING


def test_answers_of_megabytes_take_bounded_memory(fake: FakePlatform) -> None:
    fuzz = Fuzz(fake, seed=4)
    tracemalloc.start()
    try:
        fuzz.run(2 * len(METHODS), HEAVY)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert fuzz.slowest < HANGING


def test_the_same_seed_has_the_same_answers(kind: type[FakePlatform]) -> None:
    def figures() -> object:
        fake = kind(lambda: NOW)
        fuzz = Fuzz(fake, seed=5)
        fuzz.run(30, ATTACKS)
        fake._server.server_close()
        return fuzz.figures

    assert figures() == figures()


def test_a_secret_that_was_said_back_would_be_found() -> None:
    """The judge's own check: what the attack says is what ``leaked`` finds."""
    secrets = ("key/with+signs=KLMNOP", "tökén secret GHIJKL")
    headers = {"authorization": f"Bearer {secrets[0]}"}
    request = Request("GET", "/", {}, headers, b"", "http://127.0.0.1/")
    due = Reply(200, b'{"id": "1", "url": "https://example.org"}')
    said = [
        leaked(b"".join(echo(Attempt(random.Random(n), due, request, secrets)).pieces), secrets)  # noqa: S311
        for n in range(50)
    ]
    assert all(len(found) == 1 for found in said)


@pytest.mark.faults
@pytest.mark.parametrize("seed", [1])
def test_ten_thousand_bad_answers(
    kind: type[FakePlatform], seed: int, record_property: Callable[[str, object], None]
) -> None:
    """And a thousand more over real connections, and megabytes, and such as never end."""
    before, attacked, outcomes, slowest = _memory(), 0, Counter[str](), 0.0
    for count, attacks, sockets, deadline in PARTS:
        fuzz = Fuzz(kind(lambda: NOW), seed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transport, "DEADLINE", deadline)
            (fuzz.run_over_sockets if sockets else fuzz.run)(count, attacks)
        fuzz.fake._server.server_close()
        attacked += fuzz.attacked
        outcomes += fuzz.figures
        slowest = max(slowest, fuzz.slowest)
    grown = _memory() - before
    counts = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
    record_property(
        PROPERTY,
        f"{kind.platform}, seed {seed}: {attacked} bad answers: {counts}; "
        f"slowest {slowest:.2f} s, memory {grown / 1e6:+.0f} MB",
    )
    assert slowest < HANGING
    assert grown < 2 * MOST_MEMORY


def _memory() -> int:
    """The most that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
