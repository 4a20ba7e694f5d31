// @ts-check
// What is typed or dragged: text on one line or several, code, numbers, sliders, colours, dates.
import { frame, h, latest, sayOften, tool, watch } from "./field.js";
import { slider } from "./range.js";

/** An ISO moment with a time zone, as the clock on this wall shows it. @param {string} iso @param {boolean} aware */
function toLocal(iso, aware) {
  if (!aware || !iso) return iso.slice(0, kindLength(iso));
  const moment = new Date(iso);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

/** The browser's inputs know milliseconds at most. @param {string} text */
const kindLength = (text) => (/^\d{4}-\d\d-\d\dT/.test(text) ? 23 : undefined);

/** @param {string} local @param {boolean} aware */
function toUtc(local, aware) {
  return aware && local ? new Date(local).toISOString() : local;
}

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const { kind } = model.get("props");
  const field = frame(view, kind);
  const often = sayOften(model, 150);
  const long = kind === "textarea" || kind === "code";
  const control = long
    ? h("textarea", { id: field.id, spellcheck: kind !== "code" })
    : h("input", { id: field.id, type: kind === "slider" ? "number" : kind, class: "jsp-control" });
  control.classList.add("jsp-control");
  field.describe(control);
  const drag = kind === "slider" ? slider({ "aria-labelledby": field.id + "-label" }) : null;
  if (drag) {
    field.describe(drag.range);
    field.body.append(drag.range);
  }
  field.body.append(control);

  const show = () => {
    const data = toLocal(latest(model) ?? "", model.get("props").aware);
    if (control.value !== data) control.value = data;
    if (drag) drag.range.value = data;
    drag?.paint();
  };
  const options = () => {
    const props = model.get("props");
    control.placeholder = props.placeholder ?? "";
    for (const each of drag ? [control, drag.range] : [control]) {
      for (const name of ["min", "max"]) each[name] = toLocal(props[name] ?? "", props.aware);
      each.step = props.step ?? "any";
    }
    if (props.max_length && !drag) control.maxLength = props.max_length;
    if (long) {
      control.rows = props.lines;
      control.style.setProperty("--jsp-lines", props.lines);
      control.style.maxHeight = props.max_lines ? props.max_lines * 1.5 + 1 + "em" : "";
    }
    show();
  };
  const access = () => {
    const open = model.get("interactive");
    if (long || ["text", "password", "number"].includes(kind)) control.readOnly = !open;
    else control.disabled = !open;
    if (drag) drag.range.disabled = control.readOnly = !open;
  };
  watch(view, ["_shown", "_typed"], show);
  watch(view, ["props"], options);
  watch(view, ["interactive"], access);

  control.addEventListener("input", () => {
    if (control.validity.badInput) {
      field.fail(kind === "number" ? "Enter a number." : "Enter a complete date.");
      return;
    }
    if (drag) drag.range.value = control.value;
    drag?.paint();
    often.push(toUtc(control.value, model.get("props").aware));
  });
  control.addEventListener("change", often.flush);
  drag?.range.addEventListener("input", () => {
    control.value = drag.range.value;
    often.push(drag.range.value);
  });
  drag?.range.addEventListener("change", often.flush);
  // A notebook has its own meaning for most keys: none of them may leave a text that somebody is typing.
  control.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    event.stopPropagation();
    if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      often.flush();
      if (model.get("interactive")) model.send({ jsp: "submit" });
    } else if (kind === "code" && event.key === "Tab" && !control.readOnly && !event.shiftKey && !escaped) {
      event.preventDefault();
      control.setRangeText("    ", control.selectionStart, control.selectionEnd, "end");
      often.push(control.value);
    }
    // Escape, then Tab, leaves the editor: a keyboard must not be trapped in it.
    escaped = event.key === "Escape";
  });
  let escaped = false;
  if (long || kind === "text") {
    field.tools.append(tool("copy", "Copy", () => navigator.clipboard?.writeText(control.value)));
  }
  return () => often.flush();
}

export default { render };
