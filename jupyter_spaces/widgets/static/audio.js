// @ts-check
// A sound: uploaded or recorded; played with its waveform, or plainly where that part is missing.
import { frame, h, icon, latest, save, say, tool, watch } from "./field.js";
import { dropZone, fetchBytes } from "./upload.js";
import { recorder } from "./record.js";
import { vendor } from "./vendor.js";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model, signal } = view;
  const props = model.get("props");
  const field = frame(view, "audio", true);
  const drop = dropZone(view, field, { hint: "Drop a sound or click to choose", convert: props.convert ? toWav : undefined });
  drop.listen(field.body);
  if ((props.sources ?? []).includes("microphone") && navigator.mediaDevices) {
    drop.zone.append(recorder(field, signal, "audio", (file) => drop.take([file])));
  }
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No sound yet");
  const wave = h("div", { class: "jsp-wave" });
  const player = h("audio", { class: "jsp-player", controls: true, preload: "metadata" });
  const stage = h("div", {}, wave, player);
  const download = tool("download", "Save the sound", () => now && save(player.src, now.name || "audio.wav"));
  const clear = tool("close", "Remove the sound", () => say(model, null));
  field.tools.append(download, clear);
  field.body.append(drop.zone, empty, stage);

  /** @type {any} */ let now = null;
  /** @type {any} */ let surfer = null;
  const quiet = () => {
    surfer?.destroy();
    surfer = null;
    if (player.src) URL.revokeObjectURL(player.src);
    player.removeAttribute("src");
  };
  const play = async (/** @type {any} */ data) => {
    const blob = data.data ? new Blob([data.data], { type: data.mime }) : await fetchBytes(model, "value");
    if (data !== now) return;
    player.src = URL.createObjectURL(blob);
    wave.hidden = true;
    try {
      const { WaveSurfer } = await vendor(model, "waveform.js");
      if (data !== now) return;
      const color = (/** @type {string} */ name) => getComputedStyle(field.body).getPropertyValue(name).trim();
      wave.hidden = false;
      surfer = WaveSurfer.create({
        container: wave, media: player, height: 56, barWidth: 2, barGap: 1, barRadius: 2, normalize: true,
        waveColor: color("--jp-border-color1") || "#bdbdbd", progressColor: color("--jp-brand-color1") || "#1976d2",
        cursorColor: color("--jp-ui-font-color2") || "#616161",
      });
    } catch {
      wave.hidden = true; // the plain player does without
    }
  };
  watch(view, ["_shown", "_typed", "interactive"], () => {
    const open = model.get("interactive");
    const data = latest(model);
    if (data !== now) {
      now = data;
      quiet();
      if (data) play(data).catch((problem) => field.fail(String(problem)));
    }
    stage.hidden = download.hidden = !data;
    clear.hidden = !data || !open;
    drop.zone.hidden = !open || !!data;
    empty.hidden = open || !!data;
  });
  return quiet;
}

/**
 * Decode what the browser can play, and write it as 16-bit WAV.
 * @param {File} file
 * @returns {Promise<File>}
 */
async function toWav(file) {
  if (/\.wav$/i.test(file.name)) return file;
  const context = new AudioContext();
  /** @type {AudioBuffer} */ let sound;
  try {
    sound = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw `${file.name} is not a sound that this browser can read.`;
  } finally {
    context.close();
  }
  const { numberOfChannels: channels, length, sampleRate } = sound;
  const view = new DataView(new ArrayBuffer(44 + length * channels * 2));
  const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + length * channels * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, length * channels * 2, true);
  for (let channel = 0; channel < channels; channel++) {
    sound.getChannelData(channel).forEach((sample, i) => {
      view.setInt16(44 + 2 * (i * channels + channel), Math.max(-1, Math.min(1, sample)) * 32767, true);
    });
  }
  return new File([view], file.name.replace(/\.[^.]*$/, "") + ".wav", { type: "audio/wav" });
}

export default { render };
