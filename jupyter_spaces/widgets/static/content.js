// @ts-check
// HTML that Python made, and made safe.
import { frame, h, latest, tool, watch } from "./field.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const field = frame(view, "content", true);
  const place = h("div", { class: "jsp-content jp-RenderedHTMLCommon" });
  const empty = h("div", { class: "jsp-empty" }, "Nothing yet");
  const copy = tool("copy", "Copy", () => navigator.clipboard?.writeText(latest(model)?.text ?? ""));
  field.tools.append(copy);
  field.body.append(place, empty);
  watch(view, ["_shown"], () => {
    const data = latest(model);
    place.innerHTML = data?.html ?? "";
    place.hidden = !data;
    empty.hidden = !!data;
    copy.hidden = !data?.text;
  });
}

export default { render };
