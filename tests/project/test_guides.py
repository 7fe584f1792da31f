"""The staff guide, in each language, knows every setting that a post or a queue may have."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from campaign_bot.files.schema import PostFields, QueueFields
from campaign_bot.model import State

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ["staff-guide.md", "guia-del-equipo.md"]


@pytest.mark.parametrize("guide", GUIDES)
@pytest.mark.parametrize("schema", [PostFields, QueueFields])
def test_names_every_setting(guide: str, schema: type[BaseModel]) -> None:
    words = (DOCS / guide).read_text(encoding="utf-8")
    keys = [field.alias or name for name, field in schema.model_fields.items()]
    assert [key for key in keys if f"{key}:" not in words] == []


def test_the_glossary_has_every_state() -> None:
    words = (DOCS / "glossary.md").read_text(encoding="utf-8")
    assert [state for state in State if f"| `{state}` |" not in words] == []
