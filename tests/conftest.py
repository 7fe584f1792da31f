"""What holds for every test: nothing is timed, and any Problem that a test meets can be said in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from campaign_bot.i18n.problems import words
from campaign_bot.model import Problem

pytest_plugins = ["support.figures", "support.fuzzed"]

# A slow machine is no failure.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def _every_problem_can_be_said() -> Iterator[None]:
    """A Problem without words fails the test that made it, with KeyError."""
    said = set()
    init = Problem.__init__

    def init_and_say(self: Problem, *args: Any, **fields: Any) -> None:
        init(self, *args, **fields)
        kind = (self.code, *sorted(self.params))
        if kind not in said:
            words(self)
            said.add(kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Problem, "__init__", init_and_say)
        yield
