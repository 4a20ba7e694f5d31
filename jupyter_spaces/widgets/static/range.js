// @ts-check
import { h } from "./field.js";

/**
 * A slider whose track is filled up to its thumb.
 * @param {Record<string, any>} props
 * @returns {{ range: HTMLInputElement, paint(): void }}
 */
export function slider(props) {
  const range = h("input", { ...props, type: "range", class: "jsp-range" });
  const paint = () => {
    const [low, high] = [Number(range.min), Number(range.max)];
    range.style.setProperty("--jsp-done", (100 * (Number(range.value) - low)) / (high - low || 1) + "%");
  };
  range.addEventListener("input", paint);
  paint();
  return { range, paint };
}
