"""The staff guide, in each language, knows every setting that a post or a queue may have."""

from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from campaign_bot.cli import main
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


@pytest.mark.parametrize("guide", GUIDES)
def test_says_where_each_command_works(guide: str) -> None:
    words = (DOCS / guide).read_text(encoding="utf-8")
    where = next(part for part in words.split("\n### ") if part.startswith(("Where each", "Dónde funciona")))
    assert [name for name in main.list_commands(click.Context(main)) if f"`{name}`" not in where] == []


def test_the_glossary_has_every_state() -> None:
    words = (DOCS / "glossary.md").read_text(encoding="utf-8")
    assert [state for state in State if f"| `{state}` |" not in words] == []
