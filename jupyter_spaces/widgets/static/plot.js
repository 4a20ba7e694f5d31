// @ts-check
// A figure: a picture of matplotlib, or drawn by plotly (its Python package brings the browser part along, in the version
// that fits) or by Vega-Lite (vendored).
import { frame, h, latest, save, tool, urlOf, watch } from "./field.js";
import { vendor } from "./vendor.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const field = frame(view, "plot", true);
  const place = h("div", { class: "jsp-plot-place" });
  const empty = h("div", { class: "jsp-empty" }, "No plot yet");
  let url = "";
  const download = tool("download", "Save the plot", () => save(url, "plot.png"));
  field.tools.append(download);
  field.body.append(place, empty);

  /** @type {null | (() => void)} */ let close = null;
  /** @type {any} */ let now;
  const draw = async (/** @type {any} */ data) => {
    if (data.library === "matplotlib") {
      url = urlOf(data.data, data.mime);
      place.replaceChildren(h("img", { src: url, alt: model.get("label") || "plot" }));
      return;
    }
    try {
      const part = await vendor(model, data.library + ".js");
      if (data !== now) return;
      place.replaceChildren();
      close = await (data.library === "plotly" ? plotly : part.draw)(place, data.figure, document.body.dataset.jpThemeLight === "false");
    } catch {
      if (data === now) place.innerHTML = data.html; // made safe in Python
    }
  };
  watch(view, ["_shown"], () => {
    const data = latest(model);
    if (data === now) return;
    now = data;
    close?.();
    close = null;
    if (url) URL.revokeObjectURL(url);
    url = "";
    download.hidden = data?.library !== "matplotlib";
    place.hidden = !data;
    empty.hidden = !!data;
    if (data) draw(data);
  });
  return () => close?.();
}

/** @param {HTMLElement} place @param {any} figure */
async function plotly(place, figure) {
  const { Plotly } = /** @type {any} */ (globalThis);
  const chart = h("div", {});
  place.append(chart);
  await Plotly.newPlot(chart, figure.data, figure.layout, { responsive: true, displaylogo: false });
  return () => Plotly.purge(chart);
}

export default { render };
