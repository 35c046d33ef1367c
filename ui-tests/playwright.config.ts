import { defineConfig } from "@playwright/test";
import { PYTHON } from "./fixtures/paths.ts";

const port = Number(process.env.JUPYTER_PORT ?? 8898);

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-lcd-text"],
};
// Pages that a test answers for itself, as VS Code's, may otherwise open no socket to the server.
const local = "--disable-features=LocalNetworkAccessChecks";

export default defineConfig({
  workers: 1,
  // A server, a kernel and a browser share two cores with whatever else runs: what passes on a second try is listed as flaky.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  outputDir: "../test-results/ui",
  reporter: "list",
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1400, height: 1000 },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions,
  },
  projects: [
    { name: "ui", testDir: "tests" },
    {
      name: "hosts",
      testDir: "hosts",
      use: { launchOptions: { ...launchOptions, args: [...launchOptions.args, local] } },
    },
    { name: "screenshots", testDir: "screenshots" },
  ],
  webServer: {
    command: `"${PYTHON}" -m jupyterlab --config=jupyter_server_test_config.py --port=${port}`,
    url: `http://127.0.0.1:${port}/api`,
    timeout: 60_000,
    env: { HF_HUB_OFFLINE: "1" },
  },
});
