"""One real PDS for all the tests here; each makes accounts of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from real import setup
from support.pds import RealPds


@pytest.fixture(scope="session")
def pds() -> Iterator[RealPds]:
    if not setup.is_installed():
        pytest.skip("no real PDS is installed here (make test-real does that)")
    with RealPds.start() as running:
        yield running
