// @ts-check
// What the chart of a run computes: tables of buckets (see `training/envelope.py`), scales, words for numbers. No page
// in it, so that it is tested alone.

/**
 * A curve: `data` holds buckets of `2 + 3 * names.length` numbers: first and last step, then low, high and smoothed
 * value of each series.
 * @typedef {{names: string[], data: Float32Array, stride: number, count: number}} Table
 * @typedef {{from: number, to: number}} Span
 */

/**
 * One table of the parts that came as bytes.
 * @param {string[]} names
 * @param {(DataView|undefined)[]} parts
 * @returns {Table}
 */
export function tableOf(names, ...parts) {
  const stride = 2 + 3 * names.length;
  const numbers = parts.map((part) => (part ? floats(part) : new Float32Array(0)));
  const data = new Float32Array(numbers.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of numbers) {
    data.set(each, at);
    at += each.length;
  }
  return { names, data, stride, count: Math.floor(data.length / stride) };
}

/** Bytes as numbers, wherever in their buffer they begin. @param {DataView} bytes */
export function floats(bytes) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength - (bytes.byteLength % 4)));
}

/** The last step of a table; 0 when it is empty. @param {Table} table */
export function lastStep(table) {
  return table.count ? table.data[(table.count - 1) * table.stride + 1] : 0;
}

/**
 * The bucket that a step lies in, or the next to it; -1 when there is none.
 * @param {Table} table
 * @param {number} step
 */
export function bucketAt(table, step) {
  if (!table.count) return -1;
  let low = 0;
  let high = table.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.data[middle * table.stride + 1] < step) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const first = table.data[low * table.stride];
  const before = table.data[(low - 1) * table.stride + 1];
  return first <= step || first - step < step - before ? low : low - 1;
}

/**
 * Low, high and smoothed value of a series in a bucket.
 * @param {Table} table
 * @param {string} name
 * @param {number} bucket
 */
export function valuesAt(table, name, bucket) {
  const at = bucket * table.stride + 2 + 3 * table.names.indexOf(name);
  return { low: table.data[at], high: table.data[at + 1], smooth: table.data[at + 2] };
}

/** Whether a series has any value at all. @param {Table} table @param {string} name */
export function hasValues(table, name) {
  const column = 2 + 3 * table.names.indexOf(name);
  if (column < 2) return false;
  for (let at = column; at < table.data.length; at += table.stride) if (Number.isFinite(table.data[at])) return true;
  return false;
}

/**
 * The steps that the whole chart shows: it grows ahead of the curve, in jumps, up to the goal.
 * @param {number} last
 * @param {number} goal
 * @returns {Span}
 */
export function horizon(last, goal) {
  let to = 20;
  while (to < last) to *= 1.25;
  return { from: 0, to: Math.max(1, last > goal ? last : Math.min(goal, to)) };
}

/**
 * A closer (factor below 1) or wider look around a step, inside of the whole.
 * @param {Span} span
 * @param {number} around
 * @param {number} factor
 * @param {Span} whole
 * @returns {Span|null} null when that is the whole
 */
export function zoomed(span, around, factor, whole) {
  const width = Math.max(4, (span.to - span.from) * factor);
  if (width >= whole.to - whole.from) return null;
  const part = (around - span.from) / (span.to - span.from);
  return moved({ from: around - part * width, to: around + (1 - part) * width }, 0, whole);
}

/**
 * The same look, so many steps further, inside of the whole.
 * @param {Span} span
 * @param {number} by
 * @param {Span} whole
 * @returns {Span}
 */
export function moved(span, by, whole) {
  const width = span.to - span.from;
  const from = Math.min(Math.max(span.from + by, whole.from), Math.max(whole.from, whole.to - width));
  return { from, to: from + width };
}

/**
 * The values that a panel shows: all of the smoothed lines, and all but the rare spikes of the raw ones.
 * @param {{table: Table, name: string}[]} lines
 * @param {Span} span steps in sight
 * @param {boolean} log
 * @returns {[number, number]|null}
 */
