import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const browserTests = "js/tests/**/*.browser.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["js/tests/**/*.test.ts"],
          exclude: [browserTests],
        },
      },
      {
        optimizeDeps: {
          include: ["preact", "preact/jsx-runtime", "@preact/signals", "axe-core", "uplot"],
        },
        test: {
          name: "browser",
          include: [browserTests],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
                args: ["--no-sandbox", "--js-flags=--expose-gc"],
              },
            }),
            instances: [{ browser: "chromium", viewport: { width: 1200, height: 800 } }],
          },
        },
      },
    ],
  },
});
