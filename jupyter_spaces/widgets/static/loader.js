// @ts-check
// All that a widget carries of its own. What draws it is another model, which came before it (`widgets/shelf.py`), and is
// imported once per page: each import of a text takes the browser some milliseconds, and a style sheet that is written
// again has it style the whole page anew.
import { importBlob } from "./blob-module.js";

/** @param {any} source */
function load(source) {
  const id = "jsp-style-" + source.get("name");
  const sheet = document.getElementById(id) ?? document.head.appendChild(Object.assign(document.createElement("style"), { id }));
  sheet.textContent = source.get("style");
  return importBlob(source.get("script"));
}

/** @param {{ model: any, el: HTMLElement, signal?: AbortSignal }} view */
async function render(view) {
  const id = view.model.get("_module").replace("IPY_MODEL_", "");
  const source = await view.model.widget_manager.get_model(id);
  const loaded = /** @type {any} */ (globalThis).jspLoaded ??= {};
  const module = await (loaded[source.get("digest")] ??= load(source));
  return view.signal?.aborted ? undefined : module.default.render(view);
}

export default { render };
