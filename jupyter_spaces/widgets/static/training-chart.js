// @ts-check
// The chart of a run: panels on one canvas over one axis of steps, a legend that says the values, and the ways to look
// closer: drag, wheel, keys. It draws at most once per frame, and only when something changed.
import { h } from "./field.js";
import { bucketAt, hasValues, horizon, lastStep, logTicks, moved, numberText, tableOf, ticks, valueRange, valuesAt, zoomed } from "./training-curves.js";

/**
 * @typedef {import("./training-curves.js").Table} Table
 * @typedef {import("./training-curves.js").Span} Span
 * @typedef {{name: string, steps: Table, probes: Table}} Other
 * @typedef {{steps: Table, probes: Table, others: Other[], goal: number, checkpoints: number[], samples: number[],
 *            picked: number|null}} Curves
 * @typedef {{name: string, label: string, color: string}} Series
 * @typedef {{title: string, from: "steps"|"probes", weight: number, fine: boolean, series: Series[]}} Panel
 */

/** `fine`: drawn as it is, not smoothed. @type {Panel[]} */
const PANELS = [
  {
    title: "Loss", from: "steps", weight: 5, fine: false,
    series: [
      { name: "loss", label: "Total", color: "--jsp-curve-total" },
      { name: "instance_loss", label: "Instance", color: "--jsp-curve-instance" },
      { name: "prior_loss", label: "Prior", color: "--jsp-curve-prior" },
    ],
  },
  {
    title: "Probe loss", from: "probes", weight: 3, fine: true,
    series: [
      { name: "class_loss", label: "Class probe", color: "--jsp-curve-class" },
      { name: "photo_loss", label: "Photo probe", color: "--jsp-curve-photo" },
    ],
  },
  { title: "Gradient norm", from: "steps", weight: 1.6, fine: false, series: [{ name: "grad_norm", label: "Gradient norm", color: "--jsp-curve-norm" }] },
  { title: "Learning rate", from: "steps", weight: 1.6, fine: true, series: [{ name: "lr", label: "Learning rate", color: "--jsp-curve-rate" }] },
];
/** @type {Record<string, string>} */
const MEANINGS = {
  class_loss: "Loss on fixed class images: rises when the class collapses into the subject",
  photo_loss: "Loss on the held-out photo: rises when the photos are learned by heart",
  prior_loss: "Loss on class images, which keeps the class as it was",
};
const LEFT = 52;
const RIGHT = 10;
const LANE = 14; // pixels at the top for the marks of checkpoints and samples
const TITLE = 17;
const FOOT = 20;
const EMPTY = tableOf([]);

/**
 * @param {HTMLElement} host
 * @param {AbortSignal} signal
 * @param {(span: Span) => Promise<Table|null>} look fetches a part of the curve as fine as it is
 */
