"""Whatever Problem a test meets, there are words for it that mention only what it knows."""

from collections.abc import Iterator
from typing import Any

import pytest

from campaign_bot.i18n.problems import words
from campaign_bot.model import Problem


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
