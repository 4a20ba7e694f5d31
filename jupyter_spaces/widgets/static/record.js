// @ts-check
import { h, icon } from "./field.js";

/**
 * A button that records until it is pressed again, and hands over what was recorded.
 * @param {import("./field.js").Frame} field
 * @param {AbortSignal} signal
 * @param {"audio" | "video"} what
 * @param {(file: File) => void} take
 */
export function recorder(field, signal, what, take) {
  const words = what === "audio" ? "Record" : "Record with the webcam";
  const text = h("span", {}, words);
  const button = h("button", { type: "button", class: "jsp-button" }, icon(what === "audio" ? "mic" : "camera"), text);
  const preview = what === "video" ? h("video", { class: "jsp-webcam", autoplay: true, muted: true, playsInline: true, hidden: true }) : null;
  /** @type {MediaRecorder | null} */ let running = null;
  const stop = () => {
    if (running && running.state !== "inactive") running.stop();
  };
  signal.addEventListener("abort", stop);
  button.addEventListener("click", async () => {
    if (running) return stop();
    /** @type {MediaStream} */ let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: what === "video" });
    } catch (problem) {
      const device = what === "audio" ? "microphone" : "webcam";
      return field.fail(`The ${device} cannot be used: ${/** @type {Error} */ (problem).message}.`);
    }
    field.fail("");
    /** @type {Blob[]} */ const parts = [];
    const began = Date.now();
    running = new MediaRecorder(stream);
    const clock = setInterval(() => (text.textContent = `Stop (${Math.round((Date.now() - began) / 1000)} s)`), 250);
    button.classList.add("jsp-recording");
    if (preview) {
      preview.srcObject = stream;
      preview.hidden = false;
    }
    running.ondataavailable = (part) => parts.push(part.data);
    running.onstop = () => {
      clearInterval(clock);
      stream.getTracks().forEach((track) => track.stop());
      const mime = (running?.mimeType || what + "/webm").split(";")[0];
      running = null;
      button.classList.remove("jsp-recording");
      text.textContent = words;
      if (preview) preview.hidden = true;
      if (!signal.aborted) take(new File(parts, "recording." + mime.split("/")[1], { type: mime }));
    };
    running.start();
  });
  return h("span", { class: "jsp-recorder" }, preview, button);
}
