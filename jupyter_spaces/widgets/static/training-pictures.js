// @ts-check
// The pictures of a run: samples as a table of prompts and steps, photos and class images as rows. A picture is fetched
// when it is drawn, small, and kept by its name; a click fetches the whole one and shows it large.
import { h, urlOf } from "./field.js";
import { lightbox } from "./lightbox.js";
import { fetchBytes } from "./upload.js";

/**
 * @typedef {{name: string, caption: string}} Picture
 * @typedef {{name: string, step: number, prompt: string, seed: number}} Sample
 */

const AT_ONCE = 4; // fetches under way: a click on Stop must not queue behind forty pictures

/**
 * @param {import("./field.js").Model} model
 * @param {HTMLElement} home where the enlarged picture appears
 * @param {AbortSignal} signal
 */
export function pictureShop(model, home, signal) {
  /** @type {Map<string, Promise<string>>} */ const urls = new Map();
  /** @type {(() => void)[]} */ const queue = [];
  let busy = 0;

  function next() {
    while (busy < AT_ONCE && queue.length) {
      busy++;
      queue.shift()?.();
    }
  }

  /** The picture of this name as a URL. @param {string} name @returns {Promise<string>} */
  function urlFor(name) {
    let found = urls.get(name);
    if (!found) {
      found = new Promise((resolve, reject) => {
        queue.push(() => fetchBytes(model, name).then((blob) => resolve(urlOf(blob, blob.type)), reject).finally(() => {
          busy--;
          next();
        }));
      });
      found.catch(() => urls.delete(name));
      urls.set(name, found);
      next();
    }
    return found;
  }

  /** Show the picture at a place of a row large, and have its neighbours ready. @param {Picture[]} row @param {number} start */
  async function enlarge(row, start) {
    const shown = row.map(({ caption }) => ({ src: "", caption }));
    const get = async (/** @type {number} */ place) => {
      shown[place].src = await urlFor("whole/" + row[place].name).catch(() => urlFor(row[place].name)).catch(() => "");
    };
    await get(start);
    if (signal.aborted) return;
    lightbox(home, shown, start);
    const rest = row.map((_, place) => place).filter((place) => place !== start);
    await Promise.all(rest.sort((a, b) => Math.abs(a - start) - Math.abs(b - start)).map(get));
  }

  signal.addEventListener("abort", () => {
    queue.length = 0;
    for (const url of urls.values()) url.then(URL.revokeObjectURL, () => {});
  });

  return {
    /** A small picture to click. @param {Picture[]} row @param {number} place */
    thumb(row, place) {
      const { name, caption } = row[place];
      const image = h("img", { alt: "", class: "jsp-thumb-image" });
      const button = h("button", { type: "button", class: "jsp-thumb", title: caption, "aria-label": caption, onclick: () => enlarge(row, place) }, image);
      urlFor(name).then((url) => (image.src = url), () => button.classList.add("jsp-is-missing"));
      return button;
    },
  };
}

/**
 * The samples: a row per prompt and seed, a column per step.
 * @param {HTMLElement} host scrolls sideways
 * @param {ReturnType<typeof pictureShop>} shop
 */
export function sampleStrip(host, shop) {
  /** @type {Map<string, HTMLElement>} */ const cells = new Map();
  const table = h("table", { class: "jsp-samples", "aria-label": "Samples" });
  let last = 0;
  host.append(table);

  return {
    /** @param {Sample[]} samples @param {number|null} picked the step of a column that stands out */
    draw(samples, picked) {
      const atEnd = host.scrollLeft + host.clientWidth >= host.scrollWidth - 4;
      const steps = [...new Set(samples.map(({ step }) => step))].sort((a, b) => a - b);
      /** @type {Map<string, Sample[]>} */ const rows = new Map();
      for (const sample of samples) {
        const key = JSON.stringify([sample.prompt, sample.seed]);
        rows.set(key, [...(rows.get(key) ?? []), sample]);
      }
      const named = new Set(samples.map(({ name }) => name));
      for (const name of cells.keys()) if (!named.has(name)) cells.delete(name);
      const head = h("tr", {}, h("td"), ...steps.map((step) => h("th", { scope: "col", class: step === picked ? "jsp-is-picked" : "" }, String(step))));
      const body = [...rows.values()].map((row) => {
        row.sort((a, b) => a.step - b.step);
        const pictures = row.map(({ name, prompt, seed, step }) => ({ name, caption: `${prompt}, seed ${seed}, step ${step}` }));
        const fields = steps.map((step) => {
          // Several of one step (a sample that was asked for) stand side by side.
          const own = row.map((sample, place) => ({ sample, place })).filter(({ sample }) => sample.step === step);
          return h("td", { class: step === picked ? "jsp-is-picked" : "" }, ...own.map(({ sample, place }) => {
            let cell = cells.get(sample.name);
            if (!cell) cells.set(sample.name, (cell = shop.thumb(pictures, place)));
            return cell;
          }));
        });
        return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "jsp-sample-prompt", title: row[0].prompt }, row[0].prompt), h("span", { class: "jsp-sample-seed" }, "seed " + row[0].seed)), ...fields);
      });
      table.replaceChildren(h("thead", {}, head), h("tbody", {}, ...body));
      host.hidden = !samples.length;
      if (atEnd && steps.length !== last) host.scrollLeft = host.scrollWidth;
      last = steps.length;
    },
    /** Bring the picked column into sight. */
    reveal() {
      const column = /** @type {HTMLElement|null} */ (table.querySelector("th.jsp-is-picked"));
      if (column) host.scrollLeft = column.offsetLeft - host.clientWidth / 2;
    },
  };
}
