// @ts-check
// What every field shares: building elements, the frame (label, help, error), and the state that the two sides keep.
// Python writes `_shown`, the page writes `_typed`, each with a turn number: the later of the two is what the field says.

/**
 * @typedef {{
 *   get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(name: string, listener: (...args: any[]) => void): void, off(name: string, listener?: any): void,
 *   send(content: any, callbacks?: any, buffers?: ArrayBuffer[]): void,
 * }} Model
 * @typedef {{ model: Model, el: HTMLElement, signal: AbortSignal }} View
 * @typedef {{ body: HTMLElement, tools: HTMLElement, id: string, fail(sentence: string): void, describe(control: HTMLElement): void }} Frame
 */

/**
 * Build an element. `onname` adds a listener; what is no property of the element becomes an attribute; null is left out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") /** @type {any} */ (node)[name] = value;
    else if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  close: "M6 6l12 12M18 6L6 18",
  download: "M12 4v11m-5-4l5 5 5-5M5 20h14",
  expand: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  upload: "M12 16V5M7 9l5-5 5 5M5 20h14",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  mic: "M12 4a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0v-5A2.5 2.5 0 0 0 12 4zM6 11a6 6 0 0 0 12 0M12 17v4",
  stop: "M7 7h10v10H7z",
  plus: "M12 5v14M5 12h14",
  send: "M5 12h13M12 6l6 6-6 6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "jsp-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * A small button that shows an icon and says its name to a screen reader.
 * @param {keyof typeof ICONS} name
 * @param {string} title
 * @param {(event: any) => void} onclick
 */
export function tool(name, title, onclick) {
  return h("button", { type: "button", class: "jsp-tool", title, "aria-label": title, onclick }, icon(name));
}

/**
 * Keep a key that is meant for a control from the notebook around it: JupyterLab takes arrows, and letters in a list of
 * choices ("a" adds a cell, "dd" deletes one), wherever the focus is not in a text. Ctrl+S and Escape go through.
 * @param {KeyboardEvent} event
 */
function keepKey(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
}

/**
 * Draw the label, the help text and the place of the error, and keep them as the model says.
 * A `group` is several controls under one name; otherwise the control takes `frame.id` as its id.
 * @param {View} view
 * @param {string} kind
 * @param {boolean} [group]
 * @returns {Frame}
 */
export function frame({ model, el, signal }, kind, group = false) {
  const id = "jsp-" + Math.random().toString(36).slice(2);
  const label = group
    ? h("span", { class: "jsp-label", id: id + "-label" })
    : h("label", { class: "jsp-label", for: id, id: id + "-label" });
  const tools = h("span", { class: "jsp-tools" });
  const info = h("div", { class: "jsp-info", id: id + "-info" });
  const body = h("div", { class: "jsp-body" });
  const error = h("div", { class: "jsp-error", id: id + "-error", role: "alert" });
  if (group) {
    body.setAttribute("role", "group");
    body.setAttribute("aria-labelledby", id + "-label");
  }
  const root = h("div", { class: "jsp-field jsp-" + kind }, h("div", { class: "jsp-head" }, label, tools), info, body, error);
  el.classList.add("jsp-host");
  el.append(root);
  el.addEventListener("keydown", keepKey, { signal });
  const sync = () => {
    label.textContent = model.get("label");
    label.hidden = !label.textContent;
    info.textContent = model.get("info");
    info.hidden = !info.textContent;
    error.textContent = model.get("error");
    error.hidden = !error.textContent;
    root.classList.toggle("jsp-invalid", !error.hidden);
    root.classList.toggle("jsp-output", !model.get("interactive"));
    el.classList.toggle("jsp-hidden", !model.get("visible"));
  };
  watch({ model, el, signal }, ["label", "info", "error", "visible", "interactive"], sync);
  return {
    body,
    tools,
    id,
    fail(sentence) {
      error.textContent = sentence;
      error.hidden = !sentence;
      root.classList.toggle("jsp-invalid", !!sentence);
    },
    describe(control) {
      control.setAttribute("aria-describedby", id + "-info " + id + "-error");
    },
  };
}

/**
 * Call `listener` now and whenever one of the traits changes, until the view goes.
 * @param {View} view
 * @param {string[]} names
 * @param {() => void} listener
 */
export function watch({ model, signal }, names, listener) {
  for (const name of names) model.on("change:" + name, listener);
  signal?.addEventListener("abort", () => names.forEach((name) => model.off("change:" + name, listener)));
  listener();
}

/** What the field says now. @param {Model} model */
export function latest(model) {
  const typed = model.get("_typed");
  const shown = model.get("_shown");
  return typed && typed.turn > shown.turn ? typed.data : shown.data;
}

/** Tell Python what the person entered. @param {Model} model @param {any} data */
export function say(model, data) {
  const turn = Math.max(model.get("_typed")?.turn ?? 0, model.get("_shown").turn) + 1;
  model.set("_typed", { turn, data });
  model.save_changes();
}

/**
 * The same, at most every `wait` milliseconds while somebody types or drags; `flush` sends what still waits.
 * @param {Model} model
 * @param {number} wait
 */
export function sayOften(model, wait) {
  /** @type {any} */ let timer = null;
  /** @type {any} */ let next;
  const flush = () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    say(model, next);
  };
  /** @param {any} data */
  const push = (data) => {
    next = data;
    timer ??= setTimeout(flush, wait);
  };
  return { push, flush };
}

/** Bytes that came as a trait, as a URL for the page. @param {any} bytes @param {string} mime */
export function urlOf(bytes, mime) {
  return URL.createObjectURL(new Blob([bytes], { type: mime }));
}

/** Let the browser save a URL under a name. @param {string} url @param {string} name */
export function save(url, name) {
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** The same for content that has no URL yet. @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  save(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60000); // the download may start late
}

/** @param {number} size bytes */
export function readable(size) {
  if (size < 1024) return size + " bytes";
  const power = Math.min(3, Math.floor(Math.log2(size) / 10));
  return (size / 1024 ** power).toFixed(1).replace(/\.0$/, "") + [" bytes", " KiB", " MiB", " GiB"][power];
}
