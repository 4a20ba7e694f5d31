// @ts-check
// A shape that a pointer or the arrow keys turn. The viewer is a part of its own (three.js), asked for when one is shown.
import { frame, h, icon, latest, saveBlob, say, tool, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";
import { vendor } from "./vendor.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const field = frame(view, "model3d", true);
  const drop = dropZone(view, field, { hint: "Drop a 3D model (GLB, glTF, OBJ, STL, PLY) or click to choose" });
  drop.listen(field.body);
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No model yet");
  const canvas = h("div", { class: "jsp-canvas", tabIndex: 0, role: "img" });
  const note = h("div", { class: "jsp-info", role: "status" });
  const stage = h("div", { class: "jsp-stage" }, canvas, note);
  /** @type {Blob | null} */ let blob = null;
  const download = tool("download", "Save the model", () => blob && saveBlob(blob, now.name || "model." + now.format));
  const clear = tool("close", "Remove the model", () => say(model, null));
  field.tools.append(download, clear);
  field.body.append(drop.zone, empty, stage);

  /** @type {any} */ let now = null;
  /** @type {null | (() => void)} */ let close = null;
  const stop = () => {
    close?.();
    close = null;
    canvas.hidden = true;
  };
  const draw = async (/** @type {any} */ data) => {
    note.textContent = "Loading …";
    blob = data.data ? new Blob([data.data], { type: data.mime }) : await fetchBytes(model, "value");
    /** @type {any} */ let viewer;
    try {
      viewer = await vendor(model, "viewer3d.js");
    } catch {
      note.textContent = "The 3D viewer is not available here; the model can be saved and opened elsewhere.";
      return;
    }
    if (data !== now) return;
    canvas.hidden = false;
    canvas.setAttribute("aria-label", (model.get("label") || "3D model") + ", turned by dragging or with the arrow keys");
    try {
      close = await viewer.view(canvas, await blob.arrayBuffer(), data.format, model.get("props"));
      note.textContent = "";
    } catch (problem) {
      canvas.hidden = true;
      note.textContent = "The model cannot be drawn: " + /** @type {Error} */ (problem).message;
    }
  };
  watch(view, ["_shown", "_typed", "interactive"], () => {
    const open = model.get("interactive");
    const data = latest(model);
    if (data !== now) {
      now = data;
      stop();
      if (data) draw(data).catch((problem) => (note.textContent = String(problem)));
    }
    stage.hidden = download.hidden = !data;
    clear.hidden = !data || !open;
    drop.zone.hidden = !open || !!data;
    empty.hidden = open || !!data;
  });
  return stop;
}

export default { render };
