// @ts-check
// The strip under a form: Run and Stop, what the job is doing, what it printed, what went wrong.
// Everything it draws comes from traits that Python writes; clicks leave as messages. So a view that is opened later,
// or a page that is reloaded in the middle of a run, draws the same strip.
import { h } from "./field.js";
import { settled } from "./view.js";

/**
 * @typedef {{status: string, fraction: number|null, text: string, step: number|null, total: number|null,
 *            position: number|null, eta: number|null, elapsed: number}} Glance
 */

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 0.1) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)} h` : `${minutes}:${two(rest)} min`;
}

/** @param {Glance} job @param {number} elapsed */
function sentence(job, elapsed) {
  switch (job.status) {
    case "waiting": {
      const place = job.position ? `number ${job.position} in the queue` : "waiting";
      return [place, job.eta ? `about ${duration(job.eta)}` : ""].filter(Boolean).join(" · ");
    }
    case "running": {
      const steps = job.total ? `${job.step ?? 0} of ${job.total}` : "";
      const left = job.eta ? `${duration(job.eta)} left` : elapsed >= 1 ? duration(elapsed) : "";
      return [job.text, steps, left].filter(Boolean).join(" · ") || "running";
    }
    case "done":
      return `done in ${duration(job.elapsed)}`;
    case "failed":
      return `failed after ${duration(job.elapsed)}`;
    case "cancelled":
      return `stopped after ${duration(job.elapsed)}`;
    default:
      return "";
  }
}

/** What a screen reader is told: the changes of state, not ten steps a second. @param {Glance} job */
function announcement(job) {
  if (job.status === "running") return "Running";
  const said = sentence(job, 0);
  return said && said[0].toUpperCase() + said.slice(1);
}

const TEXT = "textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=color])";
const ONE_LINE = "input.jsp-control:not([type=checkbox], [type=radio], [type=range], [type=file], [type=color])";

/** @param {{model: any, el: HTMLElement, signal: AbortSignal}} view */
function render({ model, el, signal }) {
  el.classList.add("jsp-strip");
  const run = h("button", { type: "button", class: "jsp-press jsp-run" });
  const stop = h("button", { type: "button", class: "jsp-press jsp-stop" }, "Stop");
  const title = h("span", { class: "jsp-job-title" });
  const said = h("span", { class: "jsp-said" });
  const live = h("span", { class: "jsp-unseen", role: "status", "aria-live": "polite" });
  const bar = h("div", { class: "jsp-bar" });
  const track = h("div", { class: "jsp-track", role: "progressbar", "aria-label": "Progress" }, bar);
  const trouble = h("div", { class: "jsp-trouble", role: "alert" });
  const printed = h("pre", { tabindex: "0" });
  const log = h("details", { class: "jsp-fold" }, h("summary", {}, "Printed"), printed);
  const result = h("div", { class: "jsp-job-result" });
  el.append(h("div", { class: "jsp-actions" }, run, title, stop, said, live), track, trouble, log, result);

  const form = () => /** @type {HTMLElement|null} */ (el.closest(".jsp-form"));
  /** @returns {Glance} */
  const job = () => model.get("job");
  const busy = () => ["waiting", "running"].includes(job().status);
  let seen = performance.now(); // when the glance came: the elapsed time goes on from there by this machine's clock
  let asked = false; // a click that waits for the fields

  async function start() {
    if (busy() || asked || !model.get("can_run")) return;
    asked = true;
    await settled(model);
    asked = false;
    if (!signal.aborted) model.send({ do: "run" });
  }

  function drawJob() {
    const state = job();
    const active = busy();
    run.hidden = !model.get("can_run");
    run.textContent = model.get("label");
    run.title = "Ctrl+Enter";
    run.setAttribute("aria-disabled", String(active)); // it keeps the focus, so that a keyboard does not lose its place
    title.textContent = model.get("title");
    title.hidden = !model.get("title");
    if (stop.hidden === active) {
      if (!active && document.activeElement === stop) (run.hidden ? printed : run).focus();
      stop.hidden = !active;
    }
    said.textContent = sentence(state, state.elapsed + (active ? (performance.now() - seen) / 1000 : 0));
    if (live.textContent !== announcement(state)) live.textContent = announcement(state);
    el.dataset.status = state.status;
    form()?.setAttribute("data-status", state.status);
    form()?.setAttribute("aria-busy", String(active));
    const known = state.fraction !== null && state.fraction !== undefined;
    const percent = known ? Math.round(1000 * Math.min(1, Math.max(0, Number(state.fraction)))) / 10 : 0;
    track.classList.toggle("jsp-is-active", active);
    track.classList.toggle("jsp-is-unknown", active && !known);
    bar.style.width = known ? `${percent}%` : "";
    if (active && known) track.setAttribute("aria-valuenow", String(Math.round(percent)));
    else track.removeAttribute("aria-valuenow");
    track.setAttribute("aria-hidden", String(!active));
  }

  function drawTrouble() {
    const { message, parameter, traceback } = model.get("error");
    trouble.replaceChildren();
    if (parameter && form()?.contains(document.activeElement)) {
      // The field says what is wrong; lead the person there.
      const field = form()?.querySelector(`.jsp-param-${CSS.escape(parameter)}`);
      /** @type {HTMLElement | null | undefined} */ (field?.querySelector("input, textarea, select, button"))?.focus();
    }
    if (!message) return;
    trouble.append(h("div", { class: "jsp-trouble-message" }, message));
    if (traceback) {
      trouble.append(h("details", { class: "jsp-fold" }, h("summary", {}, "Traceback"), h("pre", { tabindex: "0" }, traceback)));
    }
  }

  function drawLog() {
    const follow = printed.scrollHeight - printed.scrollTop - printed.clientHeight < 8;
    printed.textContent = model.get("log");
    log.hidden = !printed.textContent;
    if (follow) printed.scrollTop = printed.scrollHeight;
  }

  function drawResult() {
    result.innerHTML = model.get("result"); // sanitised by Python
    result.hidden = !result.innerHTML;
  }

  run.addEventListener("click", start, { signal });
  stop.addEventListener("click", () => model.send({ do: "stop" }), { signal });
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.key !== "Enter" || event.isComposing || event.altKey || !model.get("can_run")) return;
    if (!form() || target.closest?.(".jsp-form") !== form()) return;
    const text = target.matches(TEXT);
    if (!(event.ctrlKey || event.metaKey) && !(event.shiftKey && text) && !(!event.shiftKey && target.matches(ONE_LINE))) return;
    event.preventDefault();
    event.stopPropagation();
    if (text) target.dispatchEvent(new Event("change", { bubbles: true })); // a field that waits for the end of the typing
    start();
  };
  // Captured before the notebook sees the key, or Shift+Enter would run the cell instead of the form.
  document.addEventListener("keydown", key, { capture: true, signal });

  /** @type {number[]} */ let timers = [];
  function drawTimers() {
    timers.forEach(clearInterval);
    timers = Object.entries(model.get("timers")).map(([timer, seconds]) =>
      window.setInterval(() => el.isConnected && !document.hidden && model.send({ do: "tick", timer }), 1000 * seconds),
    );
  }

  const clock = setInterval(() => busy() && drawJob(), 1000);
  const news = () => {
    seen = performance.now();
    drawJob();
  };
  /** @type {[string, () => void][]} */
  const heard = [["job", news], ["label", drawJob], ["title", drawJob], ["can_run", drawJob], ["error", drawTrouble], ["log", drawLog], ["result", drawResult], ["timers", drawTimers]];
  for (const [name, draw] of heard) model.on(`change:${name}`, draw);
  for (const draw of [drawJob, drawTrouble, drawLog, drawResult, drawTimers]) draw();
  // The form around this element is put together after it was drawn.
  const arrived = setTimeout(() => {
    drawJob();
    // In a notebook plain keys are commands (Enter edits the cell, D D deletes it): not while a button of the view has the
    // focus. Escape goes through, and leads back to the notebook.
    const plain = (/** @type {KeyboardEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
    };
    (el.closest(".jsp-view") ?? el).addEventListener("keydown", /** @type {EventListener} */ (plain), { signal });
    model.send({ do: "shown" });
  }, 0);
  return () => {
    [clock, ...timers].forEach(clearInterval);
    clearTimeout(arrived);
    for (const [name, draw] of heard) model.off(`change:${name}`, draw);
  };
}

export default { render };
