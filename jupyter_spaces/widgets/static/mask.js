// @ts-check
// A picture to draw on. The mask is a canvas of the picture's preview; it travels as a PNG whenever a stroke ends.
import { frame, h, icon, latest, say, tool, urlOf, watch } from "./field.js";
import { slider } from "./range.js";
import { dropZone, upload } from "./upload.js";
import { webcam } from "./webcam.js";

const INK = "#e91e63";

/** @param {import("./field.js").View} view */
function render(view) {
  const { model, signal } = view;
  const props = model.get("props");
  const field = frame(view, "mask", true);
  const drop = dropZone(view, field, { hint: "Drop an image, paste it, or click to choose" });
  const shoot = () => webcam(field, signal, (file) => drop.take([file]));
  const camera = h("button", { type: "button", class: "jsp-button", onclick: shoot }, icon("camera"), "Webcam");
  if ((props.sources ?? []).includes("webcam") && navigator.mediaDevices) drop.zone.append(camera);
  drop.listen(field.body);

  const picture = h("img", { class: "jsp-mask-picture", alt: "The picture to draw on", draggable: false });
  const canvas = h("canvas", { class: "jsp-mask-canvas", tabIndex: 0, role: "img", "aria-label": "What is drawn on the picture" });
  const { range: brush } = slider({ min: 1, max: 200, value: props.brush_size, "aria-label": "Size of the brush" });
  const eraser = h("button", { type: "button", class: "jsp-button", "aria-pressed": "false", onclick: () => {
    eraser.setAttribute("aria-pressed", String(eraser.getAttribute("aria-pressed") !== "true"));
  } }, "Erase");
  const undo = tool("undo", "Undo the last stroke", () => { if (strokes.length) { strokes.pop(); redraw(); send(); } });
  const wipe = h("button", { type: "button", class: "jsp-button", onclick: () => { strokes = [{ wipe: true }]; redraw(); send(); } }, "Clear");
  const bar = h("div", { class: "jsp-row jsp-mask-bar" }, h("label", { class: "jsp-row" }, "Brush", brush), eraser, undo, wipe);
  const stack = h("div", { class: "jsp-mask-stack" }, picture, canvas);
  const stage = h("div", { class: "jsp-stage" }, stack, bar);
  const empty = h("div", { class: "jsp-empty" }, icon("file"), "No image yet");
  const remove = tool("close", "Remove the image", () => say(model, null));
  field.tools.append(remove);
  field.body.append(drop.zone, empty, stage);

  const pen = canvas.getContext("2d");
  /** @type {any[]} */ let strokes = [];
  /** @type {ImageBitmap | null} */ let base = null;
  let version = -1;
  let scale = 1;

  const draw = (/** @type {any} */ stroke) => {
    if (stroke.wipe) return pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
    pen.strokeStyle = pen.fillStyle = INK;
    pen.lineWidth = stroke.width;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    const [first, ...others] = stroke.points;
    pen.moveTo(...first);
    for (const point of others.length ? others : [first]) pen.lineTo(...point);
    pen.stroke();
    pen.globalCompositeOperation = "source-over";
  };
  const redraw = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (base) pen.drawImage(base, 0, 0, canvas.width, canvas.height);
    strokes.forEach(draw);
  };
  /** The drawing in white on black, as a PNG. @returns {Promise<Blob>} */
  const png = () => {
    const copy = h("canvas", { width: canvas.width, height: canvas.height });
    const paint = copy.getContext("2d");
    paint.drawImage(canvas, 0, 0);
    paint.globalCompositeOperation = "source-in";
    paint.fillStyle = "#fff";
    paint.fillRect(0, 0, copy.width, copy.height);
    paint.globalCompositeOperation = "destination-over";
    paint.fillStyle = "#000";
    paint.fillRect(0, 0, copy.width, copy.height);
    return new Promise((resolve) => copy.toBlob(resolve, "image/png"));
  };
  /** @type {Promise<void>} */ let sending = Promise.resolve();
  let wanted = 0;
  const send = () => {
    const mine = ++wanted;
    sending = sending.then(async () => {
      if (mine !== wanted) return; // a later stroke sends all of it
      const file = new File([await png()], "mask.png", { type: "image/png" });
      try {
        await upload(model, file, "mask", () => {}, signal);
      } catch (problem) {
        if (problem) field.fail(String(problem));
      }
    });
  };
  /** @type {any} */ let stroke = null;
  const at = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (!model.get("interactive") || event.button) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = { points: [at(event)], width: Number(brush.value) * scale, erase: eraser.getAttribute("aria-pressed") === "true" };
    strokes.push(stroke);
    redraw();
  });
  canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (!stroke) return;
    stroke.points.push(at(event));
    redraw();
  });
  canvas.addEventListener("pointerup", () => { if (stroke) { stroke = null; send(); } });
  canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "[" || event.key === "]") brush.value = String(Number(brush.value) + (event.key === "]" ? 5 : -5));
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo.click();
    if ("[]z".includes(event.key)) event.stopPropagation();
  });

  let url = "";
  watch(view, ["_shown", "_typed", "interactive"], async () => {
    const open = model.get("interactive");
    const data = latest(model);
    stage.hidden = !data;
    remove.hidden = bar.hidden = !data || !open;
    drop.zone.hidden = !open || !!data;
    empty.hidden = open || !!data;
    if (!data || data.version === version) {
      if (!data) version = -1;
      return;
    }
    version = data.version;
    if (url) URL.revokeObjectURL(url);
    url = urlOf(data.data, data.mime);
    picture.src = url;
    await picture.decode().catch(() => {});
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    scale = canvas.width / data.width;
    // A small picture is enlarged, so that a hand can hit what it means; a tall one ends where the screen does.
    const width = Math.min(Math.max(256, canvas.width), (512 * canvas.width) / (canvas.height || 1));
    stack.style.width = `min(100%, ${width}px)`;
    strokes = [];
    base = data.mask.byteLength ? await tinted(data.mask) : null;
    redraw();
  });
  return () => URL.revokeObjectURL(url);
}

/** The white of a mask in the drawing's colour, the rest transparent. @param {any} bytes */
async function tinted(bytes) {
  const mask = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = h("canvas", { width: mask.width, height: mask.height });
  const pen = canvas.getContext("2d");
  pen.drawImage(mask, 0, 0);
  const pixels = pen.getImageData(0, 0, mask.width, mask.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    pixels.data[i + 3] = pixels.data[i];
    [pixels.data[i], pixels.data[i + 1], pixels.data[i + 2]] = [233, 30, 99];
  }
  return createImageBitmap(pixels);
}

export default { render };
