"""Every platform's fake, for the suites that all adapters pass."""

from __future__ import annotations

from support.fakes import FakePlatform
from support.fakes_mastodon import FakeMastodon
from support.fakes_x import FakeX

FAKES: tuple[type[FakePlatform], ...] = (FakeX, FakeMastodon)
