import { expect, type Locator } from "@playwright/test";

export type Side = "query" | "key";

/** What a canvas holds: how many pixels carry ink, and a fingerprint of all of them. */
export interface Ink {
  inked: number;
  fingerprint: number;
}

/** The head view as a person sees it. */
export class HeadView {
  readonly root: Locator;

  /** @param scope where to look for the view: a page, or the outputs of one cell. */
  constructor(scope: Pick<Locator, "locator">, nth = 0) {
    this.root = scope.locator('.headwise[data-view="head"]').nth(nth);
  }

  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-state", "ready", { timeout: 30_000 });
  }

  chip(head: number): Locator {
    return this.root.locator(`button.hw-chip[data-head="${head}"]`);
  }

  chipsOn(): Locator {
    return this.root.locator('button.hw-chip[aria-pressed="true"]');
  }

  token(side: Side, index: number): Locator {
    return this.root.locator(`[role="option"][data-side="${side}"][data-index="${index}"]`);
  }

  get nextLayer(): Locator {
    return this.root.getByRole("button", { name: "Next layer" });
  }

  get previousLayer(): Locator {
    return this.root.getByRole("button", { name: "Previous layer" });
  }

  get live(): Locator {
    return this.root.locator(".hw-live");
  }

  get legend(): Locator {
    return this.root.locator(".hw-legend");
  }

  note(fact: string): Locator {
    return this.root.locator(".hw-note").filter({ hasText: fact });
  }

  async expectLayer(layer: number): Promise<void> {
    await expect(this.root).toHaveAttribute("data-layer", String(layer));
  }

  async linesDrawn(): Promise<number> {
    return Number(await this.root.getAttribute("data-drawn"));
  }

  /** Reads the pixels of one of the two canvases. */
  ink(canvas: "lines" | "overlay" = "lines"): Promise<Ink> {
    return this.root.locator(`canvas.hw-${canvas}`).evaluate((element: HTMLCanvasElement) => {
      const context = element.getContext("2d");
      if (!context || element.width === 0 || element.height === 0) {
        return { inked: 0, fingerprint: 0 };
      }
      const { data } = context.getImageData(0, 0, element.width, element.height);
      let inked = 0;
      let fingerprint = 0;
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at + 3] ?? 0) > 0) inked += 1;
        for (let part = 0; part < 4; part += 1) {
          fingerprint = (Math.imul(fingerprint, 31) + (data[at + part] ?? 0)) | 0;
        }
      }
      return { inked, fingerprint };
    });
  }

  /** Waits until the picture differs from an earlier one. */
  async expectRedrawn(before: Ink, canvas: "lines" | "overlay" = "lines"): Promise<void> {
    await expect
      .poll(async () => (await this.ink(canvas)).fingerprint, { message: "pixels change" })
      .not.toBe(before.fingerprint);
  }
}
