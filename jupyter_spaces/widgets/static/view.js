// @ts-check
// What the parts of a view share.
import { h } from "./field.js";

/**
 * What was typed last must be with Python before a click that means it, and ipywidgets does not promise that: a model holds
 * back a change while an earlier one is unanswered, a click does not wait for it, and ipykernel 7.4 may handle two models in
 * two threads. So wait until no field of the form has anything held back or unanswered; mostly that is at once.
 * @param {any} model
 */
export async function settled(model) {
  /** @param {string} id */
  const find = async (id) => {
    try {
      return await model.widget_manager.get_model(id);
    } catch {
      return null; // closed meanwhile
    }
  };
  const fields = await Promise.all(model.get("fields").map(find));
  const underWay = () => fields.some((field) => field && (field._msg_buffer != null || field._pending_msgs > 0));
  const until = performance.now() + 60_000; // a kernel that answers no more must not swallow the click
  while (underWay() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard without https or a permission: the old way works there.
    const area = h("textarea", { value: text, class: "jsp-unseen" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
