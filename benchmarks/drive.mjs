// Opens one tool's page in Chromium, uses it like a person and prints what it cost, as JSON.
// node drive.mjs '{"address", "chromium", "view", "tool", "tokens", "heads", "layers", ...}'

import { repeatedly } from "./session.mjs";
import { stages } from "./stages.mjs";
import { tools } from "./tools.mjs";

await repeatedly(JSON.parse(process.argv[2]), (_page, task) => ({
  tool: tools[task.view][task.tool],
  stages,
  server: {
    sent: async () => (await fetch(`${task.address}/count`)).json(),
    reset: () => fetch(`${task.address}/count/reset`),
  },
}));
