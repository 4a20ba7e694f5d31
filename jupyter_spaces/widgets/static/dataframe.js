// @ts-check
// A table of which only the rows in sight are drawn; Python sends more as somebody scrolls. Arrow keys walk, typing or Enter
// edits, a paste from a spreadsheet fills cells.
import { frame, h, say, tool, watch } from "./field.js";

const ROW = 28;
const SPARE = 8;
const WINDOW = 200;

/** @param {import("./field.js").View} view */
function render(view) {
  const { model, signal } = view;
  const field = frame(view, "dataframe", true);
  const head = h("div", { class: "jsp-tr jsp-th", role: "row" });
  const sheet = h("div", { class: "jsp-sheet" });
  const grid = h("div", { class: "jsp-table", role: "grid", tabIndex: 0, "aria-labelledby": field.id + "-label" }, head, sheet);
  const empty = h("div", { class: "jsp-empty" }, "No table yet");
  const count = h("span", { class: "jsp-info" });
  const more = tool("plus", "Add a row", () => act({ insert: cursor.row < total ? cursor.row + 1 : total }));
  const less = tool("close", "Remove the row", () => cursor.row < total && act({ remove: cursor.row }));
  field.tools.append(count, more, less);
  field.describe(grid);
  field.body.append(grid, empty);

  /** @type {string[]} */ let columns = [];
  /** @type {string[]} */ let dtypes = [];
  /** @type {Map<number, any[]>} */ let rows = new Map();
  let total = 0;
  let cursor = { row: 0, column: 0 };
  /** @type {HTMLInputElement | null} */ let editor = null;
  let asked = new Set();
  const open = () => model.get("interactive");
  const act = (/** @type {any} */ what) => open() && say(model, what);

  const ask = (/** @type {number} */ row) => {
    const start = Math.floor(row / WINDOW) * WINDOW;
    if (asked.has(start)) return;
    asked.add(start);
    model.send({ jsp: "rows", id: field.id, start });
  };
  const hear = (/** @type {any} */ message) => {
    if (message.jsp !== "rows" || message.id !== field.id) return;
    message.rows.forEach((/** @type {any[]} */ row, /** @type {number} */ i) => rows.set(message.start + i, row));
    draw();
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => model.off("msg:custom", hear));

  const words = (/** @type {any} */ cell) =>
    cell === null || cell === undefined ? "" : typeof cell === "number" && !Number.isInteger(cell) ? String(Number(cell.toPrecision(6))) : String(cell);
  const draw = () => {
    if (editor) return;
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - SPARE);
    const last = Math.min(total, Math.ceil((grid.scrollTop + (grid.clientHeight || 400)) / ROW) + SPARE);
    const nodes = [];
    for (let row = first; row < last; row++) {
      const cells = rows.get(row);
      if (!cells) ask(row);
      nodes.push(h("div", { class: "jsp-tr", role: "row", "aria-rowindex": row + 2, style: `top:${row * ROW}px` },
        h("div", { class: "jsp-td jsp-index", role: "rowheader" }, String(row)),
        ...columns.map((_, column) => h("div", {
          class: "jsp-td" + (["integer", "number"].includes(dtypes[column]) ? " jsp-right" : "")
            + (row === cursor.row && column === cursor.column ? " jsp-here" : ""),
          role: "gridcell", title: words(cells?.[column]), id: `${field.id}-${row}-${column}`,
        }, cells ? words(cells[column]) : "…"))));
    }
    sheet.style.height = total * ROW + "px";
    sheet.replaceChildren(...nodes);
    grid.setAttribute("aria-activedescendant", `${field.id}-${cursor.row}-${cursor.column}`);
  };
  const go = (/** @type {number} */ row, /** @type {number} */ column) => {
    cursor = { row: Math.max(0, Math.min(total - 1, row)), column: Math.max(0, Math.min(columns.length - 1, column)) };
    const top = cursor.row * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + 2 * ROW > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + 2 * ROW - grid.clientHeight;
    draw();
    sheet.querySelector(".jsp-here")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const edit = (/** @type {string | null} */ text) => {
    const cell = sheet.querySelector(".jsp-here");
    if (!open() || !cell || editor) return;
    const { row, column } = cursor;
    const before = rows.get(row)?.[column];
    const input = h("input", { class: "jsp-cell-input", value: text ?? (before === null ? "" : String(before)), "aria-label": `${columns[column]}, row ${row}` });
    editor = input;
    const close = (/** @type {boolean} */ keep) => {
      if (!editor) return;
      editor = null;
      if (keep && input.value !== (before === null ? "" : String(before))) act({ cells: [[row, column, input.value]] });
      draw();
      grid.focus({ preventScroll: true });
    };
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation();
      if (event.key === "Escape") close(false);
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        close(true);
        if (event.key === "Enter") go(row + 1, column);
        else go(row, column + (event.shiftKey ? -1 : 1));
      }
    });
    input.addEventListener("blur", () => close(true));
    cell.replaceChildren(input);
    input.focus();
    if (text === null) input.select();
  };

  grid.addEventListener("scroll", draw, { signal });
  grid.addEventListener("pointerdown", (/** @type {any} */ event) => {
    const [, row, column] = event.target.id?.match(/-(\d+)-(\d+)$/) ?? [];
    if (column === undefined) return;
    event.preventDefault();
    grid.focus({ preventScroll: true });
    if (editor) editor.blur();
    go(Number(row), Number(column));
  }, { signal });
  grid.addEventListener("dblclick", () => edit(null), { signal });
  grid.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (editor) return;
    const page = Math.floor(grid.clientHeight / ROW) - 1;
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0],
      Home: [0, -columns.length], End: [0, columns.length],
    });
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      event.stopPropagation();
      if (event.ctrlKey || event.metaKey) go(move[0] < 0 ? 0 : move[0] > 0 ? total : cursor.row, cursor.column + move[1]);
      else go(cursor.row + move[0], cursor.column + move[1]);
    } else if ((event.ctrlKey || event.metaKey) && event.key === "c") {
      event.stopPropagation();
      navigator.clipboard?.writeText(words(rows.get(cursor.row)?.[cursor.column]));
    } else if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") {
      return;
    } else if (open() && (event.key === "Enter" || event.key === "F2")) {
      event.preventDefault();
      event.stopPropagation();
      edit(null);
    } else if (open() && (event.key === "Delete" || event.key === "Backspace")) {
      event.stopPropagation();
      act({ cells: [[cursor.row, cursor.column, ""]] });
    } else if (open() && event.key.length === 1) {
      event.preventDefault();
      event.stopPropagation();
      edit(event.key);
    }
  }, { signal });
  grid.addEventListener("paste", (/** @type {ClipboardEvent} */ event) => {
    const text = event.clipboardData?.getData("text/plain");
    if (editor || !open() || !text) return;
    event.preventDefault();
    event.stopPropagation();
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
    act({ cells: lines.flatMap((line, i) => line.flatMap((cell, j) =>
      cursor.column + j < columns.length ? [[cursor.row + i, cursor.column + j, cell]] : [])) });
  }, { signal });

  watch(view, ["_shown", "interactive"], () => {
    const data = model.get("_shown").data;
    columns = data?.columns ?? [];
    dtypes = data?.dtypes ?? [];
    total = data?.total ?? 0;
    rows = new Map((data?.rows ?? []).map((/** @type {any[]} */ row, /** @type {number} */ i) => [i, row]));
    asked = new Set();
    const width = columns.map((name, column) => {
      const longest = Math.max(name.length, ...[...rows.values()].slice(0, 50).map((row) => words(row[column]).length));
      return Math.max(64, Math.min(280, 24 + longest * 7.5)) + "px";
    });
    grid.style.setProperty("--jsp-tracks", `${Math.max(40, 16 + String(total).length * 8)}px ${width.map((each) => `minmax(${each}, 1fr)`).join(" ")}`);
    grid.setAttribute("aria-rowcount", String(total + 1));
    grid.setAttribute("aria-colcount", String(columns.length));
    head.replaceChildren(h("div", { class: "jsp-td jsp-index" }), ...columns.map((name, column) =>
      h("div", { class: "jsp-td" + (["integer", "number"].includes(dtypes[column]) ? " jsp-right" : ""), role: "columnheader", title: `${name}: ${dtypes[column]}` }, name)));
    grid.hidden = !data;
    empty.hidden = !!data;
    more.hidden = less.hidden = !data || !open();
    count.textContent = data ? `${total.toLocaleString()} ${total === 1 ? "row" : "rows"}` : "";
    cursor = { row: Math.max(0, Math.min(total - 1, cursor.row)), column: Math.max(0, Math.min(columns.length - 1, cursor.column)) };
    draw();
  });
  // The height is known only once the view is in the page.
  const size = new ResizeObserver(draw);
  size.observe(grid);
  return () => size.disconnect();
}

export default { render };
