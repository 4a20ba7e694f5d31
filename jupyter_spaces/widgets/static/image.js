// @ts-check
// One picture: dropped, pasted, chosen or taken with the webcam; shown with a way to enlarge and to save it.
import { frame, h, icon, latest, saveBlob, say, tool, urlOf, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";
import { lightbox } from "./lightbox.js";
import { webcam } from "./webcam.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model, signal } = view;
  const field = frame(view, "image", !model.get("interactive"));
  const picture = h("img", { class: "jsp-picture", alt: "" });
  const stage = h("div", { class: "jsp-stage", hidden: true }, picture);
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No image yet");
  const drop = dropZone(view, field, { hint: "Drop an image, paste it, or click to choose" });
  const sources = model.get("props").sources ?? [];
  const shoot = () => webcam(field, signal, (file) => drop.take([file]));
  const camera = h("button", { type: "button", class: "jsp-button", onclick: shoot }, icon("camera"), "Webcam");
  if (sources.includes("webcam") && navigator.mediaDevices) drop.zone.append(camera);
  drop.listen(field.body);
  // A focusable body takes Ctrl+V, which a file input does not.
  stage.tabIndex = 0;
  field.body.append(drop.zone, empty, stage);

  /** @type {any} */ let now = null;
  let url = "";
  const keep = async () => {
    try {
      const blob = now.whole ? new Blob([now.data], { type: now.mime }) : await fetchBytes(model, "value");
      saveBlob(blob, "image." + blob.type.split("/")[1].replace("jpeg", "jpg"));
    } catch (problem) {
      field.fail(String(problem));
    }
  };
  const enlarge = () => lightbox(field.body, [{ src: url, caption: "" }], 0);
  const tools = h("span", { class: "jsp-tools" }, tool("expand", "Enlarge", enlarge), tool("download", "Save the image", keep));
  const clear = tool("close", "Remove the image", () => say(model, null));
  field.tools.append(tools, clear);
  picture.addEventListener("click", enlarge);

  watch(view, ["_shown", "_typed", "interactive", "props", "label"], () => {
    const open = model.get("interactive");
    const data = latest(model);
    if (data !== now) {
      now = data;
      if (url) URL.revokeObjectURL(url);
      url = data ? urlOf(data.data, data.mime) : "";
      if (data) picture.src = url;
      else picture.removeAttribute("src");
    }
    picture.alt = model.get("label") || "image";
    picture.title = data?.text ?? "";
    picture.style.maxHeight = model.get("props").height ? model.get("props").height + "px" : "";
    stage.hidden = tools.hidden = !data;
    clear.hidden = !data || !open;
    drop.zone.hidden = !open || !!data;
    empty.hidden = open || !!data;
  });
  return () => URL.revokeObjectURL(url);
}

export default { render };
