// @ts-check
// What the parts of a view share.

/**
 * A field tells the kernel of a change as soon as the one before has been answered. While the kernel is busy that takes
 * a while, and a click would overtake the last words typed. So wait until nothing of the form is held back.
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
  for (let i = 0; i < 6000 && fields.some((field) => field?._msg_buffer != null); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
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
