import { hostCases } from "./cases.ts";
import { jupyterlab, notebook7 } from "./lab.ts";
import { marimo } from "./marimo.ts";
import { savedPage } from "./page.ts";
import { voila } from "./voila.ts";
import { vscode } from "./vscode/driver.ts";

for (const driver of [jupyterlab, notebook7, vscode, marimo, voila, savedPage]) hostCases(driver);
