import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cdp } from "vitest/browser";
import type { Traits } from "../src/state/types.ts";
import { LOCKED, openOne, VIEWS } from "./support/every.ts";
import { closeMatrices } from "./support/matrix.ts";
import { closeAll, leave, OpenView, openView, ready } from "./support/page.ts";

const { body } = document;

beforeEach(leave);
afterEach(async () => {
  closeAll();
  closeMatrices();
  document.documentElement.removeAttribute("style");
  body.removeAttribute("style");
  body.removeAttribute("class");
  for (const name of Object.keys(body.dataset)) delete body.dataset[name];
  await emulate({});
});

async function emulate(features: Record<string, string>): Promise<void> {
  const all = { "prefers-color-scheme": "light", "forced-colors": "none", ...features };
  await cdp().send("Emulation.setEmulatedMedia", {
    features: Object.entries(all).map(([name, value]) => ({ name, value })),
  });
}

/** A view on a page that is the host's: no ground of its own around it. */
async function onHost(traits: Partial<Traits> = {}): Promise<OpenView> {
  return openView({ ground: "transparent", traits: { theme: "auto", ...traits } });
}

const themeOf = (view: OpenView) => view.root.dataset.theme;

describe("the theme of the host is found and followed", () => {
  it("in JupyterLab, also its high contrast", async () => {
    const wear = (name: string, light: boolean, ground: string) => {
      body.style.background = ground;
      body.dataset.jpThemeLight = String(light);
      body.dataset.jpThemeName = name;
    };
    wear("JupyterLab Light", true, "#ffffff");
    const view = await onHost();
    expect(themeOf(view)).toBe("light");
    wear("JupyterLab Dark", false, "#111111");
    await expect.poll(() => themeOf(view)).toBe("dark");
    wear("JupyterLab Dark High Contrast", false, "#000000");
    await expect.poll(() => themeOf(view)).toBe("contrast");
    wear("JupyterLab Light", true, "#ffffff");
    await expect.poll(() => themeOf(view)).toBe("light");
  });

  it("in VS Code, by the ink where its webview has no ground", async () => {
    const wear = (kind: string, ink: string) => {
      body.style.color = ink;
      body.className = kind;
      body.dataset.vscodeThemeKind = kind;
    };
    wear("vscode-dark", "#cccccc");
    const view = await onHost();
    expect(themeOf(view)).toBe("dark");
    for (const [kind, ink, theme] of [
      ["vscode-light", "#3b3b3b", "light"],
      ["vscode-high-contrast", "#ffffff", "contrast"],
      ["vscode-high-contrast-light", "#292929", "contrast-light"],
      ["vscode-dark", "#cccccc", "dark"],
    ] as const) {
      wear(kind, ink);
      await expect.poll(() => themeOf(view), { message: kind }).toBe(theme);
    }
  });

  it("across a shadow root, by a class of the page, as in marimo", async () => {
    const style = document.createElement("style");
    style.textContent = "body { background: #ffffff } body.dark { background: #181c1a }";
    document.head.append(style);
    const host = document.createElement("div");
    body.append(host);
    const view = await onHost();
    host.attachShadow({ mode: "open" }).append(view.el);
    expect(themeOf(view)).toBe("light");
    body.classList.add("dark");
    await expect.poll(() => themeOf(view)).toBe("dark");
    host.remove();
    style.remove();
  });

  it("at the end of a ground that fades", async () => {
    body.style.cssText = "background: rgb(255, 255, 255); transition: background-color 150ms";
    const view = await onHost();
    body.style.backgroundColor = "rgb(0, 0, 0)";
    await expect.poll(() => themeOf(view)).toBe("dark");
  });

  it("on a page without a ground the paper is what the ink says, not what the system prefers", async () => {
    await emulate({ "prefers-color-scheme": "dark" });
    const view = await onHost();
    expect(themeOf(view)).toBe("light");
    document.documentElement.style.colorScheme = "light dark";
    await expect.poll(() => themeOf(view)).toBe("dark");
  });

  it("in forced colours, whatever is asked for", async () => {
    const view = await openView({ traits: { theme: "light" } });
    expect(themeOf(view)).toBe("light");
    await emulate({ "forced-colors": "active", "prefers-color-scheme": "dark" });
    await expect.poll(() => themeOf(view)).toMatch(/^contrast/);
    await emulate({});
    await expect.poll(() => themeOf(view)).toBe("light");
  });
});

describe("a theme that is asked for", () => {
  it.each(VIEWS)("holds in the %s view and in its parts, on a ground of its own", async (view) => {
    const opened = view === "model" ? { opened: [1, 2] as [number, number] } : {};
    const traits = { theme: "dark", selection: LOCKED, ...opened } as const;
    const { root } = await openOne(view, { traits });
    const parts = () => [root, ...root.querySelectorAll<HTMLElement>(".headwise")];
    if (view === "model") await expect.poll(() => parts().length).toBe(2);
    expect(parts().map(({ dataset }) => dataset.theme)).toEqual(parts().map(() => "dark"));
    expect(getComputedStyle(root).backgroundColor).toBe("rgb(17, 17, 17)");
    for (const part of parts().slice(1)) expect(part.style.background).toBe("");
    expect(getComputedStyle(root).colorScheme).toBe("dark");
  });

  it("follows the trait, and goes back to the host's", async () => {
    const view = await openView({ traits: { theme: "auto" } });
    for (const [theme, shown, ground] of [
      ["dark", "dark", "var(--hw-ground)"],
      ["contrast", "contrast-light", ""],
      ["light", "light", ""],
      ["dark", "dark", "var(--hw-ground)"],
      ["auto", "light", ""],
    ] as const) {
      view.host.receive({ theme });
      await expect.poll(() => themeOf(view)).toBe(shown);
      expect(view.root.style.background).toBe(ground);
    }
  });

  it("holds in the lines of a neuron view", async () => {
    const { root } = await openOne("neuron", { traits: { theme: "dark", form: "lines" } });
    await expect
      .poll(() => root.querySelector<HTMLElement>(".headwise")?.dataset.theme)
      .toBe("dark");
  });
});

describe("the ground of the host", () => {
  it.each([
    ["#ffffff", true],
    ["#fdf6e3", true],
    ["#e6e6e6", false],
    ["#808080", false],
    ["#2e3440", false],
    ["#282c34", true],
    ["#000000", true],
  ])("%s shows through: %s", async (ground, through) => {
    const view = new OpenView({ ground, traits: { theme: "auto" } });
    await ready(view);
    expect(view.root.style.background).toBe(through ? "" : "var(--hw-ground)");
  });
});
