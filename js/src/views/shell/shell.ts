import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type ComponentChildren, render } from "preact";
import { element } from "../../dom.ts";
import type { ThemeSetting } from "../../state/types.ts";
import { applyTheme, detectTheme, isDark, type ThemeName, watchTheme } from "../../theme.ts";
import type { Stage } from "../stage.ts";

export interface Font {
  family: string;
  size: number;
}

/** How a view is shown, whether on a page or in a figure. */
export type Showing = Pick<Shell, "width" | "theme" | "dark" | "font" | "unit">;

/** What every view has: a root with toolbar, notes, progress line and live region, and signals of how it is shown. */
export interface Shell {
  root: HTMLElement;
  toolbar: HTMLElement;
  notes: HTMLElement;
  progress: HTMLElement;
  /** Where the view builds its own parts. */
  body: HTMLElement;
  live: HTMLElement;
  width: Signal<number>;
  theme: Signal<ThemeName>;
  dark: ReadonlySignal<boolean>;
  font: Signal<Font>;
  /** Host font size / 13 px: everything scales with it. */
  unit: ReadonlySignal<number>;
  /** Runs now and whenever a signal that it read changes, until the view ends. */
  react(run: () => void): void;
  /** Renders into a node; what is there is taken down when the view ends. */
  show(node: HTMLElement, children: ComponentChildren): void;
  /** Speaks a sentence once. */
  speak(text: string): void;
}

export function openShell(
  { el, scope, part }: Stage,
  view: string,
  setting: ReadonlySignal<ThemeSetting>,
): Shell {
  const root = element("div", "headwise", el);
  root.dataset.view = view;
  root.dataset.state = "loading";
  root.classList.toggle("hw-part", part ?? false);
  // JupyterLab's command mode gives letters another meaning.
  root.dataset.lmSuppressShortcuts = "true";
  // JupyterLab takes Shift + click in an output for a selection of cells, and the next run would run them all.
  root.addEventListener("mousedown", (event) => event.shiftKey && event.stopPropagation(), {
    signal: scope,
  });
  const toolbar = element("div", "hw-toolbar-mount", root);
  const notes = element("div", "hw-notes", root);
  const progress = element("div", "hw-progress", root);
  const body = element("div", "hw-body", root);
  const live = element("div", "hw-live", root);
  live.setAttribute("aria-live", "polite");

  const width = signal(0);
  const theme = signal<ThemeName>("light");
  const font = signal<Font>({ family: "system-ui", size: 13 });
  const look = () => {
    const style = getComputedStyle(root);
    const next = { family: style.fontFamily, size: Number.parseFloat(style.fontSize) || 13 };
    const { family, size } = font.peek();
    if (next.family !== family || next.size !== size) font.value = next;
    theme.value = detectTheme(root, setting.peek());
  };
  const react = (run: () => void) => scope.addEventListener("abort", effect(run), { once: true });
  react(() => {
    void setting.value;
    look();
  });
  react(() => applyTheme(root, theme.value));
  watchTheme(look, scope);
  const resize = new ResizeObserver(() => {
    width.value = root.clientWidth;
    look();
  });
  // As wide as the root, but never higher for what is drawn: an observer that changes what it observes is an error.
  resize.observe(progress);
  scope.addEventListener("abort", () => resize.disconnect(), { once: true });

  const mounted = new Set<HTMLElement>();
  return {
    root,
    toolbar,
    notes,
    progress,
    body,
    live,
    width,
    theme,
    dark: computed(() => isDark(theme.value)),
    font,
    unit: computed(() => font.value.size / 13),
    react,
    show(node, children) {
      if (!mounted.has(node)) {
        mounted.add(node);
        scope.addEventListener("abort", () => render(null, node), { once: true });
      }
      render(children, node);
    },
    speak(text) {
      if (live.textContent !== text) live.textContent = text;
    },
  };
}
