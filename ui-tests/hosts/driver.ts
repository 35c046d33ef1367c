import type { Locator, Page } from "@playwright/test";
import type { Guards } from "../fixtures/guards.ts";

/** The same for every host, in this order in docs/hosts.md. */
export const CASES = [
  "renders",
  "click → Python",
  "Python → screen",
  "tile on demand",
  "error shown",
  "two views",
  "model view",
  "light and dark",
  "theme switch followed",
  "no console error",
  "no request off localhost",
] as const;

export type CaseName = (typeof CASES)[number];

/** Where Playwright looks for a view: a page, a frame, the output of one cell. */
export type Scope = Pick<Locator, "locator">;

export type Shade = "light" | "dark";

/** A cell of the notebook that every host opens: statements, then the view that it shows. */
export interface Cell {
  code: string;
  show?: string;
}

/** A notebook, app or page that is open in a host; it starts in light colours. */
export interface Opened {
  /** Where the view of the n-th cell that shows one is drawn. */
  view(nth: number): Promise<Scope>;
  /** Runs code beside the cells; resolves with what it printed. A Python error throws. */
  ask(code: string): Promise<string>;
  setTheme(shade: Shade): Promise<void>;
  /** Addresses off localhost that the host's own page names, with or without headwise on it. */
  ownAddresses(): Promise<string[]>;
  /** Ends kernel and server, as far as they belong to this one. */
  close(): Promise<void>;
}

/** What a host cannot do, and what is seen there in its place. */
export interface Limit {
  reason: string;
  /** The case under this limit: it fails where the reason is not what a person meets. */
  instead(opened: Opened, guards: Guards): Promise<void>;
}

export interface Driver {
  name: string;
  /** Errors that the host logs with or without headwise on the page. */
  ownErrors?: RegExp;
  open(page: Page, cells: readonly Cell[]): Promise<Opened>;
  /** What a person should know of a case that works. */
  remarks?: Partial<Record<CaseName, string>>;
  limits?: Partial<Record<CaseName, Limit>>;
}
