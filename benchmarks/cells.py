"""The cells that both sides run: the same function, as a Space and as a Gradio interface."""

from __future__ import annotations

LOAD = "%load_ext jupyter_spaces"

GRADIO_LOAD = "import gradio as gr"

# A new colour at each call, so that each result is a change that the page has to show.
PAINT = """import itertools
from PIL import Image
shades = itertools.count(1)

def paint(number: int = 1) -> Image.Image:
    shade = next(shades)
    return Image.new("RGB", (64, 64), (shade * 37 % 256, shade * 11 % 256, 128))
"""

SPACE = "%%space bench\n" + PAINT
GRADIO = PAINT + '\ngr.Interface(paint, gr.Number(value=1), gr.Image(), flagging_mode="never").launch(quiet=True)\n'


def labels(run: int, count: int) -> list[str]:
    """Parameter names that occur nowhere else, so that the page can tell when each is visible."""
    return [f"run{run}field{index}" for index in range(count)]


def space_form(run: int, count: int) -> str:
    """A Space with `count` inputs of five kinds, and one text as result."""
    parameters = ", ".join(_typed(name, index) for index, name in enumerate(labels(run, count)))
    return (
        f"%%space form{run}\nfrom typing import Annotated, Literal\nfrom jupyter_spaces import Slider\n\n"
        f"def show({parameters}) -> str:\n    return 'shown'\n"
    )


def gradio_form(run: int, count: int) -> str:
    """The same inputs as a Gradio interface."""
    kinds = ('gr.Textbox(label="{0}")', 'gr.Number(label="{0}")', 'gr.Slider(1, 50, label="{0}")',
             'gr.Checkbox(label="{0}")', 'gr.Dropdown(["a", "b"], label="{0}")')  # fmt: skip
    inputs = ", ".join(kinds[index % 5].format(name) for index, name in enumerate(labels(run, count)))
    return (
        "gr.close_all(verbose=False)\n"
        f'gr.Interface(lambda *_: "shown", [{inputs}], "text", flagging_mode="never").launch(quiet=True)\n'
    )


def _typed(name: str, index: int) -> str:
    kinds = ('str = ""', "float = 1.0", "Annotated[int, Slider(1, 50)] = 1", "bool = False", 'Literal["a", "b"] = "a"')
    return f"{name}: {kinds[index % 5]}"
