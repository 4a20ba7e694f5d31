// @ts-check
// Large parts of other projects (a waveform, a 3D viewer) are asked from the kernel once per page and kept out of the notebook.
import { importBlob } from "./blob-module.js";
import { fetchBytes } from "./upload.js";

/**
 * @param {import("./field.js").Model} model
 * @param {string} name
 * @returns {Promise<any>} the module; rejected with a sentence where the part is not installed or the kernel is gone
 */
export function vendor(model, name) {
  const cache = /** @type {any} */ (globalThis).jspVendor ??= {};
  cache[name] ??= fetchBytes(model, "vendor/" + name).then(importBlob);
  cache[name].catch(() => delete cache[name]);
  return cache[name];
}
