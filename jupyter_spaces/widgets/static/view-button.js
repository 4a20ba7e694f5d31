// @ts-check
// A button of a laid-out page.
import { h } from "./field.js";
import { settled } from "./view.js";

/** @param {{model: any, el: HTMLElement, signal: AbortSignal}} view */
function render({ model, el }) {
  el.classList.add("jsp-press-host");
  const button = h("button", { type: "button", class: "jsp-press" });
  el.append(button);
  function draw() {
    button.textContent = model.get("label");
    button.className = `jsp-press jsp-is-${model.get("variant")}`;
    button.disabled = !model.get("interactive");
  }
  button.addEventListener("click", async () => {
    await settled(model);
    model.send({ do: "click" });
  });
  const names = ["label", "variant", "interactive"];
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  return () => names.forEach((name) => model.off(`change:${name}`, draw));
}

export default { render };
