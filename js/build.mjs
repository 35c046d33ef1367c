// Bundles the front end into the Python package: widget.js (ES module for anywidget), static.js (exported pages), widget.css.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const outdir = join(root, "python", "headwise", "static");

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  outdir,
  logLevel: "info",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
};
const banner = { js: `/* headwise ${version} */`, css: `/* headwise ${version} */` };
const targets = [
  { entryPoints: { widget: join(root, "js/src/index.ts") }, format: "esm", banner },
  { entryPoints: { static: join(root, "js/src/static.ts") }, format: "iife", banner },
  { entryPoints: { widget: join(root, "js/src/css/headwise.css") }, banner },
].map((target) => ({ ...shared, ...target }));

if (process.argv.includes("--watch")) {
  for (const target of targets) await (await context(target)).watch();
} else {
  await Promise.all(targets.map((target) => build(target)));
}
