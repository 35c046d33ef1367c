// Bundles the front end into the Python package: of each view an ES module for anywidget (head.js) and a script for saved pages
// (head-page.js), so that nobody carries the views that they do not use; of all figures one script (figures.js); and one style sheet.
// js/src/views/NAME/view.ts exports NAMEView.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const outdir = join(root, "python", "headwise", "static");
const source = join(root, "js", "src");

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  logLevel: "warning",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
};
const banner = `/* headwise ${version} */`;

const entry = (view, contents) => ({
  stdin: {
    contents: `import { ${view}View as view } from "./views/${view}/view.ts";\n${contents}`,
    resolveDir: source,
    sourcefile: `${view}.ts`,
  },
});

const views = readdirSync(join(source, "views")).filter((name) =>
  existsSync(join(source, "views", name, "view.ts")),
);
const targets = [
  ...views.flatMap((view) => [
    {
      ...entry(view, 'import { widget } from "./widget.ts";\nexport default widget(view);'),
      outfile: join(outdir, `${view}.js`),
      format: "esm",
      banner: { js: banner },
    },
    {
      ...entry(view, 'import { page } from "./page.ts";\npage(view);'),
      outfile: join(outdir, `${view}-page.js`),
      format: "iife",
      banner: { js: banner },
    },
  ]),
  {
    entryPoints: [join(source, "packed.ts")],
    outfile: join(outdir, "packed.mjs"),
    format: "esm",
    banner: { js: banner },
  },
  // Figures are drawn in a bare engine: without a page, so without preact.
  {
    entryPoints: [join(source, "figures", "entry.ts")],
    outfile: join(outdir, "figures.js"),
    format: "iife",
    globalName: "figures",
    alias: { "@preact/signals": "@preact/signals-core" },
    banner: { js: banner },
  },
  {
    entryPoints: [join(source, "css", "headwise.css")],
    outfile: join(outdir, "headwise.css"),
    banner: { css: banner },
  },
].map((target) => ({ ...shared, ...target }));

if (process.argv.includes("--watch")) {
  for (const target of targets) await (await context(target)).watch();
} else {
  rmSync(outdir, { recursive: true, force: true });
  await Promise.all(targets.map((target) => build(target)));
}
