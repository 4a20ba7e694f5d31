"""The page's modules, as every widget carries them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import jupyter_spaces.widgets
from jupyter_spaces.widgets import source
from jupyter_spaces.widgets.field import Field

STATIC = Path(jupyter_spaces.widgets.__file__).parent / "static"


def modules() -> list[str]:
    found: set[str] = set()
    classes = [Field]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        found |= {cls.module} if hasattr(cls, "module") else set()
    return sorted(found)


@pytest.mark.parametrize("name", modules())
def test_a_module_stands_alone_and_is_small(name: str) -> None:
    text = source.script(name)
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert text.count("export default") == 1
    assert "/**" not in text
    assert len(text) < 20_000


def test_every_source_is_used_by_some_widget() -> None:
    used = set()
    for name in modules():
        order: list[str] = []
        source._visit(name, order)
        used |= set(order)
    mine = {path.stem for path in STATIC.glob("*.css")} | {path.stem for path in STATIC.glob("*.js")}
    assert used <= mine
    assert {name for name in mine - used if not name.startswith(("view", "job"))} == set()


def test_style_sheets_say_nothing_about_other_peoples_elements() -> None:
    for path in STATIC.glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selector in re.findall(r"(?:^|\})\s*([^@{}]+?)\s*\{", rules):
            step = selector in ("from", "to") or selector.endswith("%")  # of an animation
            assert step or "jsp-" in selector, f"{path.name}: {selector}"
