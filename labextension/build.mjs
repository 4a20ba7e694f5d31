// Bundles the browser parts that come from other projects into the Python package, one ES module per part, with the
// licences of everything inside beside them.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../jupyter_spaces/widgets/static/vendor");
const parts = ["waveform", "viewer3d", "altair"];

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: parts.map((part) => `src/${part}.js`),
  outdir: out,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "none", // all of them are in LICENSES.txt
  metafile: true,
});

/** @type {Map<string, string>} */
const packages = new Map();
for (const input of Object.keys(metafile.inputs)) {
  const found = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.set(found[1], input);
}
const texts = [...packages.keys()].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
  const file = readdirSync(join(here, folder)).find((each) => /^licen[cs]e/i.test(each));
  if (!file && !license) throw new Error(`${name} says no licence`);
  const text = file ? readFileSync(join(here, folder, file), "utf8").trim() : "(the package carries no licence text)";
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(join(out, "LICENSES.txt"), texts.join("\n" + "-".repeat(80) + "\n\n"));

for (const part of parts) {
  if (!existsSync(join(out, part + ".js"))) throw new Error(`${part}.js was not built`);
  console.log(part + ".js", Math.round(readFileSync(join(out, part + ".js")).length / 1024) + " KiB");
}
console.log("LICENSES.txt", texts.length, "packages");
