// @ts-check
import { h, tool } from "./field.js";

/**
 * Show pictures over the page; arrow keys walk, Escape or a click closes.
 * @param {HTMLElement} home the dialog lives beside it, so that it has the field's styles
 * @param {{ src: string, caption: string }[]} pictures
 * @param {number} start
 */
export function lightbox(home, pictures, start) {
  let at = start;
  const image = h("img", {});
  const caption = h("figcaption", {});
  const dialog = h("dialog", { class: "jsp-lightbox", "aria-label": "Enlarged image" },
    h("figure", {}, image, caption), tool("close", "Close", () => dialog.close()));
  const show = () => {
    image.src = pictures[at].src;
    image.alt = pictures[at].caption || "image";
    caption.textContent = pictures[at].caption + (pictures.length > 1 ? ` (${at + 1} of ${pictures.length})` : "");
  };
  dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    event.stopPropagation();
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      at = (at + step + pictures.length) % pictures.length;
      show();
    }
  });
  dialog.addEventListener("click", (/** @type {Event} */ event) => event.target === image || dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  home.append(dialog);
  show();
  dialog.showModal();
}
