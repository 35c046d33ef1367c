import { type Application, Notebook } from "../fixtures/lab.ts";
import type { Driver } from "./driver.ts";

const THEMES = { light: "JupyterLab Light", dark: "JupyterLab Dark" };

const jupyter = (name: string, application: Application): Driver => ({
  name,
  async open(page, cells) {
    const sources = cells.map(({ code, show }) => `${code}\n${show ?? ""}`);
    const notebook = await Notebook.fromSources(page, sources, application);
    const shown: number[] = [];
    for (const [index, { show }] of cells.entries()) {
      await notebook.run(index);
      if (!show) continue;
      shown.push(index);
      await notebook.outputs(index).locator(".headwise").waitFor();
    }
    return {
      view: async (nth) => notebook.outputs(shown[nth] ?? -1),
      ask: (code) => notebook.ask(code),
      setTheme: (shade) => notebook.setTheme(THEMES[shade]),
      ownAddresses: async () => [],
      close: () => notebook.close(),
    };
  },
});

export const jupyterlab = jupyter("JupyterLab 4.6", "lab");
export const notebook7: Driver = {
  ...jupyter("Notebook 7", "notebook"),
  ownErrors: /'filebrowser:open-path' not registered|reading 'schema'\)[\s\S]*\/static\/notebook\//,
  remarks: {
    "no console error":
      "headwise makes none; Notebook's own page may log two while it loads its settings and its address",
  },
};
