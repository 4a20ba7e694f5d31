"""Plot: figures of three libraries, recognised without importing any."""

from __future__ import annotations

from typing import Any

import altair as alt
import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go
import pytest

from jupyter_spaces.errors import InputError
from jupyter_spaces.space.components import Blob, Plot, PlotData
from jupyter_spaces.space.components.pictures import read_image

mpl.use("agg")


def matplotlib_figure() -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2, 3])
    return figure


def test_a_matplotlib_figure_travels_as_a_picture() -> None:
    wire: Any = Plot(dpi=50).to_json(matplotlib_figure())
    assert wire["type"] == "matplotlib"
    assert 50 < read_image(Blob.from_url(wire["plot"]).data).width < 150


def test_axes_stand_for_their_figure() -> None:
    figure = matplotlib_figure()
    assert Plot().check(figure.axes[0]) is figure


def test_plotly_and_altair_travel_as_their_json() -> None:
    wire: Any = Plot().to_json(go.Figure(go.Scatter(x=np.arange(3), y=[1, 2, 3])))
    assert wire["type"] == "plotly"
    assert wire["plot"]["data"][0]["type"] == "scatter"
    wire = Plot().to_json(alt.Chart(alt.InlineData([{"a": 1}])).mark_bar().encode(x="a:Q"))
    assert wire["type"] == "altair"
    assert wire["plot"]["mark"] == {"type": "bar"}


@pytest.mark.parametrize(
    "figure",
    [matplotlib_figure(), go.Figure(), alt.layer(alt.Chart(alt.InlineData([])).mark_bar())],
    ids=["matplotlib", "plotly", "altair"],
)
def test_from_the_wire_comes_data_and_never_a_figure(figure: Any) -> None:
    component = Plot()
    wire = component.to_json(figure)
    back = component.from_json(wire)
    assert isinstance(back, PlotData)
    # It can be shown and sent on.
    assert component.to_json(component.check(back)) == wire
    assert component.to_text(back) == component.to_text(figure) == f"{back.type} plot"


def test_a_figure_that_its_library_cannot_draw_is_told_with_the_librarys_words() -> None:
    figure = matplotlib_figure()
    figure.axes[0].set_title(r"$\notacommand{$")
    with pytest.raises(InputError, match="The matplotlib figure cannot be drawn: ValueError"):
        Plot().to_json(figure)


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"plot": {}}, r"A Plot is a result: from JSON it only reads what it wrote"),
        ({"type": "bokeh", "plot": {}}, "The type of a plot is one of 'matplotlib', 'plotly', 'altair'"),
        ({"type": "matplotlib", "plot": "data:image/png;base64,AAAA"}, "The plot of matplotlib is a PNG image"),
        ({"type": "matplotlib", "plot": "/etc/passwd"}, "is not a base64 data URL"),
        ({"type": "plotly", "plot": [1]}, "give the JSON object of a figure of plotly"),
        ({"type": "plotly", "plot": {"x": float("nan")}}, r"nan at \['x'\] has no form in JSON"),
    ],
)
def test_wrong_plots_from_the_wire_are_refused(wire: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Plot().from_json(wire)


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(
        InputError, match="3 is not accepted here: give a matplotlib figure, a plotly figure or an altair chart"
    ):
        Plot().check(3)


def test_a_plot_has_a_largest_size() -> None:
    with pytest.raises(InputError, match="at most 100 bytes are accepted"):
        Plot(max_size=100).to_json(matplotlib_figure())