export function valueRange(lines, span, log) {
  const fits = (/** @type {number} */ value) => Number.isFinite(value) && (!log || value > 0);
  /** @type {number[]} */ const highs = [];
  let bottom = Infinity;
  let top = -Infinity;
  for (const { table, name } of lines) {
    const column = 2 + 3 * table.names.indexOf(name);
    for (let at = 0; at < table.data.length; at += table.stride) {
      if (table.data[at + 1] < span.from || table.data[at] > span.to) continue;
      const [low, high, smooth] = table.data.subarray(at + column, at + column + 3);
      if (fits(high)) highs.push(high);
      if (fits(low)) bottom = Math.min(bottom, low);
      if (fits(smooth)) {
        bottom = Math.min(bottom, smooth);
        top = Math.max(top, smooth);
      }
    }
  }
  if (!highs.length) return null;
  highs.sort((a, b) => a - b);
  top = Math.max(top, highs[Math.min(highs.length - 1, Math.floor(0.98 * highs.length))]);
  if (log) return bottom < top ? [bottom / 1.1, top * 1.1] : [bottom / 2, top * 2];
  const flat = top - bottom <= 1e-3 * Math.abs(top); // as far as float32 can tell
  if (bottom >= 0 && (flat || bottom < 0.5 * top)) bottom = 0;
  const margin = 0.06 * (top - bottom) || Math.abs(top) || 1;
  return [bottom === 0 ? 0 : bottom - margin, top + margin];
}

/**
 * At most so many round numbers in a range.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function ticks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = [1, 2, 5, 10, 20].map((factor) => factor * power).find((each) => (high - low) / each <= most - 1) ?? 50 * power;
  const found = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + 1e-9 * step; place++) found.push(Number((place * step).toPrecision(12)));
  return found;
}

/**
 * Round numbers of a logarithmic range: powers of ten, or 1, 2 and 5 times them where there are few.
 * @param {number} low above 0
 * @param {number} high
 * @param {number} most
 */
export function logTicks(low, high, most) {
  const found = [];
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  for (const factors of [[1, 2, 5], [1]]) {
    found.length = 0;
    for (let power = from; power <= to; power++) {
      for (const factor of factors) found.push(Number((factor * 10 ** power).toPrecision(6)));
    }
    const inside = found.filter((value) => value >= low && value <= high);
    if (inside.length <= most) return inside;
  }
  const every = Math.ceil(found.length / most);
  return found.filter((value, place) => place % every === 0 && value >= low && value <= high);
}

/** Four digits: 0.04123, 12.3, 1.2e-5; a dash for what is no number. @param {number|null|undefined} value */
export function numberText(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  value = Number(value.toPrecision(4)); // float32 has no 1e-4, only something less
  const size = Math.abs(value);
  const trimmed = (/** @type {string} */ text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  if (size < 1e-4 || size >= 1e5) {
    const [mantissa, exponent] = value.toExponential(3).split("e");
    return trimmed(mantissa) + "e" + Number(exponent);
  }
  return trimmed(value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(size)))));
}

/** 0.4 s, 42 s, 3:07 min, 1:02:03 h. @param {number} seconds */
export function timeText(seconds) {
  if (seconds < 10) return seconds.toFixed(1) + " s";
  const whole = Math.round(seconds);
  if (whole < 60) return whole + " s";
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)} h` : `${minutes}:${two(whole % 60)} min`;
}

/**
 * All rows of a run as CSV, the probes joined in by step.
 * @param {string[]} columns
 * @param {Float32Array} rows
 * @param {Table} probes
 */
export function csvOf(columns, rows, probes) {
  /** @type {Map<number, string[]>} */ const lines = new Map();
  const cell = (/** @type {number} */ value) => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "");
  for (let at = 0; at + columns.length <= rows.length; at += columns.length) {
    lines.set(rows[at], Array.from(rows.subarray(at, at + columns.length), cell));
  }
  for (let bucket = 0; bucket < probes.count; bucket++) {
    const step = probes.data[bucket * probes.stride + 1];
    const line = lines.get(step) ?? [cell(step), ...columns.slice(1).map(() => "")];
    line.push(...probes.names.map((name) => cell(valuesAt(probes, name, bucket).low)));
    lines.set(step, line);
  }
  const width = columns.length + probes.names.length;
  const body = [...lines.entries()].sort(([a], [b]) => a - b).map(([, line]) => [...line, ...Array(width - line.length).fill("")].join(","));
  return [[...columns, ...probes.names].join(","), ...body].join("\n") + "\n";
}
