// @ts-check
// A conversation. Only messages that changed are drawn again, so that a streamed answer neither flickers nor moves the page.
import { frame, h, latest, say, tool, urlOf, watch } from "./field.js";

const NAMES = /** @type {Record<string, string>} */ ({ user: "You", assistant: "Assistant", system: "System" });

/** @param {import("./field.js").View} view */
function render(view) {
  const { model } = view;
  const field = frame(view, "chatbot", true);
  const list = h("div", { class: "jsp-chat", role: "log", tabIndex: 0, "aria-live": "polite", "aria-labelledby": field.id + "-label" });
  const empty = h("div", { class: "jsp-empty" }, "No messages yet");
  const clear = tool("close", "Clear the conversation", () => say(model, null));
  field.tools.append(clear);
  field.body.append(list, empty);

  /** @type {Record<string, string>} */ const urls = {};
  /** @type {{ key: string, node: HTMLElement }[]} */ let drawn = [];
  const picture = (/** @type {string} */ name) => {
    const found = model.get("_pictures")[name];
    if (found) urls[name] ??= urlOf(found.data, found.mime);
    return h("img", { src: urls[name] ?? "", alt: "image" });
  };
  const bubble = (/** @type {any} */ message) =>
    h("article", { class: "jsp-message jsp-" + message.role },
      h("header", {}, NAMES[message.role] ?? message.role,
        tool("copy", "Copy this message", () => navigator.clipboard?.writeText(message.text))),
      ...message.parts.map((/** @type {any} */ part) =>
        part.picture ? picture(part.picture) : h("div", { class: "jsp-words jp-RenderedHTMLCommon", innerHTML: part.html })));
  watch(view, ["_shown", "_typed", "_pictures", "props", "interactive"], () => {
    const messages = latest(model)?.messages ?? [];
    // Somebody who scrolled up to read stays there; otherwise the end stays in sight.
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const known = model.get("_pictures");
    drawn.splice(messages.length).forEach((each) => each.node.remove());
    messages.forEach((/** @type {any} */ message, /** @type {number} */ i) => {
      const ready = message.parts.every((/** @type {any} */ part) => !part.picture || known[part.picture]);
      const key = JSON.stringify(message) + ready;
      if (drawn[i]?.key === key) return;
      const node = bubble(message);
      if (drawn[i]) drawn[i].node.replaceWith(node);
      else list.append(node);
      drawn[i] = { key, node };
    });
    list.style.maxHeight = model.get("props").height + "px";
    list.hidden = !messages.length;
    empty.hidden = !!messages.length;
    clear.hidden = !messages.length || !model.get("interactive");
    if (atEnd) list.scrollTop = list.scrollHeight;
  });
  return () => Object.values(urls).forEach((each) => URL.revokeObjectURL(each));
}

export default { render };
