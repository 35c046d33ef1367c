// Runs a cell that shows a view in JupyterLab, uses the view and prints what it cost, as JSON.
// node lab_drive.mjs '{"address", "chromium", "view", "tool", "cells", "tokens", ...}'

import { measure } from "./chromium.mjs";
import { notebookOf } from "./notebook.mjs";
import { twoFrames } from "./pointing.mjs";
import { repeatedly } from "./session.mjs";
import { loading, stages } from "./stages.mjs";
import { tools } from "./tools.mjs";

const [PREPARE, SMALL, VIEW] = [0, 1, 2];
const SMALL_OUTPUT = ".benchmark-small";

// In a notebook the arrow keys are JupyterLab's.
const inLab = {
  bertviz: {
    startLayers: async () => {},
    async nextLayer(page, layer) {
      await page.selectOption("#layer", String(layer));
      await twoFrames(page);
    },
  },
};

async function load(session) {
  const { chromium, page, task, run, notebook, server } = session;
  await notebook.open(task.cells);
  await notebook.run(PREPARE);
  await notebook.idle();
  run.floor = await measure(chromium, task.wallMs, async (lap) => {
    await notebook.run(SMALL);
    await page.waitForSelector(SMALL_OUTPUT, { state: "attached" });
    await twoFrames(page);
    await lap("first");
  });
  await server.reset();
  await loading(session, () => notebook.run(VIEW));
  await page.evaluate((cell) => {
    const { node } = window.jupyterapp.shell.currentWidget.content.widgets[cell];
    node.querySelector(".jp-Cell-outputArea").scrollIntoView({ block: "start" });
  }, VIEW);
  await twoFrames(page);
}

await repeatedly(JSON.parse(process.argv[2]), (page, task) => {
  const notebook = notebookOf(page, task.address);
  return {
    tool: { ...tools[task.view][task.tool], ...inLab[task.tool] },
    stages: { ...stages, load },
    server: notebook.server,
    notebook,
    close: notebook.close,
  };
});
