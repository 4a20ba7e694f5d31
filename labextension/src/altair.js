// @ts-check
// Vega-Lite figures, drawn without `eval`, which a page's Content-Security-Policy may forbid.
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

/**
 * @param {HTMLElement} place
 * @param {any} figure
 * @param {boolean} dark
 * @returns {Promise<() => void>}
 */
export async function draw(place, figure, dark) {
  const theme = dark ? /** @type {const} */ ("dark") : undefined;
  const config = dark ? { background: "transparent" } : undefined;
  const { finalize } = await embed(place, figure, { actions: false, ast: true, expr: expressionInterpreter, theme, config, renderer: "svg" });
  return finalize;
}
