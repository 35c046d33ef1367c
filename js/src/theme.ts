import type { ThemeSetting } from "./state/types.ts";

/** Greys and marks of the interface; hue belongs to data (scale.ts). */
export interface Ink {
  ink1: string;
  ink2: string;
  ink3: string;
  line2: string;
  line1: string;
  panel: string;
  focus: string;
  warn: string;
  error: string;
}

export type ThemeName = "light" | "dark" | "contrast" | "contrast-light";

const LIGHT: Ink = {
  ink1: "#1b2025",
  ink2: "#50565d",
  ink3: "#6b7177",
  line2: "#adb1b7",
  line1: "#d6d9dd",
  panel: "#f5f7f9",
  focus: "#0961bb",
  warn: "#915b02",
  error: "#be2323",
};

const DARK: Ink = {
  ink1: "#e5e8ec",
  ink2: "#acb2b9",
  ink3: "#90969d",
  line2: "#54585e",
  line1: "#35383c",
  panel: "#1f2123",
  focus: "#73b6fa",
  warn: "#f0ba59",
  error: "#fe8b83",
};

export const INK: Record<ThemeName, Ink> = {
  light: LIGHT,
  dark: DARK,
  contrast: {
    ...DARK,
    ink1: "#ffffff",
    ink2: "#ebebeb",
    ink3: "#d6d6d6",
    line2: "#ffffff",
    line1: "#9a9a9a",
    panel: "#1a1a1a",
    focus: "#ffd866",
  },
  "contrast-light": {
    ...LIGHT,
    ink2: "#1b2025",
    ink3: "#1b2025",
    line1: "#1b2025",
    line2: "#1b2025",
  },
};

export function isDark(theme: ThemeName): boolean {
  return theme === "dark" || theme === "contrast";
}

export function isContrast(theme: ThemeName): boolean {
  return theme.startsWith("contrast");
}

/** Relative luminance of a CSS `rgb()` colour, or null where it is not opaque. */
export function luminance(color: string): number | null {
  if (!color.startsWith("rgb")) return null;
  const parts = color.match(/[\d.]+/g)?.map(Number);
  if (!parts || parts.length < 3 || (parts[3] !== undefined && parts[3] < 0.5)) return null;
  const [r, g, b] = parts.slice(0, 3).map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Computed styles keep oklch() and color() as they are; a canvas knows them all. */
function asRgb(color: string): string {
  if (color.startsWith("rgb")) return color;
  const ctx = document.createElement("canvas").getContext("2d");
  if (!ctx) return color;
  ctx.fillStyle = color;
  ctx.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, alpha = 0] = ctx.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${alpha / 255})`;
}

/** Luminance of the first opaque ground behind an element, crossing shadow roots (marimo). */
function groundLuminance(element: Element): number | null {
  for (let node: Node | null = element; node; node = parentOf(node)) {
    if (!(node instanceof Element)) continue;
    const value = luminance(asRgb(getComputedStyle(node).backgroundColor));
    if (value !== null) return value;
  }
  return null;
}

function parentOf(node: Node): Node | null {
  return node instanceof ShadowRoot ? node.host : node.parentNode;
}

/** Whether the ground behind an element is dark. */
function groundIsDark(element: Element): boolean {
  const ground = groundLuminance(element);
  return ground === null ? matchMedia("(prefers-color-scheme: dark)").matches : ground < 0.18;
}

/** The theme that the host shows around the element, unless the setting says otherwise. */
export function detectTheme(element: Element, setting: ThemeSetting): ThemeName {
  const dark = groundIsDark(element.parentElement ?? element);
  if (setting === "light" || setting === "dark") return setting;
  const forced = matchMedia("(forced-colors: active), (prefers-contrast: more)").matches;
  const kind = document.body.dataset.vscodeThemeKind ?? "";
  if (setting === "contrast" || forced || kind.includes("high-contrast"))
    return dark ? "contrast" : "contrast-light";
  return dark ? "dark" : "light";
}

/** Calls back whenever something that decides the theme changes. */
export function watchTheme(listener: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(listener);
  const options = {
    attributes: true,
    attributeFilter: [
      "class",
      "style",
      "data-theme",
      "theme",
      "data-jp-theme-light",
      "data-jp-theme-name",
      "data-vscode-theme-kind",
    ],
  };
  for (const node of [document.documentElement, document.body]) observer.observe(node, options);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  for (const query of [
    "(prefers-color-scheme: dark)",
    "(forced-colors: active)",
    "(prefers-contrast: more)",
  ]) {
    matchMedia(query).addEventListener("change", listener, { signal });
  }
}

const GROUND = { light: "#ffffff", dark: "#111111" };

const VARIABLES: Record<keyof Ink, string> = {
  ink1: "--hw-ink-1",
  ink2: "--hw-ink-2",
  ink3: "--hw-ink-3",
  line2: "--hw-line-2",
  line1: "--hw-line-1",
  panel: "--hw-panel",
  focus: "--hw-focus",
  warn: "--hw-warn",
  error: "--hw-error",
};

/** Hands the greys to the style sheet as custom properties of the root. */
export function applyTheme(root: HTMLElement, theme: ThemeName): void {
  root.dataset.theme = theme;
  root.style.colorScheme = isDark(theme) ? "dark" : "light";
  for (const [name, variable] of Object.entries(VARIABLES))
    root.style.setProperty(variable, INK[theme][name as keyof Ink]);
  root.style.setProperty("--hw-ground", GROUND[isDark(theme) ? "dark" : "light"]);
  // A theme that was asked for and is not the host's brings its own ground; else the host's shows through.
  const own = root.parentElement && groundIsDark(root.parentElement) !== isDark(theme);
  root.style.background = own ? "var(--hw-ground)" : "";
}
