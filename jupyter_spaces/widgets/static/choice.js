// @ts-check
// One or several of given choices: a switch, radio buttons, a list to drop down, check boxes. The page names a choice by
// its place in the list; which Python value that is, only Python knows.
import { frame, h, latest, say, watch } from "./field.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const { kind } = model.get("props");
  const single = kind === "checkbox" || kind === "dropdown" || kind === "combobox";
  const field = frame(view, kind, !single);
  if (kind === "checkbox") checkbox(view, field);
  else if (kind === "dropdown") dropdown(view, field);
  else if (kind === "combobox") combobox(view, field);
  else boxes(view, field, kind === "radio" ? "radio" : "checkbox");
}

/** @typedef {import("./field.js").View} View */
/** @typedef {import("./field.js").Frame} Frame */

/** @param {View} view @param {Frame} field */
function checkbox(view, field) {
  const { model } = view;
  const box = h("input", { type: "checkbox", id: field.id, class: "jsp-box", onchange: () => say(model, box.checked) });
  field.describe(box);
  field.body.append(box);
  watch(view, ["_shown", "_typed", "interactive"], () => {
    box.checked = latest(model) === true;
    box.indeterminate = latest(model) === null;
    box.disabled = !model.get("interactive");
  });
}

/** @param {View} view @param {Frame} field */
function dropdown(view, field) {
  const { model } = view;
  const select = h("select", {
    id: field.id, class: "jsp-control jsp-select",
    onchange: () => say(model, select.value === "" ? null : Number(select.value)),
  });
  field.describe(select);
  field.body.append(select);
  watch(view, ["props", "_shown", "_typed", "interactive"], () => {
    const { choices, optional } = model.get("props");
    const chosen = latest(model);
    const empty = h("option", { value: "", disabled: !optional, hidden: !optional }, optional ? "(none)" : "");
    select.replaceChildren(empty, ...choices.map((/** @type {string} */ label, /** @type {number} */ i) => h("option", { value: String(i) }, label)));
    select.value = chosen === null ? "" : String(chosen);
    select.disabled = !model.get("interactive");
  });
}

/** A list that also takes what is not in it. @param {View} view @param {Frame} field */
function combobox(view, field) {
  const { model } = view;
  const offers = h("datalist", { id: field.id + "-list" });
  const control = h("input", { id: field.id, class: "jsp-control", list: field.id + "-list", autocomplete: "off" });
  control.addEventListener("change", () => say(model, control.value === "" ? null : control.value));
  control.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.stopPropagation());
  field.describe(control);
  field.body.append(control, offers);
  watch(view, ["props", "_shown", "_typed", "interactive"], () => {
    offers.replaceChildren(...model.get("props").choices.map((/** @type {string} */ label) => h("option", { value: label })));
    control.value = latest(model) ?? "";
    control.readOnly = !model.get("interactive");
  });
}

/** @param {View} view @param {Frame} field @param {"radio" | "checkbox"} type */
function boxes(view, field, type) {
  const { model } = view;
  const list = h("div", { class: "jsp-boxes" });
  const filter = h("input", {
    type: "search", class: "jsp-control jsp-filter", placeholder: "Filter", "aria-label": "Filter the choices",
    oninput: () => narrow(), onkeydown: (/** @type {Event} */ event) => event.stopPropagation(),
  });
  field.body.append(filter, list);
  const narrow = () => {
    const words = filter.value.toLowerCase();
    for (const each of list.children) /** @type {HTMLElement} */ (each).hidden = !each.textContent?.toLowerCase().includes(words);
  };
  /** @type {string[]} */ let own = []; // texts that were added to the choices
  const tell = () => {
    const known = model.get("props").choices.length;
    const chosen = [...list.querySelectorAll("input")].flatMap((box, i) => (box.checked ? [i < known ? i : own[i - known]] : []));
    say(model, type === "radio" ? chosen[0] ?? null : chosen);
  };
  const add = h("input", {
    class: "jsp-control jsp-filter", placeholder: "Add another and press Enter", "aria-label": "Add another",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation();
      if (event.key !== "Enter" || !add.value) return;
      event.preventDefault();
      const chosen = latest(model) ?? [];
      if (!chosen.includes(add.value)) say(model, [...chosen, add.value]);
      add.value = "";
    },
  });
  field.body.append(add);
  let drawn = "";
  watch(view, ["props", "_shown", "_typed", "interactive"], () => {
    const { choices, kind, custom } = model.get("props");
    const data = latest(model);
    const chosen = Array.isArray(data) ? data : [data];
    own = [...new Set([...own, ...chosen.filter((each) => typeof each === "string")])];
    if (drawn !== JSON.stringify([choices, own])) {
      drawn = JSON.stringify([choices, own]);
      list.replaceChildren(...[...choices, ...own].map((label) =>
        h("label", { class: "jsp-choice" }, h("input", { type, name: field.id, class: "jsp-box", onchange: tell }), h("span", {}, label))));
      filter.hidden = choices.length <= 12;
      list.classList.toggle("jsp-scroll", choices.length > 12 || kind === "many");
      narrow();
    }
    add.hidden = !custom || !model.get("interactive");
    [...list.querySelectorAll("input")].forEach((box, i) => {
      box.checked = chosen.includes(i < choices.length ? i : own[i - choices.length]);
      box.disabled = !model.get("interactive");
    });
  });
}

export default { render };