export function trainingChart(host, signal, look) {
  /** @type {Curves} */
  let curves = { steps: EMPTY, probes: EMPTY, others: [], goal: 1, checkpoints: [], samples: [], picked: null };
  /** @type {Span|null} */ let zoom = null;
  /** @type {number|null} */ let cursor = null;
  /** @type {{start: number, end: number}|null} */ let drag = null;
  /** @type {{span: Span, table: Table, last: number}|null} */ let detail = null;
  /** @type {Set<string>} */ const off = new Set();
  let log = false;
  let frame = 0;
  /** @type {any} */ let speaking;
  /** @type {any} */ let looking;

  const canvas = h("canvas", { class: "jsp-chart-canvas", role: "img", "aria-label": "Curves" });
  const stage = h("div", {
    class: "jsp-chart-stage", tabindex: "0", role: "group", "aria-roledescription": "chart", "aria-label":
      "Curves. Left and right arrows read the values step by step, with Shift in larger steps, Home and End go to the ends, plus and minus zoom, 0 shows everything.",
  }, canvas);
  const spoken = h("span", { class: "jsp-unseen", role: "status", "aria-live": "polite" });
  const place = h("span", { class: "jsp-chart-place" });
  const logButton = toggle("Log scale", () => { log = !log; logButton.setAttribute("aria-pressed", String(log)); schedule(); });
  const allButton = h("button", { type: "button", class: "jsp-quiet jsp-chart-tool", onclick: () => show(null) }, "Show all");
  const legend = h("div", { class: "jsp-legend", role: "group", "aria-label": "Series" });
  const beside = h("div", { class: "jsp-legend jsp-legend-others" });
  const tools = h("div", { class: "jsp-chart-tools" }, place, allButton, logButton);
  host.append(tools, stage, legend, beside, spoken);

  /** @type {Map<string, {button: any, value: any, panel: Panel}>} */ const chips = new Map();
  for (const panel of PANELS) {
    for (const series of panel.series) {
      const value = h("span", { class: "jsp-legend-value" });
      const swatch = h("span", { class: "jsp-swatch" });
      swatch.style.background = `var(${series.color})`;
      const button = toggle("", () => {
        if (!off.delete(series.name)) off.add(series.name);
        button.setAttribute("aria-pressed", String(!off.has(series.name)));
        schedule();
      });
      button.classList.add("jsp-legend-item");
      if (MEANINGS[series.name]) button.title = MEANINGS[series.name];
      button.setAttribute("aria-pressed", "true");
      button.append(swatch, series.label, " ", value);
      chips.set(series.name, { button, value, panel });
      legend.append(button);
    }
  }

  /** @param {string} text @param {() => void} onclick */
  function toggle(text, onclick) {
    return h("button", { type: "button", class: "jsp-quiet jsp-chart-tool", "aria-pressed": "false", onclick }, text);
  }

  const whole = () => horizon(Math.max(lastStep(curves.steps), lastStep(curves.probes), ...curves.others.map((each) => lastStep(each.steps))), curves.goal);
  const sight = () => zoom ?? whole();
  /** The steps as fine as they are known in what is seen. */
  const fine = () => (zoom && detail && detail.span.from <= zoom.from && detail.span.to >= zoom.to ? detail.table : curves.steps);
  /** @param {Panel} panel */
  const tableFor = (panel) => (panel.from === "steps" ? fine() : curves.probes);

  function schedule() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }

  /** Show these steps; null shows all. @param {Span|null} span */
  function show(span) {
    zoom = span;
    detail = span ? detail : null;
    clearTimeout(looking);
    if (span) looking = setTimeout(lookCloser, 150);
    schedule();
  }

  async function lookCloser() {
    const table = curves.steps;
    const coarse = table.count && lastStep(table) > table.count + 1;
    if (!zoom || !coarse || signal.aborted) return;
    const margin = (zoom.to - zoom.from) / 2;
    const span = { from: Math.max(0, Math.floor(zoom.from - margin)), to: Math.ceil(zoom.to + margin) };
    const last = lastStep(table);
    const found = await look(span);
    if (found && zoom) detail = { span, table: found, last };
    schedule();
  }

  function draw() {
    const width = Math.round(stage.clientWidth);
    if (!width) return;
    const height = stage.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    paint(pen, width, height, false);
    words();
  }

  /** What is said beside the canvas: the values in the legend, and where the cursor is. */
  function words() {
    const at = cursor ?? Infinity;
    for (const [name, { button, value, panel }] of chips) {
      const table = tableFor(panel);
      button.hidden = !hasValues(table, name);
      const bucket = bucketAt(table, at);
      if (!button.hidden) value.textContent = numberText(panel.fine ? valuesAt(table, name, bucket).high : valuesAt(table, name, bucket).smooth);
    }
    allButton.hidden = !zoom;
    place.textContent = cursor === null ? "" : [`Step ${cursor}`, ...marksAt(cursor)].join(" · ");
    beside.hidden = !curves.others.length;
    if (beside.childElementCount !== curves.others.length) {
      beside.replaceChildren(...curves.others.map((each, index) =>
        h("span", { class: "jsp-legend-item" }, h("span", { class: "jsp-dash", style: `border-top-style:${index % 2 ? "dotted" : "dashed"}` }), each.name)));
    }
  }

  /** @param {number} step */
  function marksAt(step) {
    const span = sight();
    const close = Math.max(0.5, ((span.to - span.from) / Math.max(1, stage.clientWidth)) * 4);
    const near = (/** @type {number[]} */ steps) => steps.some((each) => Math.abs(each - step) <= close);
    return [near(curves.checkpoints) ? "checkpoint" : "", near(curves.samples) ? "samples" : ""].filter(Boolean);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {number} width
   * @param {number} height
   * @param {boolean} named with the names of the series, for a picture that stands alone
   */
  function paint(pen, width, height, named) {
    const style = getComputedStyle(host);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const [ink, grid] = [color("--jsp-muted"), color("--jsp-line")];
    pen.font = `11px ${style.fontFamily}`;
    pen.lineJoin = "round";
    const span = sight();
    const right = width - RIGHT;
    const x = (/** @type {number} */ step) => LEFT + ((step - span.from) / (span.to - span.from)) * (right - LEFT);
    const shown = PANELS.map((panel) => ({ panel, table: tableFor(panel), series: panel.series.filter(({ name }) => !off.has(name) && hasValues(tableFor(panel), name)) }))
      .filter(({ series }) => series.length);
    const weights = shown.reduce((sum, { panel }) => sum + panel.weight, 0);
    const free = height - LANE - FOOT - TITLE * shown.length;
    let top = LANE;
    for (const { panel, table, series } of shown) {
      top += TITLE;
      const bottom = top + (free * panel.weight) / weights;
      const beyond = curves.others.map((each) => each[panel.from]);
      const lines = [table, ...beyond].flatMap((each) => series.filter(({ name }) => hasValues(each, name)).map(({ name }) => ({ table: each, name })));
      const [least, most] = valueRange(lines, span, log) ?? [log ? 0.1 : 0, 1];
      const scaled = log ? Math.log : (/** @type {number} */ value) => value;
      const y = (/** @type {number} */ value) => bottom - ((scaled(value) - scaled(least)) / (scaled(most) - scaled(least))) * (bottom - top);

      pen.textBaseline = "alphabetic";
      pen.textAlign = "left";
      pen.fillStyle = ink;
      pen.fillText(panel.title, LEFT, top - 5);
      let after = LEFT + pen.measureText(panel.title).width + 12;
      for (const each of named && panel.series.length > 1 ? series : []) {
        pen.fillStyle = color(each.color);
        pen.fillText(each.label, after, top - 5);
        after += pen.measureText(each.label).width + 12;
      }
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      pen.lineWidth = 1;
      const count = Math.max(3, Math.floor((bottom - top) / 26));
      for (const value of log ? logTicks(least, most, count) : ticks(least, most, count)) {
        const line = Math.round(y(value)) + 0.5;
        pen.strokeStyle = grid;
        pen.beginPath();
        pen.moveTo(LEFT, line);
        pen.lineTo(right, line);
        pen.stroke();
        pen.fillStyle = ink;
        pen.fillText(numberText(value), LEFT - 6, line);
      }
      pen.save();
      pen.beginPath();
      pen.rect(LEFT - 3, top - 1, right - LEFT + 6, bottom - top + 2);
      pen.clip();
      pen.setLineDash([2, 3]);
      pen.strokeStyle = ink;
      for (const step of curves.checkpoints) {
        pen.globalAlpha = step === curves.picked ? 0.9 : 0.35;
        vertical(pen, x(step), top, bottom);
      }
      pen.setLineDash([]);
      if (!panel.fine) for (const { name, color: own } of series) raw(pen, table, name, x, y, color(own));
      beyond.forEach((each, index) => {
        pen.setLineDash(index % 2 ? [2, 3] : [6, 4]);
        for (const { name, color: own } of series) if (hasValues(each, name)) curve(pen, each, name, x, y, color(own), panel.fine, 0.75);
      });
      pen.setLineDash([]);
      for (const { name, color: own } of series) curve(pen, table, name, x, y, color(own), panel.fine, 1);
      if (cursor !== null && !named) {
        pen.strokeStyle = ink;
        pen.globalAlpha = 0.7;
        vertical(pen, x(cursor), top, bottom);
        pen.globalAlpha = 1;
        const bucket = bucketAt(table, cursor);
        for (const { name, color: own } of series) {
          const { high, smooth } = valuesAt(table, name, bucket);
          const value = panel.fine ? high : smooth;
          if (!Number.isFinite(value)) continue;
          pen.fillStyle = color(own);
          pen.beginPath();
          pen.arc(x(table.data[bucket * table.stride + 1]), y(value), 3, 0, 7);
          pen.fill();
        }
      }
      pen.restore();
      top = bottom;
    }
    marks(pen, x, span, ink, color("--jsp-accent"));
    pen.fillStyle = ink;
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    for (const step of ticks(span.from, span.to, Math.max(4, Math.floor((right - LEFT) / 55)))) {
      if (Number.isInteger(step)) pen.fillText(String(step), Math.min(x(step), width - 4 - pen.measureText(String(step)).width / 2), height - 5);
    }
    if (drag && !named) {
      pen.fillStyle = color("--jsp-accent");
      pen.globalAlpha = 0.18;
      pen.fillRect(drag.start, LANE, drag.end - drag.start, height - LANE - FOOT);
      pen.globalAlpha = 1;
    }
  }

  /** Diamonds for checkpoints, dots for samples. @param {CanvasRenderingContext2D} pen @param {(step: number) => number} x @param {Span} span @param {string} ink @param {string} accent */
  function marks(pen, x, span, ink, accent) {
    const inside = (/** @type {number} */ step) => step >= span.from && step <= span.to;
    pen.fillStyle = ink;
    for (const step of curves.samples.filter(inside)) {
      pen.beginPath();
      pen.arc(x(step), 10.5, 2, 0, 7);
      pen.fill();
    }
    for (const step of curves.checkpoints.filter(inside)) {
      const [at, size] = [x(step), step === curves.picked ? 5 : 3.6];
      pen.fillStyle = step === curves.picked ? accent : ink;
      pen.beginPath();
      for (const [dx, dy] of [[0, -size], [size, 0], [0, size], [-size, 0]]) pen.lineTo(at + dx, 5 + dy);
      pen.fill();
    }
  }

  // Pointer: hover reads, drag looks closer, double click shows all. The wheel zooms once the chart has the focus, or with
  // Ctrl: else a person who scrolls through the notebook would be caught here.

  /** @param {MouseEvent} event */
  const within = (event) => Math.min(stage.clientWidth - RIGHT, Math.max(LEFT, event.clientX - stage.getBoundingClientRect().left));
  /** @param {number} pixel */
  const stepAt = (pixel) => {
    const span = sight();
    return span.from + ((pixel - LEFT) / (stage.clientWidth - RIGHT - LEFT)) * (span.to - span.from);
  };
  /** @param {number} step */
  const measured = (step) => {
    const table = fine().count ? fine() : curves.probes;
    const bucket = bucketAt(table, step);
    return bucket < 0 ? Math.round(step) : table.data[bucket * table.stride + 1];
  };
  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    cursor = measured(stepAt(within(event)));
    if (drag) drag.end = within(event);
    schedule();
  }, { signal });
  stage.addEventListener("pointerleave", () => {
    if (!drag) cursor = null;
    schedule();
  }, { signal });
  stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    drag = { start: within(event), end: within(event) };
    stage.setPointerCapture(event.pointerId);
  }, { signal });
  /** @param {boolean} keep */
  const drop = (keep) => {
    const chosen = drag;
    drag = null;
    if (keep && chosen && Math.abs(chosen.end - chosen.start) > 6) {
      const [from, to] = [stepAt(chosen.start), stepAt(chosen.end)].sort((a, b) => a - b);
      if (to - from >= 2) show({ from, to });
    }
    schedule();
  };
  stage.addEventListener("pointerup", () => drop(true), { signal });
  stage.addEventListener("pointercancel", () => drop(false), { signal });
  stage.addEventListener("dblclick", () => show(null), { signal });
  stage.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && document.activeElement !== stage) return;
    event.preventDefault();
    show(zoomed(sight(), stepAt(within(event)), event.deltaY > 0 ? 1.25 : 0.8, whole()));
  }, { signal, passive: false });

  stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const table = fine().count ? fine() : curves.probes;
    const now = bucketAt(table, cursor ?? sight().to);
    const far = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowLeft: () => walk(now - far),
      ArrowRight: () => walk(cursor === null ? now : now + far),
      Home: () => walk(0),
      End: () => walk(table.count - 1),
      "+": () => show(zoomed(sight(), cursor ?? (sight().from + sight().to) / 2, 0.6, whole())),
      "-": () => show(zoomed(sight(), cursor ?? (sight().from + sight().to) / 2, 1 / 0.6, whole())),
      "0": () => show(null),
    };
    const move = moves[event.key === "=" ? "+" : event.key];
    if (!move || !table.count) return;
    event.preventDefault();
    event.stopPropagation();
    move();
    /** @param {number} bucket */
    function walk(bucket) {
      const inside = Math.min(table.count - 1, Math.max(0, bucket));
      cursor = table.data[inside * table.stride + 1];
      const span = sight();
      if (zoom && (cursor < span.from || cursor > span.to)) show(moved(zoom, cursor < span.from ? cursor - span.from : cursor - span.to, whole()));
      speak();
    }
    schedule();
  }, { signal });
  stage.addEventListener("blur", () => {
    cursor = null;
    schedule();
  }, { signal });

  /** Say where the cursor came to rest, not each step on the way. */
  function speak() {
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      draw();
      const values = [...chips.values()].filter(({ button }) => !button.hidden && button.getAttribute("aria-pressed") === "true");
      spoken.textContent = [place.textContent, ...values.map(({ button }) => button.textContent)].join(", ");
    }, 250);
  }

  const resized = new ResizeObserver(schedule);
  resized.observe(stage);
  const themed = new MutationObserver(schedule);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"] });
  signal.addEventListener("abort", () => {
    resized.disconnect();
    themed.disconnect();
    cancelAnimationFrame(frame);
    clearTimeout(speaking);
    clearTimeout(looking);
  });

  return {
    tools,
    /** @param {Partial<Curves>} news */
    set(news) {
      curves = { ...curves, ...news };
      if (news.steps && detail && lastStep(curves.steps) < detail.last) detail = null; // rolled back
      if (zoom && detail && zoom.to > detail.last && lastStep(curves.steps) > detail.last) {
        detail.last = lastStep(curves.steps);
        looking = setTimeout(lookCloser, 2000);
      }
      schedule();
    },
    /** The chart as a picture on its own ground. @param {string} title @returns {Promise<Blob|null>} */
    picture(title) {
      const [width, height] = [Math.max(720, stage.clientWidth), Math.max(360, stage.clientHeight)];
      const paper = h("canvas", { width: width * 2, height: (height + 28) * 2 });
      const pen = paper.getContext("2d");
      const style = getComputedStyle(host);
      pen.scale(2, 2);
      pen.fillStyle = style.getPropertyValue("--jsp-ground").trim();
      pen.fillRect(0, 0, width, height + 28);
      pen.fillStyle = style.getPropertyValue("--jsp-text").trim();
      pen.font = `600 13px ${style.fontFamily}`;
      pen.fillText(title, 12, 20);
      pen.translate(0, 28);
      paint(pen, width, height, true);
      return new Promise((resolve) => paper.toBlob(resolve, "image/png"));
    },
  };
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} top @param {number} bottom */
function vertical(pen, x, top, bottom) {
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(Math.round(x) + 0.5, top);
  pen.lineTo(Math.round(x) + 0.5, bottom);
  pen.stroke();
}

