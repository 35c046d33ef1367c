import { linearOf, luminanceOf } from "./color.ts";
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
  return luminanceOf(linearOf(parts.slice(0, 3)));
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

/** Luminance of the first opaque ground behind an element, crossing shadow roots (marimo); where there is none, told from the ink. */
function groundOf(element: Element): number {
  for (let node: Node | null = element; node; node = parentOf(node)) {
    if (!(node instanceof Element)) continue;
    const value = luminance(asRgb(getComputedStyle(node).backgroundColor));
    if (value !== null) return value;
  }
  return isLight(luminance(asRgb(getComputedStyle(element).color)) ?? 0) ? 0 : 1;
}

function parentOf(node: Node): Node | null {
  return node instanceof ShadowRoot ? node.host : node.parentNode;
}

/** Contrasts more with black than with white. */
function isLight(value: number): boolean {
  return value > 0.18;
}

/** The theme that the host shows around the element, unless the setting says otherwise. */
export function detectTheme(element: Element, setting: ThemeSetting): ThemeName {
  const light = isLight(groundOf(element.parentElement ?? element));
  const asked = (query: string) => matchMedia(query).matches;
  const forced = asked("(forced-colors: active)");
  // Forced colours paint their own ground, whatever theme is asked for.
  if (!forced && (setting === "light" || setting === "dark")) return setting;
  const { vscodeThemeKind, jpThemeName } = document.body.dataset;
  const named = /high.contrast/i.test(`${vscodeThemeKind} ${jpThemeName}`);
  if (forced || named || setting === "contrast" || asked("(prefers-contrast: more)"))
    return light ? "contrast-light" : "contrast";
  return light ? "light" : "dark";
}

/** Calls back whenever something that decides the theme changes. */
export function watchTheme(listener: () => void, signal: AbortSignal): void {
  // Hosts name their theme in classes, styles and data attributes of these two.
  const observer = new MutationObserver(listener);
  for (const node of [document.documentElement, document.body])
    observer.observe(node, { attributes: true });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  // A ground that fades is the new one only at the end.
  const faded = ({ propertyName }: TransitionEvent) =>
    propertyName.startsWith("background") && listener();
  document.addEventListener("transitionend", faded, { signal });
  for (const query of [
    "(prefers-color-scheme: dark)",
    "(forced-colors: active)",
    "(prefers-contrast: more)",
  ]) {
    matchMedia(query).addEventListener("change", listener, { signal });
  }
}

export const GROUND = { light: "#ffffff", dark: "#111111" };
/** Luminance of the darkest light ground and of the lightest dark one that every colour is made for. */
export const LIGHT_ENOUGH = 0.92;
export const DARK_ENOUGH = 0.028;

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
  // The host's ground shows through where it gives text 4.5 : 1 and marks 3 : 1; else the theme brings its own.
  const ground = groundOf(root.parentElement ?? root);
  const own = isDark(theme) ? ground > DARK_ENOUGH : ground < LIGHT_ENOUGH;
  root.style.background = own ? "var(--hw-ground)" : "";
}
