// @ts-check
// Several pictures in a grid that a keyboard walks through; each enlarges.
import { frame, h, icon, saveBlob, say, tool, urlOf, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";
import { lightbox } from "./lightbox.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const field = frame(view, "gallery", true);
  const grid = h("div", { class: "jsp-grid", role: "list" });
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No images yet");
  const drop = dropZone(view, field, { hint: "Drop images, paste them, or click to choose", multiple: true });
  drop.listen(field.body);
  field.body.append(grid, empty, drop.zone);

  /** @type {any} */ let now;
  /** @type {{ src: string, caption: string }[]} */ let pictures = [];
  const free = () => pictures.forEach((each) => URL.revokeObjectURL(each.src));
  /** @param {any} item @param {number} place */
  const download = async (item, place) => {
    try {
      const blob = item.whole ? new Blob([item.data], { type: item.mime }) : await fetchBytes(model, String(place));
      saveBlob(blob, `image-${place + 1}.${blob.type.split("/")[1].replace("jpeg", "jpg")}`);
    } catch (problem) {
      field.fail(String(problem));
    }
  };
  watch(view, ["_shown", "interactive", "props"], () => {
    const open = model.get("interactive");
    const { items } = model.get("_shown").data;
    if (now !== items || grid.dataset.open !== String(open)) {
      now = items;
      grid.dataset.open = String(open);
      free();
      pictures = items.map((/** @type {any} */ item) => ({ src: urlOf(item.data, item.mime), caption: item.caption }));
      grid.replaceChildren(...items.map((/** @type {any} */ item, /** @type {number} */ i) => {
        const name = item.caption || "image " + (i + 1);
        return h("figure", { role: "listitem" },
          h("button", { type: "button", class: "jsp-thumb", "aria-label": "Enlarge " + name, onclick: () => lightbox(field.body, pictures, i) },
            h("img", { src: pictures[i].src, alt: name })),
          item.caption ? h("figcaption", {}, item.caption) : null,
          h("span", { class: "jsp-tools" },
            tool("download", "Save " + name, () => download(item, i)),
            open ? tool("close", "Remove " + name, () => say(model, { remove: i })) : null));
      }));
    }
    grid.style.setProperty("--jsp-columns", String(Math.min(model.get("props").columns, Math.max(1, items.length))));
    grid.hidden = !items.length;
    empty.hidden = open || !!items.length;
    drop.zone.hidden = !open;
  });
  return free;
}

export default { render };