/** Through the lowest and the highest value of each bucket, faint. @param {CanvasRenderingContext2D} pen @param {Table} table @param {string} name @param {(step: number) => number} x @param {(value: number) => number} y @param {string} color */
function raw(pen, table, name, x, y, color) {
  pen.strokeStyle = color;
  pen.globalAlpha = 0.32;
  pen.lineWidth = 1;
  pen.beginPath();
  let open = false;
  for (let bucket = 0; bucket < table.count; bucket++) {
    const { low, high } = valuesAt(table, name, bucket);
    const [up, down] = [y(high), y(low)];
    const known = Number.isFinite(up) && Number.isFinite(down);
    const at = x(table.data[bucket * table.stride + 1]);
    if (known && open) pen.lineTo(at, up);
    else if (known) pen.moveTo(at, up);
    if (known && low !== high) pen.lineTo(at, down);
    open = known;
  }
  pen.stroke();
  pen.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} pen @param {Table} table @param {string} name @param {(step: number) => number} x @param {(value: number) => number} y @param {string} color @param {boolean} fine @param {number} alpha */
function curve(pen, table, name, x, y, color, fine, alpha) {
  pen.strokeStyle = color;
  pen.globalAlpha = alpha;
  pen.lineWidth = 1.7;
  pen.beginPath();
  let open = false;
  for (let bucket = 0; bucket < table.count; bucket++) {
    const { high, smooth } = valuesAt(table, name, bucket);
    const at = y(fine ? high : smooth);
    if (Number.isFinite(at)) {
      const step = x(table.data[bucket * table.stride + 1]);
      if (open) pen.lineTo(step, at);
      else if (table.count === 1) pen.rect(step - 1, at - 1, 2, 2); // the first probe, before there is a line
      else pen.moveTo(step, at);
    }
    open = Number.isFinite(at);
  }
  pen.stroke();
  pen.globalAlpha = 1;
}
