import { defineConfig } from "@playwright/test";
import { PYTHON } from "./fixtures/paths.ts";
import { serverOf, WORKERS } from "./fixtures/servers.ts";

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-lcd-text"],
};
// Pages that a test answers for itself, as VS Code's, may otherwise open no socket to the server.
const local = "--disable-features=LocalNetworkAccessChecks";

export default defineConfig({
  workers: WORKERS,
  // Servers, kernels and browsers share two cores with whatever else runs: what passes on a second try is listed as flaky.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  outputDir: "../test-results/ui",
  reporter: "list",
  use: {
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
  webServer: Array.from({ length: WORKERS }, (_, worker) => ({
    command: `"${PYTHON}" -m jupyterlab --config=jupyter_server_test_config.py --port=${new URL(serverOf(worker)).port}`,
    url: `${serverOf(worker)}/api`,
    timeout: 60_000,
    env: { HF_HUB_OFFLINE: "1" },
  })),
});
