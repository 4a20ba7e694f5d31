// @ts-check
// The training dashboard. All that it draws comes from traits that Python writes (`training/dashboard.py`); buttons send
// wishes and Python says what became of them. So a page that is reloaded, or a second one, shows the same run.
import { h, icon, readable, saveBlob, watch } from "./field.js";
import { trainingChart } from "./training-chart.js";
import { csvOf, floats, numberText, tableOf, timeText } from "./training-curves.js";
import { pictureShop, sampleStrip } from "./training-pictures.js";
import { fetchBytes } from "./upload.js";
import {} from "./view.js";

/**
 * @typedef {{state: string, step: number, steps: number, speed: number|null, eta: number|null, elapsed: number,
 *            memory: number|null, lr: number|null}} Head
 * @typedef {{step: number, size: number, scores: Record<string, number>}} Saved
 */

const OVER = ["done", "stopped", "failed"];
/** @type {Record<string, string>} */
const STATES = { waiting: "Waiting", preparing: "Preparing", training: "Training", paused: "Paused", done: "Done", stopped: "Stopped", failed: "Failed" };

/** @param {import("./field.js").View} view */
function render({ model, el, signal }) {
  el.classList.add("jsp-view", "jsp-training");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Training " + model.get("name"));
  /** @param {string} name @param {any} [more] */
  const wish = (name, more = {}) => model.send({ do: name, ...more });
  /** @returns {Head} */
  const head = () => model.get("head");
  /** @returns {Saved[]} */
  const saved = () => model.get("checkpoints");
  const going = () => model.get("live") && !OVER.includes(head().state);

  /**
   * A button that says why it rests, to the mouse and to a screen reader, and keeps the focus when it does.
   * @param {string} label
   * @param {() => void} onclick
   * @param {string} [more]
   */
  function press(label, onclick, more = "") {
    const button = h("button", { type: "button", class: "jsp-press " + more }, label);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") onclick();
      else say(button.title, true);
    });
    return button;
  }
  /** @param {any} button @param {string} refusal */
  function allow(button, refusal) {
    button.setAttribute("aria-disabled", String(!!refusal));
    button.title = refusal;
  }
  /** A small field with its label. @param {string} label @param {any} input */
  const entry = (label, input) => h("label", { class: "jsp-train-entry" }, h("span", {}, label), input);
  /** @param {HTMLElement} input @param {() => void} act */
  function onEnter(input, act) {
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) act();
    });
  }

  // Head

  const badge = h("span", { class: "jsp-badge" });
  const facts = h("dl", { class: "jsp-facts" });
  const bar = h("div", { class: "jsp-bar" });
  const track = h("div", { class: "jsp-track", role: "progressbar", "aria-label": "Steps" }, bar);
  const notice = h("div", { class: "jsp-train-notice" });
  const trouble = h("div", { class: "jsp-trouble", role: "alert" });
  const answer = h("div", { class: "jsp-train-answer", role: "status", "aria-live": "polite" });
  const told = h("span", { class: "jsp-unseen", role: "status", "aria-live": "polite" });
  /** @type {Map<string, {row: any, value: any}>} */ const known = new Map();
  for (const name of ["Step", "Speed", "Left", "Elapsed", "Memory", "Learning rate"]) {
    const value = h("dd");
    const row = h("div", {}, h("dt", {}, name), value);
    known.set(name, { row, value });
    facts.append(row);
  }
  let seen = performance.now(); // when the head came: the clock goes on from there

  function drawHead() {
    const now = head();
    if (!now.state) return;
    const later = going() ? (performance.now() - seen) / 1000 : 0;
    el.dataset.state = now.state;
    badge.textContent = STATES[now.state] ?? now.state;
    if (told.textContent !== badge.textContent) told.textContent = badge.textContent;
    /** @type {Record<string, string>} */
    const texts = {
      Step: `${now.step} of ${now.steps}`,
      Speed: now.speed && now.state !== "preparing" ? (now.speed >= 1 ? `${numberText(Number(now.speed.toPrecision(3)))} steps/s` : `${timeText(1 / now.speed)} per step`) : "",
      Left: now.eta !== null ? timeText(Math.max(0, now.eta - later)) : "",
      Elapsed: now.elapsed ? timeText(now.elapsed + later) : "",
      Memory: now.memory ? readable(now.memory) : "",
      "Learning rate": now.lr ? numberText(now.lr) : "",
    };
    for (const [name, { row, value }] of known) {
      row.hidden = !texts[name];
      if (value.textContent !== texts[name]) value.textContent = texts[name];
    }
    const part = now.steps ? Math.min(1, now.step / now.steps) : 0;
    bar.style.width = `${(100 * part).toFixed(1)}%`;
    track.classList.toggle("jsp-is-unknown", going() && ["waiting", "preparing"].includes(now.state));
    track.setAttribute("aria-valuenow", String(Math.round(100 * part)));
    track.setAttribute("aria-valuetext", `step ${now.step} of ${now.steps}`);
    rate.placeholder = numberText(now.lr);
    until.placeholder = String(now.step < now.steps ? now.steps : 2 * now.steps);
  }

  function drawNotice() {
    const { text, warnings = [], traceback } = model.get("notice");
    const failed = head().state === "failed";
    const sentences = [...(failed || !text ? [] : [text]), ...warnings.map((/** @type {string} */ each) => "⚠ " + each)];
    notice.replaceChildren(...sentences.map((each) => h("div", {}, each)));
    trouble.replaceChildren();
    if (failed && text) trouble.append(h("div", { class: "jsp-trouble-message" }, text), ...folded(traceback));
  }

  /** @param {string} traceback */
  const folded = (traceback) => (traceback ? [h("details", { class: "jsp-fold" }, h("summary", {}, "Traceback"), h("pre", { tabindex: "0" }, traceback))] : []);

  /** @param {string} text @param {boolean} bad @param {string} [traceback] */
  function say(text, bad, traceback = "") {
    answer.classList.toggle("jsp-is-bad", bad);
    answer.replaceChildren(text, ...folded(traceback));
  }

  // What can be done with the run

  const pause = press("Pause", () => wish(head().state === "paused" ? "go_on" : "pause"));
  const stop = press("Stop", () => wish("stop"), "jsp-is-stop");
  const checkpoint = press("Checkpoint", () => wish("checkpoint"));
  const until = h("input", { type: "text", inputMode: "numeric", class: "jsp-control", size: 7 });
  const resumed = () => wish("resume", { steps: until.value.trim() || (head().step >= head().steps ? until.placeholder : "") });
  const resume = press("Resume", resumed, "jsp-is-primary");
  onEnter(until, resumed);
  const untilEntry = entry("to step", until);
  const rate = h("input", { type: "text", inputMode: "decimal", class: "jsp-control", size: 8 });
  const setRate = () => {
    if (!rate.value.trim()) return say("Write the learning rate that you want, such as 5e-6.", true);
    wish("learning_rate", { value: rate.value });
    rate.value = "";
  };
  const set = press("Set", setRate);
  onEnter(rate, setRate);
  const rateEntry = h("span", { class: "jsp-train-group" }, entry("Learning rate", rate), set);
  set.setAttribute("aria-label", "Set the learning rate");

  function drawButtons() {
    const why = model.get("refusals");
    const on = going();
    const held = document.activeElement; // a keyboard does not lose its place when a button goes
    pause.textContent = head().state === "paused" ? "Go on" : "Pause";
    allow(pause, why[head().state === "paused" ? "go_on" : "pause"]);
    allow(stop, why.stop);
    allow(checkpoint, why.checkpoint);
    allow(resume, why.resume);
    allow(set, why.learning_rate);
    allow(sample, why.sample);
    allow(use, why.use);
    allow(back, why.roll_back);
    for (const each of [pause, stop, checkpoint, rateEntry, sampling]) each.hidden = !on;
    samples.hidden = !(model.get("album").samples ?? []).length && !(on && ["training", "paused"].includes(head().state));
    for (const each of [resume, untilEntry]) each.hidden = on || !head().state;
    if (held instanceof HTMLElement && el.contains(held) && held.closest("[hidden]")) (on ? pause : resume).focus();
  }

  async function downloadCsv() {
    try {
      const rows = new DataView(await (await fetchBytes(model, "rows")).arrayBuffer());
      saveBlob(new Blob([csvOf(names.rows, floats(rows), probes())], { type: "text/csv" }), model.get("name") + ".csv");
    } catch (problem) {
      say(String(problem), true);
    }
  }

  async function downloadPng() {
    const picture = await chart.picture(`${model.get("name")}, step ${head().step}`);
    if (picture) saveBlob(picture, model.get("name") + ".png");
  }

  // Curves

  const names = model.get("series");
  const stage = h("div", { class: "jsp-chart" });
  const chart = trainingChart(stage, signal, async ({ from, to }) => {
    const blob = await fetchBytes(model, `window/${from}/${to}`).catch(() => null);
    return blob && tableOf(names.steps, new DataView(await blob.arrayBuffer()));
  });
  for (const [label, what, onclick] of [["CSV", "the numbers as CSV", downloadCsv], ["PNG", "the chart as PNG", downloadPng]]) {
    chart.tools.append(h("button", { type: "button", class: "jsp-quiet jsp-chart-tool", title: "Download " + what, "aria-label": "Download " + what, onclick }, icon("download"), label));
  }
  const probes = () => tableOf(names.probes, model.get("probes_base"), model.get("probes_tail"));
  const drawCurves = () => {
    chart.set({ steps: tableOf(names.steps, model.get("steps_base"), model.get("steps_tail")), probes: probes(), goal: head().steps || 1 });
    stage.hidden = !model.get("steps_tail")?.byteLength && !model.get("steps_base")?.byteLength && !model.get("probes_tail")?.byteLength;
  };
  const drawOthers = () => chart.set({
    others: model.get("others").map((/** @type {any} */ each) => ({ name: each.name, steps: tableOf(names.steps, each.steps), probes: tableOf(names.probes, each.probes) })),
  });

  // Checkpoints

  /** @type {number|null} */ let chosen = null; // the step that a person chose; else the newest
  const slider = h("input", { type: "range", min: 0, step: 1, class: "jsp-train-slider", "aria-label": "Checkpoint" });
  const about = h("span", { class: "jsp-train-about" });
  const use = press("Use this one", () => wish("use", { step: pickedStep() }));
  const back = press("Roll back here", () => wish("roll_back", { step: pickedStep() }));
  const shelf = section("Checkpoints", h("div", { class: "jsp-train-pick" }, slider, about, h("span", { class: "jsp-actions" }, use, back)));
  const pickedStep = () => saved().find(({ step }) => step === chosen)?.step ?? saved().at(-1)?.step ?? null;
  slider.addEventListener("input", () => {
    chosen = saved()[Number(slider.value)]?.step ?? null;
    drawCheckpoints();
    strip.reveal();
  });

  function drawCheckpoints() {
    const all = saved();
    const step = pickedStep();
    shelf.hidden = !all.length;
    slider.max = String(Math.max(0, all.length - 1));
    slider.value = String(all.findIndex((each) => each.step === step));
    slider.disabled = all.length < 2;
    const found = all.find((each) => each.step === step);
    if (found) {
      const scores = Object.entries(found.scores).map(([name, value]) => `${name} ${numberText(value)}`);
      about.textContent = [`step ${found.step}`, readable(found.size), ...scores, found.step === model.get("used") ? "in use" : ""].filter(Boolean).join(" · ");
      slider.setAttribute("aria-valuetext", about.textContent);
    }
    chart.set({ checkpoints: all.map((each) => each.step), picked: all.length > 1 || chosen !== null ? step : null });
    drawSamples();
  }

  // Pictures

  const shop = pictureShop(model, el, signal);
  const prompt = h("input", { type: "text", class: "jsp-control", placeholder: "the run's own prompts" });
  const seed = h("input", { type: "text", inputMode: "numeric", class: "jsp-control", size: 6, placeholder: "0" });
  const sampleNow = () => wish("sample", { prompt: prompt.value, seed: seed.value });
  const sample = press("Sample now", sampleNow);
  onEnter(prompt, sampleNow);
  onEnter(seed, sampleNow);
  const promptEntry = entry("Prompt", prompt);
  promptEntry.classList.add("jsp-is-wide");
  const sampling = h("div", { class: "jsp-actions jsp-sampling" }, promptEntry, entry("Seed", seed), sample);
  const scroller = h("div", { class: "jsp-samples-scroll", tabindex: "0", role: "region", "aria-label": "Samples by step" });
  const strip = sampleStrip(scroller, shop);
  const samples = section("Samples", sampling, scroller);
  const photos = h("div", { class: "jsp-thumbs" });
  const classes = h("div", { class: "jsp-thumbs" });
  const material = h("details", { class: "jsp-fold jsp-material" }, h("summary"), photos, classes);

  function drawSamples() {
    const all = model.get("album").samples ?? [];
    const picked = saved().length > 1 || chosen !== null ? pickedStep() : null;
    strip.draw(all, picked);
    chart.set({ samples: [...new Set(all.map((/** @type {any} */ each) => each.step))] });
  }

  function drawMaterial() {
    const { photos: own = [], classes: prior = [] } = model.get("album");
    material.hidden = !own.length && !prior.length;
    const counted = (/** @type {number} */ count, /** @type {string} */ one) => (count ? `${count} ${one}${count === 1 ? "" : "s"}` : "");
    material.firstElementChild.textContent = [counted(own.length, "photo"), counted(prior.length, "class image")].filter(Boolean).join(", ");
    if (!material.open) return; // nothing is fetched that nobody sees
    row(photos, "Photos: what the subject looks like", own);
    row(classes, "Class images: what the class looks like to the untrained model, and shall look like afterwards", prior);
  }
  material.addEventListener("toggle", drawMaterial);

  /** @param {HTMLElement} host @param {string} title @param {{name: string, text: string}[]} pictures */
  function row(host, title, pictures) {
    const key = pictures.map(({ name }) => name).join();
    if (host.dataset.key === key) return;
    host.dataset.key = key;
    const named = pictures.map(({ name, text }) => ({ name, caption: text }));
    host.replaceChildren(...(pictures.length ? [h("div", { class: "jsp-thumbs-title" }, title)] : []), ...named.map((_, place) => shop.thumb(named, place)));
  }

  /** @param {string} title @param {...any} content */
  function section(title, ...content) {
    return h("section", { class: "jsp-train-section", "aria-label": title }, h("h3", {}, title), ...content);
  }

  el.append(
    h("div", { class: "jsp-train-head" }, h("h2", {}, model.get("name")), badge, told),
    facts, track, notice, trouble,
    h("div", { class: "jsp-actions jsp-train-actions" }, pause, stop, checkpoint, resume, untilEntry, rateEntry),
    answer, stage, samples, shelf, material,
  );

  const view = { model, el, signal };
  watch(view, ["head"], () => {
    seen = performance.now();
    drawHead();
  });
  watch(view, ["notice", "head"], drawNotice);
  watch(view, ["refusals", "head", "live", "album"], drawButtons);
  watch(view, ["steps_base", "steps_tail", "probes_base", "probes_tail", "head"], drawCurves);
  watch(view, ["others"], drawOthers);
  watch(view, ["checkpoints", "used"], drawCheckpoints);
  watch(view, ["album"], () => {
    drawSamples();
    drawMaterial();
  });
  let turn = model.get("answer").turn ?? 0; // what an earlier page was told says nothing to this one
  const hear = () => {
    const said = model.get("answer");
    if (said.turn > turn) say(said.text, said.bad, said.traceback);
    turn = said.turn ?? turn;
  };
  watch(view, ["answer"], hear);
  const clock = setInterval(drawHead, 1000);
  // Plain keys are commands of a notebook (D D deletes the cell): not while something in here has the focus.
  el.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
  }, { signal });
  // The page must be complete before Python writes the static form beside it.
  const arrived = setTimeout(() => model.send({ do: "shown" }), 0);
  return () => {
    clearInterval(clock);
    clearTimeout(arrived);
  };
}

export default { render };
