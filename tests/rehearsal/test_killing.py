"""A worker that may be killed at any step."""

import contextlib
import random

import pytest

from campaign_bot.rehearsal import killing
from campaign_bot.rehearsal.killing import Killed, Killer


class Book:
    """Something to be written in."""

    name = "a book"

    def __init__(self) -> None:
        self.pages: list[str] = []

    def write(self, page: str) -> int:
        self.pages.append(page)
        return len(self.pages)

    def read(self) -> list[str]:
        return self.pages


class Dice(random.Random):
    """Dice that fall on no death, but for the throws that are named."""

    def __init__(self, deaths: set[int]) -> None:
        super().__init__(0)
        self._deaths = deaths
        self._throws = 0

    def random(self) -> float:
        self._throws += 1
        return 0.0 if self._throws in self._deaths else 1.0


def killer(*deaths: int) -> Killer:
    return Killer(1.0, Dice(set(deaths)))


def test_the_living_notice_nothing() -> None:
    book = Book()
    mortal = killer().mortal(book)
    assert (mortal.write("one"), mortal.read(), mortal.name) == (1, ["one"], "a book")


@pytest.mark.parametrize(("death", "written"), [(1, []), (2, ["one"])])
def test_death_comes_just_before_a_step_or_just_after_it(death: int, written: list[str]) -> None:
    book = Book()
    with pytest.raises(Killed):
        killer(death).mortal(book).write("one")
    assert book.pages == written


def test_the_dead_neither_write_nor_read_until_there_is_a_new_process() -> None:
    """Not even in a `finally`, where a process that was really killed does nothing either."""
    book, death = Book(), killer(1)
    mortal = death.mortal(book, reads={"read"})
    with pytest.raises(Killed):
        try:
            mortal.write("one")
        finally:
            mortal.write("two")
    with pytest.raises(Killed):
        mortal.read()
    assert (book.pages, death.kills) == ([], 1)
    assert death.revive() >= killing.ABSENCES[0][0]
    assert mortal.write("three") == 1


def test_reading_is_no_step() -> None:
    mortal = killer(1).mortal(Book(), reads={"read"})
    assert mortal.read() == []
    with pytest.raises(Killed):
        mortal.write("one")


def test_a_rate_of_nothing_kills_nobody() -> None:
    mortal = Killer(0.0, Dice({1})).mortal(Book())
    assert [mortal.write("one") for _ in range(1000)][-1] == 1000


def test_no_handler_of_errors_catches_a_death() -> None:
    mortal = killer(1).mortal(Book())
    with pytest.raises(Killed), contextlib.suppress(Exception):
        mortal.write("one")
