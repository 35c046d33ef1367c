import { defineConfig } from "@playwright/test";
import { PYTHON } from "./fixtures/paths.ts";

const port = Number(process.env.JUPYTER_PORT ?? 8898);

export default defineConfig({
  workers: 1,
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
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-lcd-text"],
    },
  },
  projects: [
    { name: "ui", testDir: "tests" },
    { name: "screenshots", testDir: "screenshots" },
  ],
  webServer: {
    command: `"${PYTHON}" -m jupyterlab --config=jupyter_server_test_config.py --port=${port}`,
    url: `http://127.0.0.1:${port}/api`,
    timeout: 60_000,
    env: { HF_HUB_OFFLINE: "1" },
  },
});
