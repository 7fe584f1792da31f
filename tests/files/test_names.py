"""A name is the same name in whichever form a disk, an editor, git or a terminal spells it."""

from __future__ import annotations

import io
import subprocess
import tempfile
import unicodedata
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import campaign_bot
from campaign_bot import files, text
from campaign_bot.files import Tree
from campaign_bot.model import Picture
from support.campaigns import X
from support.files import CAMPAIGN, QUEUE, load, told, write
from support.forms import composed, decomposed

FORMS = (composed, decomposed)
BASE = "name: A\ntimezone: UTC\nlanguages: [en, es]\n"


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


CAMPAIGN_TEXT = """\
name: A
timezone: America/Tijuana
starts: 2026-12-01
languages: [en, es]
links:
  petición: {en: "https://letter.test/en", es: "https://letter.test/es"}
hashtags:
  en: {always: [AsylumNow]}
  es: {always: ["#AcciónYa"]}
"""
POST_TEXT = """\
---
at: 2026-12-01 09:00
demand: protección
link: petición
images:
  - file: media/campaña.png
    alt: {en: A crowd., es: Una multitud.}
---
## English
Read {petición} now.

## Español
Lean {petición} ya.
"""
ID_TEXT = "---\nid: canción\nat: 2026-12-02 09:00\n---\n## en\nA song.\n## Español\nUn canto.\n"
FILES = {
    CAMPAIGN: CAMPAIGN_TEXT,
    QUEUE: None,
    "posts/launch/letter.md": None,
    "posts/acción/queue.yaml": "order: dated\n",
    "posts/acción/reunión.md": POST_TEXT,
    "posts/acción/ñu.md": ID_TEXT,
    "posts/acción/z.md": "---\nat: 2026-12-03 09:00\n---\n## en\nLast.\n## es\nFinal.\n",
    "posts/media/campaña.png": png(),
}


def mixed(draw: st.DrawFn, words: str) -> str:
    """Each character in one form or the other."""
    return "".join(draw(st.sampled_from(FORMS))(character) for character in composed(words))


@st.composite
def folders(draw: st.DrawFn) -> dict[str, str | bytes | None]:
    """The same folder, with each folder's and file's name, and each text, in some mixture of forms."""
    known: dict[str, str] = {}

    def path(name: str) -> str:
        steps = name.split("/")
        for end in range(1, len(steps) + 1):
            whole = "/".join(steps[:end])
            known.setdefault(whole, mixed(draw, steps[end - 1]))
        return "/".join(known["/".join(steps[:end])] for end in range(1, len(steps) + 1))

    return {
        path(name): mixed(draw, content) if isinstance(content, str) else content
        for name, content in FILES.items()
    }


@settings(max_examples=40, deadline=None)
@given(folders())
def test_any_mixture_gives_the_same_campaign(changes: dict[str, str | bytes | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), changes)
        loaded = load(root)
        assert told(loaded) == []
        campaign = loaded.campaign
        assert campaign
        queue = campaign.queues["acción"]
        assert [post.id for post in queue.posts] == ["acción/reunión", "acción/z", "canción"]
        assert [post.source.file for post in queue.posts] == [
            "posts/acción/reunión.md",
            "posts/acción/z.md",
            "posts/acción/ñu.md",
        ]
        assert list(campaign.links) == ["petición"]
        assert campaign.hashtags["es"].always == ("AcciónYa",)
        post = queue.posts[0]
        assert (post.demand, post.link) == ("protección", "petición")
        assert set(post.images[0].file.values()) == {"media/campaña.png"}
        rendered = text.render(campaign, post, campaign.accounts["x-es"], ("es",))
        assert composed(rendered.parts[0]) == "Lean https://letter.test/es ya.\n\n#AcciónYa"
        assert files.picture(root, Picture("media/campaña.png", ""), X).width == 8
        tree = Tree.read(root)
        for known in (*(one.source.file for one in queue.posts), "posts/media/campaña.png"):
            assert tree.has_still(root, known)
            (root / files.on_disk(root, known)).unlink()
            assert not tree.has_still(root, known)


