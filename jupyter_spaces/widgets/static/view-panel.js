// @ts-check
// Below a form: examples to click, the flag button, and the Python call and schema of what the form now says.
import { h, icon } from "./field.js";
import { copy } from "./view.js";

/** @typedef {{text?: string, image?: string}} Cell */

/** @param {Cell} cell */
function content(cell) {
  return cell.image ? h("img", { src: cell.image, alt: cell.text ?? "", class: "jsp-example-thumb" }) : h("span", {}, cell.text ?? "");
}

/** @param {{model: any, el: HTMLElement, signal: AbortSignal}} view */
function render({ model, el }) {
  el.classList.add("jsp-panel");
  const examples = h("div", { class: "jsp-examples" });
  const call = h("pre", { tabindex: "0" });
  const copied = h("button", { type: "button", class: "jsp-quiet jsp-copy", title: "Copy", "aria-label": "Copy the call" }, icon("copy"));
  const schema = h("pre", { tabindex: "0" });
  const schemaFold = h("details", { class: "jsp-fold" }, h("summary", {}, "Schema"), schema);
  const api = h("details", { class: "jsp-fold jsp-api" }, h("summary", {}, "Use from Python"), h("div", { class: "jsp-call" }, call, copied), schemaFold);
  const flag = h("button", { type: "button", class: "jsp-quiet jsp-flag" }, "Flag");
  const flagged = h("span", { class: "jsp-said", role: "status", "aria-live": "polite" });
  el.append(examples, api, h("div", { class: "jsp-actions jsp-flagging" }, flag, flagged));

  function drawExamples() {
    /** @type {{columns: string[], rows: Cell[][], names: string[]}} */
    const { columns, rows, names } = model.get("examples");
    examples.hidden = !rows?.length;
    examples.replaceChildren();
    if (examples.hidden) return;
    const id = "jsp-" + Math.random().toString(36).slice(2);
    examples.append(h("div", { class: "jsp-label", id }, "Examples"));
    /** @param {number} index */
    const pick = (index) => () => model.send({ do: "example", index });
    if (columns.length === 1) {
      const buttons = rows.map(([cell], index) =>
        h("button", { type: "button", class: "jsp-chip", title: names[index], onclick: pick(index) }, content(cell)),
      );
      examples.append(h("div", { class: "jsp-chips", role: "group", "aria-labelledby": id }, ...buttons));
      return;
    }
    const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
    const body = rows.map((cells, index) => {
      const button = h("button", { type: "button", class: "jsp-pick", "aria-label": `Example: ${names[index]}`, onclick: pick(index) }, content(cells[0]));
      return h("tr", {}, h("td", {}, button), ...cells.slice(1).map((cell) => h("td", {}, content(cell))));
    });
    const table = h("table", { "aria-labelledby": id }, h("thead", {}, head), h("tbody", {}, ...body));
    examples.append(h("div", { class: "jsp-example-table" }, table));
  }

  function draw() {
    call.textContent = model.get("call");
    schema.textContent = model.get("schema");
    flag.parentElement.hidden = !model.get("flagging");
    flagged.textContent = model.get("flagged");
  }

  api.addEventListener("toggle", () => api.open && model.send({ do: "api" }));
  flag.addEventListener("click", () => model.send({ do: "flag" }));
  copied.addEventListener("click", async () => {
    await copy(call.textContent ?? "");
    copied.classList.add("jsp-is-done");
    setTimeout(() => copied.classList.remove("jsp-is-done"), 1200);
  });
  const names = ["call", "schema", "flagging", "flagged"];
  for (const name of names) model.on(`change:${name}`, draw);
  model.on("change:examples", drawExamples);
  draw();
  drawExamples();
  return () => {
    for (const name of names) model.off(`change:${name}`, draw);
    model.off("change:examples", drawExamples);
  };
}

export default { render };
