"""Components of other packages: found by their entry point, when somebody first looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_spaces.errors import DefinitionError, DuplicateNameError
from jupyter_spaces.space.components import Component, Textbox, register_component, registered_components


def installed(folder: Path, module: str, entry_points: str) -> Path:
    """A package as pip leaves it: a module and its dist-info."""
    (folder / "star_rating.py").write_text(module)
    info = folder / "star_rating-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: star-rating\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[jupyter_spaces.components]\n{entry_points}\n")
    return folder


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


MODULE = """
from jupyter_spaces.space.components import Component

class Stars(Component[int]):
    kind = "stars"
"""


def test_an_installed_component_is_known_at_the_first_look_and_not_loaded_before(tmp_path: Path) -> None:
    installed(tmp_path, MODULE, "stars = star_rating:Stars")
    code = (
        "from jupyter_spaces.space.components import registered_components\n"
        "print('star_rating' in sys.modules)\n"
        "print(registered_components()['stars'](label='Stars').schema())"
    )
    assert run(code, tmp_path).splitlines() == ["False", "{'x-component': 'stars', 'title': 'Stars'}"]


def test_a_broken_package_is_a_warning_and_the_others_stay(tmp_path: Path) -> None:
    installed(tmp_path, "raise RuntimeError('needs another library')", "stars = star_rating:Stars")
    code = "from jupyter_spaces.space.components import registered_components\nprint(len(registered_components()))"
    output = run(code, tmp_path)
    assert "28" in output
    assert (
        "The component 'stars' (star_rating:Stars) could not be loaded: RuntimeError: needs another library" in output
    )


def test_running_a_cell_again_replaces_its_component() -> None:
    def cell() -> type[Component[int]]:
        @register_component
        class Dial(Component[int]):
            kind = "test-dial"

        return Dial

    first, second = cell(), cell()
    assert first is not second
    assert registered_components()["test-dial"] is second


def test_two_components_of_one_kind_are_refused() -> None:
    class Mine(Component[str]):
        kind = "textbox"

    with pytest.raises(DuplicateNameError, match="both call themselves kind 'textbox': give one of them another kind"):
        register_component(Mine)
    assert registered_components()["textbox"] is Textbox


def test_a_component_needs_a_kind_of_its_own() -> None:
    class Nameless(Component[str]):
        pass

    with pytest.raises(DefinitionError, match="Nameless needs a kind of its own: write kind = 'nameless'"):
        register_component(Nameless)
    with pytest.raises(DefinitionError, match="register_component takes a subclass of Component, not 3"):
        register_component(3)  # type: ignore[type-var]
