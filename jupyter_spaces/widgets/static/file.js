// @ts-check
// Files by name and size: uploaded, removed, saved.
import { frame, h, icon, readable, saveBlob, say, tool, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const multiple = model.get("props").multiple ?? false;
  const field = frame(view, "file", !model.get("interactive"));
  const list = h("ul", { class: "jsp-files" });
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No file yet");
  const drop = dropZone(view, field, { hint: multiple ? "Drop files or click to choose" : "Drop a file or click to choose", multiple });
  drop.listen(field.body);
  field.body.append(list, empty, drop.zone);

  watch(view, ["_shown", "interactive"], () => {
    const open = model.get("interactive");
    const { items } = model.get("_shown").data;
    list.replaceChildren(...items.map((/** @type {any} */ item, /** @type {number} */ i) => {
      const size = h("span", { class: "jsp-size" }, readable(item.size));
      const fetch = async () => {
        try {
          const blob = await fetchBytes(model, String(i), (got, total) => (size.textContent = Math.round((100 * got) / total) + " %"));
          saveBlob(blob, item.name);
        } catch (problem) {
          field.fail(String(problem));
        }
        size.textContent = readable(item.size);
      };
      return h("li", {}, icon("file"), h("span", { class: "jsp-name", title: item.name }, item.name), size,
        tool("download", "Save " + item.name, fetch),
        open ? tool("close", "Remove " + item.name, () => say(model, multiple ? { remove: i } : null)) : null);
    }));
    list.hidden = !items.length;
    empty.hidden = open || !!items.length;
    drop.zone.hidden = !open || (!multiple && !!items.length);
  });
}

export default { render };
