// @ts-check
// A film: uploaded or recorded with the webcam, played by the browser.
import { frame, h, icon, latest, save, say, tool, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";
import { recorder } from "./record.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model, signal } = view;
  const props = model.get("props");
  const field = frame(view, "video", true);
  const drop = dropZone(view, field, { hint: "Drop a film or click to choose" });
  drop.listen(field.body);
  if ((props.sources ?? []).includes("webcam") && navigator.mediaDevices) {
    drop.zone.append(recorder(field, signal, "video", (file) => drop.take([file])));
  }
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No film yet");
  const player = h("video", { class: "jsp-film", controls: true, loop: props.loop, playsInline: true });
  const waiting = h("progress", { class: "jsp-progress", max: 1, value: 0, hidden: true, "aria-label": "Loading the film" });
  const stage = h("div", { class: "jsp-stage" }, player, waiting);
  const download = tool("download", "Save the film", () => now && save(player.src, now.name || "video.mp4"));
  const clear = tool("close", "Remove the film", () => say(model, null));
  field.tools.append(download, clear);
  field.body.append(drop.zone, empty, stage);

  /** @type {any} */ let now = null;
  const stop = () => {
    if (player.src) URL.revokeObjectURL(player.src);
    player.removeAttribute("src");
  };
  const play = async (/** @type {any} */ data) => {
    waiting.hidden = !!data.data;
    const blob = data.data
      ? new Blob([data.data], { type: data.mime })
      : await fetchBytes(model, "value", (got, total) => (waiting.value = got / total));
    if (data !== now) return;
    waiting.hidden = true;
    player.src = URL.createObjectURL(blob);
    player.muted = props.autoplay; // browsers start only silent films by themselves
    if (props.autoplay) player.play().catch(() => {});
  };
  watch(view, ["_shown", "_typed", "interactive"], () => {
    const open = model.get("interactive");
    const data = latest(model);
    if (data !== now) {
      now = data;
      stop();
      if (data) play(data).catch((problem) => field.fail(String(problem)));
    }
    stage.hidden = download.hidden = !data;
    clear.hidden = !data || !open;
    drop.zone.hidden = !open || !!data;
    empty.hidden = open || !!data;
  });
  return stop;
}

export default { render };
