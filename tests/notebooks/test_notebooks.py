"""The example notebooks, run from the first cell to the last without anybody at the keyboard."""

from __future__ import annotations

import base64
import io
import math
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image, ImageStat

pytestmark = pytest.mark.timeout(400)


def executed(path: Path, folder: Path) -> NotebookNode:
    """Run a copy in a folder of its own, as `jupyter nbconvert --execute` does."""
    shutil.copy(path, folder)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def outputs(notebook: NotebookNode, start: str) -> list[dict[str, Any]]:
    """The mime bundles below the cell that starts like this."""
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.startswith(start)]
    return [output["data"] for output in cell.outputs if "data" in output]


def html(notebook: NotebookNode, space: str) -> str:
    """What the app of that name shows."""
    (bundle,) = outputs(notebook, f"%%space {space} ")
    return str(bundle["text/html"])


def pictures(page: str) -> list[Image.Image]:
    """The pictures that are written into a piece of HTML."""
    found = re.findall(r'src="data:image/[a-z+]+;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def mean_colour(picture: Image.Image) -> tuple[float, ...]:
    return tuple(ImageStat.Stat(picture.convert("RGB")).mean)


@pytest.fixture(scope="module")
def quickstart(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed(repository / "notebooks" / "quickstart.ipynb", tmp_path_factory.mktemp("quickstart"))


def test_shows_one_picture_for_each_example(quickstart: NotebookNode) -> None:
    (bundle,) = outputs(quickstart, "%%space painter")
    painted = pictures(bundle["text/html"])
    assert [picture.size for picture in painted] == [(64, 64)] * 3
    assert "a large green boat on the sea" in bundle["text/html"]
    assert "a large green boat on the sea" in bundle["text/plain"]


def test_paints_what_the_prompts_say(quickstart: NotebookNode) -> None:
    # The sea is blue below, so is the sky above, and the night is dark around an orange moon.
    (bundle,) = outputs(quickstart, "%%space painter")
    boat, butterfly, moon = pictures(bundle["text/html"])
    red, _green, blue = mean_colour(boat.crop((0, 52, 64, 64)))
    assert blue > red + 30
    red, _green, blue = mean_colour(butterfly.crop((0, 0, 64, 10)))
    assert blue > red + 30
    assert sum(mean_colour(moon.crop((0, 0, 64, 6)))) / 3 < 90
    # Of the whole picture the night is most, so the colour is that of the bright pixels.
    bright = [pixel for pixel in moon.convert("RGB").get_flattened_data() if max(pixel) > 140]
    assert len(bright) > 64
    assert sum(red > blue for red, _green, blue in bright) > 0.8 * len(bright)


def test_the_call_from_python_is_a_picture(quickstart: NotebookNode) -> None:
    (bundle,) = outputs(quickstart, 'spaces["painter"].call')
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).size == (64, 64)


def test_shows_no_widget_to_readers_without_a_kernel(quickstart: NotebookNode) -> None:
    assert "application/vnd.jupyter.widget-view+json" not in str(quickstart.cells)
    assert "widgets" not in quickstart.metadata


@pytest.fixture(scope="module")
def components(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed(repository / "notebooks" / "components.ipynb", tmp_path_factory.mktemp("components"))


def test_controls_say_back_what_was_chosen(components: NotebookNode) -> None:
    shown = html(components, "controls")
    assert "Boats" in shown
    assert "2026-11-21T09:30" in shown


def test_words_are_rendered(components: NotebookNode) -> None:
    shown = html(components, "words")
    assert "<strong>red</strong>" in shown
    assert "7 words" in shown


def test_pictures_are_the_right_ones(components: NotebookNode) -> None:
    # Two inputs (with the mask), the inverted one, the annotated one, three variations.
    found = [picture.convert("RGB") for picture in pictures(html(components, "pictures"))]
    assert sum(picture.size == (192, 128) for picture in found) >= 5
    # The sun is golden in the photo and blue in the inverted one.
    suns = [picture.getpixel((45, 45)) for picture in found if picture.size == (192, 128)]
    assert (255, 215, 0) in suns
    assert (0, 40, 255) in suns


def test_media_are_inside_the_page(components: NotebookNode) -> None:
    shown = html(components, "media")
    assert "<audio" in shown
    assert "1 more files" in shown


def test_tables_and_figures_have_a_form_without_a_script(components: NotebookNode) -> None:
    shown = html(components, "tables")
    assert "<table" in shown
    assert len(pictures(shown)) >= 1
    assert "<script" not in shown


def test_the_conversation_is_there_to_its_last_word(components: NotebookNode) -> None:
    shown = html(components, "chat")
    assert "What is this?" in shown
    assert "<strong>notebook cell</strong> that became an app." in shown


def test_a_dataclass_is_a_group(components: NotebookNode) -> None:
    assert "3072 square px" in html(components, "groups")


@pytest.fixture(scope="module")
def dreambooth(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    folder = tmp_path_factory.mktemp("dreambooth")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_SPACES_CACHE", str(folder / "cache"))  # the kernel's: it paints its own class images
        notebook = executed(repository / "notebooks" / "dreambooth.ipynb", folder)
    # All that it writes is below the two: of these, `runs/` is what git ignores beside the notebook.
    assert {path.name for path in folder.iterdir()} == {"dreambooth.ipynb", "cache", "runs"}
    return notebook


def test_the_training_cell_waits_and_shows_curves_and_samples(dreambooth: NotebookNode) -> None:
    (bundle,) = outputs(dreambooth, "%%train dreambooth my-mug")
    assert bundle["text/plain"].startswith("my-mug: done, step 80 of 80")
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).width > 500
    shown = bundle["text/html"]
    assert "data:image/svg+xml" in shown
    # Two prompts at three steps, five photos, class images; the curves are a drawing.
    assert len(pictures(shown.replace("data:image/svg+xml", ""))) >= 2 * 3 + 5 + 8


def test_the_subject_is_learned_and_the_class_is_kept(dreambooth: NotebookNode) -> None:
    # The loss on the held-out photo falls by far, that on other mugs does not rise.
    (cell,) = [cell for cell in dreambooth.cells if cell.source.startswith("print(")]
    rows = [list(map(float, line.split())) for line in cell.outputs[0].text.splitlines()[1:]]
    (first, photo, on_class), (last, photo_after, class_after) = rows[0], rows[-1]
    assert (first, last) == (0, 80)
    assert photo_after < 0.75 * photo
    assert class_after < 1.25 * on_class


def test_the_app_paints_the_subject_and_other_mugs(dreambooth: NotebookNode) -> None:
    # Mine is turquoise with white lines; "a photo of a mug" is some other one.
    painted = pictures(html(dreambooth, "mug-painter"))
    assert [picture.size for picture in painted] == [(64, 64)] * 3
    mine, on_grass, another = (mean_colour(picture.crop((20, 20, 44, 44))) for picture in painted)
    turquoise = (100, 210, 205)
    assert max(math.dist(mine, turquoise), math.dist(on_grass, turquoise)) < 100
    assert math.dist(another, turquoise) > 100
    assert "a photo of sks mug on the grass" in html(dreambooth, "mug-painter")


def test_the_trained_notebook_shows_no_widget_to_readers_without_a_kernel(dreambooth: NotebookNode) -> None:
    assert "application/vnd.jupyter.widget-view+json" not in str(dreambooth.cells)
    assert "widgets" not in dreambooth.metadata


def test_the_readmes_training_cell_is_the_notebooks(repository: Path) -> None:
    """What the README shows is what the notebook runs."""
    notebook = nbformat.read(repository / "notebooks" / "dreambooth.ipynb", as_version=4)
    (cell,) = [cell.source for cell in notebook.cells if cell.source.startswith("%%train")]
    assert f"```\n{cell}\n```" in (repository / "README.md").read_text(encoding="utf-8")
