import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { PYTHON, ROOT } from "../fixtures/paths.ts";
import { CASES, type CaseName } from "./driver.ts";
import { hostsPage, type Outcome, type Outcomes } from "./table.ts";

const PACKAGES = ["jupyterlab", "notebook", "voila", "marimo", "anywidget", "ipykernel"];

function versions(): string[] {
  const code = `from importlib.metadata import version\nfor name in ${JSON.stringify(PACKAGES)}: print(name, version(name))`;
  const printed = execFileSync(PYTHON, ["-c", code], { encoding: "utf8" });
  // What a patch release changes here is no news.
  return printed
    .trim()
    .split("\n")
    .map((line) => line.replace(/(\d+\.\d+)\..*/, "$1"));
}

/** Writes docs/hosts.md after a run that had every case in every host. */
export default class HostsReport implements Reporter {
  readonly #outcomes: Outcomes = new Map();

  onTestEnd(test: TestCase, result: TestResult): void {
    const said = (type: string) =>
      test.annotations.find((annotation) => annotation.type === type)?.description ?? "";
    const [host, name] = [said("host"), said("case") as CaseName];
    if (!host || !CASES.includes(name) || result.status === "skipped") return;
    const outcome: Outcome = {
      passed: result.status === "passed",
      cannot: said("cannot"),
      remark: said("remark"),
    };
    const cases = this.#outcomes.get(host) ?? new Map();
    this.#outcomes.set(host, cases.set(name, outcome));
  }

  onEnd(): void {
    const hosts = [...this.#outcomes.values()];
    if (hosts.length < 2 || hosts.some((cases) => cases.size < CASES.length)) return;
    const file = path.join(ROOT, "docs", "hosts.md");
    writeFileSync(file, hostsPage(this.#outcomes, versions()));
  }
}
