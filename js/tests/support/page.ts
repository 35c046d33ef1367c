import "../../src/css/headwise.css";
import { expect } from "vitest";
import { userEvent } from "vitest/browser";
import { linkedHighlights } from "../../src/state/highlight.ts";
import type { Traits } from "../../src/state/types.ts";
import { Loader } from "../../src/store/loader.ts";
import { RecordingHost } from "./host.ts";
import { Kernel } from "./kernel.ts";
import { type Sample, sampleOf, traitsOf } from "./sample.ts";
import { viewFor } from "./views.ts";

interface Options {
  sample?: Sample;
  traits?: Partial<Traits>;
  stored?: number[];
  /** "none" plays an exported page. */
  kernel?: "live" | "none";
  /** Calls wait until the test answers them. */
  held?: boolean;
  width?: number;
  ground?: string;
}

const open: OpenView[] = [];

/** A head view in the page, with ways to look at it. */
export class OpenView {
  readonly scope = new AbortController();
  readonly kernel: Kernel;
  readonly host: RecordingHost;
  readonly el: HTMLElement;

  constructor(options: Options = {}, shared?: { host: RecordingHost; loader: Loader }) {
    const sample = options.sample ?? sampleOf();
    this.kernel = new Kernel(sample);
    this.kernel.held = options.held ?? false;
    const model = new AbortController();
    this.host =
      shared?.host ??
      new RecordingHost(
        traitsOf(sample, options.traits, options.stored),
        model.signal,
        options.kernel === "none" ? undefined : this.kernel.handler,
      );
    this.el = document.createElement("div");
    this.el.style.width = `${options.width ?? 1100}px`;
    this.el.style.background = options.ground ?? "#ffffff";
    document.body.append(this.el);
    const loader = shared?.loader ?? new Loader(this.host);
    const scope = this.scope.signal;
    viewFor(this.host.get("_view"))({
      host: this.host,
      loader,
      el: this.el,
      scope,
      highlights: linkedHighlights(this.host, scope),
    });
    open.push(this);
  }

  /** Ends the view as a host does. */
  close(): void {
    this.scope.abort();
    this.el.remove();
  }

  get root(): HTMLElement {
    return this.find(".headwise");
  }

  find(selector: string): HTMLElement {
    const node = this.el.querySelector<HTMLElement>(selector);
    if (!node) throw new Error(`the view has no ${selector}`);
    return node;
  }

  all(selector: string): HTMLElement[] {
    return [...this.el.querySelectorAll<HTMLElement>(selector)];
  }

  texts(selector: string): string[] {
    return this.all(selector).map((node) => node.textContent ?? "");
  }

  chip(head: number): HTMLElement {
    return this.find(`.hw-chip[data-head="${head}"]`);
  }

  /** Heads whose chips are pressed. */
  get chipsOn(): number[] {
    return this.all('.hw-chip[aria-pressed="true"]').map((chip) => Number(chip.dataset.head));
  }

  token(side: "query" | "key", index: number): HTMLElement {
    return this.find(`[role=option][data-side="${side}"][data-index="${index}"]`);
  }

  button(name: string): HTMLElement {
    return this.find(`button[aria-label="${name}"]`);
  }

  check(label: string): HTMLInputElement {
    const found = this.all(".hw-check").find((node) => node.textContent?.trim() === label);
    const input = found?.querySelector("input");
    if (!input) throw new Error(`the view has no check "${label}"`);
    return input;
  }

  choose(label: string, value: string): void {
    const select = this.find(`select[aria-label="${label}"]`) as HTMLSelectElement;
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  get drawn(): number {
    return Number(this.root.dataset.drawn);
  }

  get live(): string {
    return this.find(".hw-live").textContent ?? "";
  }

  get legend(): string {
    return this.find(".hw-legend").textContent ?? "";
  }

  get notes(): string[] {
    return this.texts(".hw-note b");
  }

  get lines(): HTMLCanvasElement {
    return this.find("canvas.hw-lines") as HTMLCanvasElement;
  }

  get overlay(): HTMLCanvasElement {
    return this.find("canvas.hw-overlay") as HTMLCanvasElement;
  }

  /** Middle of the path between a query and a key, in CSS px of the canvas. */
  middle(query: number, key: number): { x: number; y: number } {
    const canvas = this.lines.getBoundingClientRect();
    const from = this.token("query", query).getBoundingClientRect();
    const to = this.token("key", key).getBoundingClientRect();
    const centre = (box: DOMRect) => (box.top + box.bottom) / 2 - canvas.top;
    const edge = this.find(".hw-edge");
    const [left, width] = [edge.style.left, edge.style.width].map(Number.parseFloat);
    return { x: (left ?? 0) + (width ?? 0) / 2, y: (centre(from) + centre(to)) / 2 };
  }
}

export async function openView(options?: Options): Promise<OpenView> {
  const view = new OpenView(options);
  await ready(view);
  return view;
}

/** A second view of the same model. */
export async function openBeside(first: OpenView, loader: Loader): Promise<OpenView> {
  const view = new OpenView({}, { host: first.host, loader });
  await ready(view);
  return view;
}

export async function ready(view: OpenView): Promise<void> {
  await expect.poll(() => view.root.dataset.state).toBe("ready");
}

export function closeAll(): void {
  for (const view of open.splice(0)) view.close();
}

/** Waits until what was asked to be drawn is drawn. */
export function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  });
}

export type Rgba = [number, number, number, number];

export function pixel(canvas: HTMLCanvasElement, { x, y }: { x: number; y: number }): Rgba {
  const ratio = canvas.width / Number.parseFloat(canvas.style.width);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas context");
  const { data } = context.getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1);
  return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0, data[3] ?? 0];
}

/** Pixels of a canvas that are not empty. */
export function inked(canvas: HTMLCanvasElement): number {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas context");
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count++;
  return count;
}

export function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** Moves the pointer into a picture of lines, beside all tokens: from then on its numbers are asked for. */
export async function pointAt(view: OpenView): Promise<void> {
  view.find(".hw-scroll").dispatchEvent(new PointerEvent("pointermove", { clientX: -1 }));
  await drawn();
  await expect.poll(() => view.root.dataset.idle, { timeout: 20_000 }).toBe("true");
  await drawn();
}

/** Takes the pointer off every view. */
export async function leave(): Promise<void> {
  await userEvent.hover(document.documentElement, { position: { x: 1190, y: 790 } });
}
