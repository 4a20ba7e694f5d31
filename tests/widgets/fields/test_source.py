"""The page's modules, as every widget carries them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import jupyter_spaces.widgets
from jupyter_spaces.widgets import source
from jupyter_spaces.widgets.drawn import Drawn

STATIC = Path(jupyter_spaces.widgets.__file__).parent / "static"


def modules() -> list[str]:
    package = jupyter_spaces.widgets
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(each.name)  # whoever draws something is a subclass from here on
    found: set[str] = {"loader"}
    classes = [Drawn]
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
    assert len(text) < 64_000


def test_every_source_is_used_by_some_widget() -> None:
    used = set()
    for name in modules():
        order: list[str] = []
        source._visit(name, order)
        used |= set(order)
    assert used == {path.stem for path in STATIC.glob("*.css")} | {path.stem for path in STATIC.glob("*.js")}


def test_style_sheets_say_nothing_about_other_peoples_elements() -> None:
    for path in STATIC.glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selector in re.findall(r"(?:^|\})\s*([^@{}]+?)\s*\{", rules):
            step = selector in ("from", "to") or selector.endswith("%")  # of an animation
            assert step or "jsp-" in selector, f"{path.name}: {selector}"


def test_what_each_widget_carries_of_its_own_is_a_few_lines() -> None:
    """A form of fifteen fields sends this text fifteen times."""
    assert len(source.script("loader")) < 1000
