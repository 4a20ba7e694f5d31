// @ts-check
import { h } from "./field.js";

/**
 * Show what the webcam sees and hand over one picture of it.
 * @param {import("./field.js").Frame} field
 * @param {AbortSignal} signal
 * @param {(file: File) => void} take
 */
export async function webcam(field, signal, take) {
  /** @type {MediaStream} */ let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280 } });
  } catch (problem) {
    field.fail("The webcam cannot be used: " + /** @type {Error} */ (problem).message + ".");
    return;
  }
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    box.remove();
  };
  const video = h("video", { class: "jsp-webcam", autoplay: true, muted: true, playsInline: true, srcObject: stream });
  const shoot = () => {
    const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    stop();
    canvas.toBlob((/** @type {Blob} */ blob) => take(new File([blob], "webcam.png", { type: "image/png" })), "image/png");
  };
  const box = h("div", { class: "jsp-stage" }, video, h("div", { class: "jsp-row" },
    h("button", { type: "button", class: "jsp-button jsp-accent", onclick: shoot }, "Take the picture"),
    h("button", { type: "button", class: "jsp-button", onclick: stop }, "Cancel")));
  signal.addEventListener("abort", stop);
  field.body.append(box);
}
