// @ts-check
// Files travel in chunks that Python acknowledges one by one, because one message over 10 MB ends the connection to the
// kernel without a word. Each side drives: Python answers with the offset it wants next, so that a lost or doubled
// chunk mends itself. Bytes come the other way (a large result, a part of the page) by the same steps.
import { h, readable } from "./field.js";

const CHUNK = 512 * 1024;
const PATIENCE = 10000;

/**
 * @param {import("./field.js").Model} model
 * @param {Blob & {name?: string}} file
 * @param {string} slot which part of the value it is ("" for the whole)
 * @param {(sent: number, busy: boolean) => void} progress
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejected with a sentence
 */
export function upload(model, file, slot, progress, signal) {
  const id = Math.random().toString(36).slice(2);
  const limit = model.get("props").max_size;
  const name = file.name ?? "recording";
  if (limit && file.size > limit) {
    return Promise.reject(`${name} has ${readable(file.size)}; at most ${readable(limit)} are accepted here.`);
  }
  return new Promise((resolve, reject) => {
    /** @type {any} */ let timer;
    let acked = -1;
    const finish = (/** @type {string | null} */ problem) => {
      clearTimeout(timer);
      model.off("msg:custom", hear);
      signal.removeEventListener("abort", cancel);
      if (problem === null) resolve();
      else reject(problem);
    };
    const cancel = () => {
      model.send({ jsp: "upload", id, step: "cancel" });
      finish("");
    };
    const post = async (/** @type {number} */ offset) => {
      const part = await file.slice(offset, offset + CHUNK).arrayBuffer();
      model.send({ jsp: "upload", id, step: "chunk", offset }, undefined, [part]);
    };
    const begin = () => model.send({ jsp: "upload", id, step: "begin", slot, name, size: file.size, mime: file.type });
    let asking = true;
    const wait = () => {
      clearTimeout(timer);
      // A kernel that runs a cell may answer only after it: say why nothing moves, and ask again where to go on. The
      // chunk itself is not sent again before that, or copies of it would pile up in front of the kernel.
      timer = setTimeout(() => {
        progress(Math.max(acked, 0), true);
        asking = true;
        begin();
        wait();
      }, PATIENCE);
    };
    const hear = (/** @type {any} */ message) => {
      if (message.jsp !== "upload" || message.id !== id) return;
      if (message.step === "refused") return finish(message.error);
      if (message.step === "done") return finish(null);
      if (message.offset < acked || (message.offset === acked && !asking)) return; // an answer that came twice
      asking = false;
      acked = message.offset;
      progress(acked, false);
      post(acked);
      wait();
    };
    model.on("msg:custom", hear);
    signal.addEventListener("abort", cancel);
    begin();
    wait();
  });
}

/**
 * Fetch bytes that Python offers under a name.
 * @param {import("./field.js").Model} model
 * @param {string} name
 * @param {(got: number, total: number) => void} [progress]
 * @returns {Promise<Blob>} rejected with a sentence
 */
export function fetchBytes(model, name, progress = () => {}) {
  const id = Math.random().toString(36).slice(2);
  return new Promise((resolve, reject) => {
    /** @type {any[]} */ const parts = [];
    /** @type {any} */ let timer;
    let got = 0;
    let tries = 0;
    const ask = () => {
      clearTimeout(timer);
      if (++tries > 6) return finish(() => reject("The kernel does not answer."));
      timer = setTimeout(ask, PATIENCE);
      model.send({ jsp: "fetch", id, name, offset: got });
    };
    const finish = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      model.off("msg:custom", hear);
      settle();
    };
    const hear = (/** @type {any} */ message, /** @type {any[]} */ buffers) => {
      if (message.jsp !== "fetch" || message.id !== id) return;
      if (message.error) return finish(() => reject(message.error));
      if (message.offset !== got) return;
      parts.push(buffers[0]);
      got += buffers[0].byteLength;
      tries = 0;
      progress(got, message.total);
      if (got < message.total) ask();
      else finish(() => resolve(new Blob(parts, { type: message.mime })));
    };
    model.on("msg:custom", hear);
    ask();
  });
}

/**
 * A drop zone: click, drag and drop, paste. Shows progress, can be cancelled, and puts what went wrong into the field.
 * @param {import("./field.js").View} view
 * @param {import("./field.js").Frame} field
 * @param {{ hint: string, multiple?: boolean, slot?: string, convert?: (file: File) => Promise<File> }} options
 */
export function dropZone({ model, signal }, field, { hint, multiple = false, slot = "", convert }) {
  const props = model.get("props");
  const input = h("input", {
    type: "file", class: "jsp-file-input", id: field.id, accept: props.accept ?? "", multiple,
    onchange: () => { take([...input.files]); input.value = ""; },
  });
  field.describe(input);
  const words = h("span", {}, hint);
  const limit = props.max_size ? h("span", { class: "jsp-drop-limit" }, "at most " + readable(props.max_size)) : null;
  const bar = h("progress", { class: "jsp-progress", max: 1, value: 0, hidden: true, "aria-label": "Upload" });
  const stop = h("button", { type: "button", class: "jsp-button", hidden: true, onclick: () => running?.abort() }, "Cancel");
  // The label covers the zone, so that a click anywhere chooses a file; what else stands in the zone lies above it.
  const zone = h("div", { class: "jsp-drop" }, input, h("label", { class: "jsp-drop-words", for: field.id }, words, limit), bar, stop);
  /** @type {AbortController | null} */ let running = null;

  const send = async (/** @type {File} */ file) => {
    running = new AbortController();
    bar.hidden = stop.hidden = false;
    field.fail("");
    try {
      if (convert) file = await convert(file);
      await upload(model, file, slot, (sent, busy) => {
        bar.value = file.size ? sent / file.size : 1;
        words.textContent = busy
          ? "The kernel is busy; the upload goes on when it is free."
          : `${file.name ?? "Recording"}: ${readable(sent)} of ${readable(file.size)}`;
      }, running.signal);
    } catch (problem) {
      if (problem) field.fail(String(problem));
    }
    running = null;
    bar.hidden = stop.hidden = true;
    words.textContent = hint;
  };
  const take = async (/** @type {File[]} */ files) => {
    if (running || !model.get("interactive")) return;
    for (const file of multiple ? files : files.slice(0, 1)) await send(file);
  };
  /** @param {HTMLElement} area where a file may be dropped or pasted */
  const listen = (area) => {
    area.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("jsp-over"); }, { signal });
    area.addEventListener("dragleave", () => zone.classList.remove("jsp-over"), { signal });
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      zone.classList.remove("jsp-over");
      take([...(event.dataTransfer?.files ?? [])]);
    }, { signal });
    area.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      event.stopPropagation();
      take(files);
    }, { signal });
  };
  return { zone, input, take, listen };
}