def test_two_files_with_one_name_are_an_error_at_it(tmp_path: Path) -> None:
    post = "---\nat: 2026-12-0{} 09:00\n---\n## en\n{}\n## es\n{}\n"
    names = [form("posts/launch/canción.md") for form in FORMS]
    changes = {name: post.format(day, f"A {day}", f"B {day}") for day, name in enumerate(names, 2)}
    loaded = load(write(tmp_path, changes))
    assert told(loaded) == ["posts/launch/canción.md:1:1 name-twice"]
    assert loaded.campaign
    assert loaded.campaign.broken == {"posts/launch/canción.md"}
    assert [one.texts[0].parts for one in loaded.campaign.queues["launch"].posts] == [
        ("A 2",),
        ("The letter is out.",),
    ]


def test_two_folders_with_one_name_hold_their_queue(tmp_path: Path) -> None:
    post = "---\nat: 2026-12-02 09:00\n---\n## en\n{0}\n## es\n{0}\n"
    loaded = load(
        write(
            tmp_path,
            {
                composed("posts/acción/queue.yaml"): "order: dated\n",
                composed("posts/acción/a.md"): post.format("A"),
                decomposed("posts/acción/b.md"): post.format("B"),
            },
        )
    )
    assert told(loaded) == ["posts/acción/queue.yaml:1:1 name-twice"]
    assert loaded.campaign
    assert loaded.campaign.broken == {"posts/acción/queue.yaml"}
    assert [one.id for one in loaded.campaign.queues["acción"].posts] == ["acción/a", "acción/b"]


def test_a_picture_of_which_there_are_two_keeps_its_post_in(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = {form("posts/media/campaña.png"): png() for form in FORMS}
    images = "images: [{file: ./media/campaña.png, alt: {en: A crowd., es: Una multitud.}}]"
    words = f"---\nat: 2026-12-02 09:00\n{images}\n---\n## en\nA\n## es\nB\n"
    loaded = load(write(tmp_path, changes | {"posts/launch/b.md": words}))
    assert [(one.file, one.line, one.code) for one in loaded.problems] == [
        ("posts/launch/b.md", 3, "name-twice"),
        ("posts/media/campaña.png", 1, "name-twice"),
    ]


def test_a_key_that_is_written_in_both_forms_is_written_twice(tmp_path: Path) -> None:
    url = '{en: "https://a.test", es: "https://a.test"}'
    links = "".join(f"  {form('petición')}: {url}\n" for form in FORMS)
    loaded = load(
        write(tmp_path, {CAMPAIGN: f"name: A\ntimezone: UTC\nlanguages: [en, es]\nlinks:\n{links}"})
    )
    assert told(loaded) == ["config/campaign.yaml:6:3 links.petición duplicate-key"]


def test_the_address_of_a_link_goes_out_as_it_is_written(tmp_path: Path) -> None:
    url = decomposed("https://letter.test/buscar?q=migración")
    links = f'links:\n  letter: {{en: "{url}", es: "{url}"}}\n'
    campaign = load(
        write(tmp_path, {CAMPAIGN: f"name: A\ntimezone: UTC\nlanguages: [en, es]\n{links}"})
    ).campaign
    assert campaign
    assert campaign.links["letter"]["es"] == url


def test_what_git_remembers_is_found_by_the_same_name(tmp_path: Path) -> None:
    """The original was changed after its translation; git and disk spell the name otherwise than we do."""
    file = decomposed("posts/launch/canción.md")
    words = "---\nat: 2026-12-02 09:00\n---\n## en\n{}\n## es\nCanción.\n"

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@a.test")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    write(tmp_path, {file: words.format("A song.")})
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "A song")
    write(tmp_path, {file: words.format("Another song.")})
    assert [p.file for p in load(tmp_path).problems] == [composed(file)]


def test_only_one_function_composes() -> None:
    sources = Path(campaign_bot.__file__).parent
    composing = [
        path.relative_to(sources).as_posix()
        for path in sources.rglob("*.py")
        if 'normalize("NFC"' in path.read_text(encoding="utf-8")
    ]
    assert composing == ["names.py"]
    assert unicodedata.is_normalized("NFC", Path(__file__).read_text(encoding="utf-8"))
