import { expect, type Locator } from "@playwright/test";

/** The heads view as a person sees it. */
export class HeadsView {
  readonly root: Locator;

  /** @param scope where to look for the view: a page, or the outputs of one cell. */
  constructor(scope: Pick<Locator, "locator">, nth = 0) {
    this.root = scope.locator('.headwise[data-view="heads"]').nth(nth);
  }

  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
  }

  cell(layer: number, head: number): Locator {
    return this.root.locator(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`);
  }

  point(layer: number, head: number): Locator {
    return this.root.locator(`.hw-point[data-layer="${layer}"][data-head="${head}"]`);
  }

  selected(): Locator {
    return this.root.locator(".hw-grid-cell[aria-selected=true]");
  }

  /** Names of the heads in the list, from its first on. */
  listed(): Locator {
    return this.root.locator(".hw-heads-list .hw-rank-name");
  }

  get facts(): Locator {
    return this.root.locator(".hw-facts");
  }

  get legend(): Locator {
    return this.root.locator(".hw-legend");
  }

  get metric(): Locator {
    return this.root.getByLabel("Metric");
  }
}
