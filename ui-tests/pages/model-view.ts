import { expect, type Locator } from "@playwright/test";
import { HeadView } from "./head-view.ts";

/** The model view as a person sees it. */
export class ModelView {
  readonly root: Locator;

  /** @param scope where to look for the view: a page, or the outputs of one cell. */
  constructor(scope: Pick<Locator, "locator">, nth = 0) {
    this.root = scope.locator('.headwise[data-view="model"]').nth(nth);
  }

  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
  }

  /** Waits until every thumbnail has come, also those out of sight. */
  async complete(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-idle", "true", { timeout: 60_000 });
  }

  cell(layer: number, head: number): Locator {
    return this.root.locator(`.hw-grid-cell[data-layer="${layer}"][data-head="${head}"]`);
  }

  selected(): Locator {
    return this.root.locator('.hw-grid-cell[aria-selected="true"]');
  }

  get opened(): Locator {
    return this.root.locator(".hw-opened");
  }

  get openedHead(): HeadView {
    return new HeadView(this.opened);
  }

  get facts(): Locator {
    return this.root.locator(".hw-facts");
  }

  get count(): Locator {
    return this.root.locator(".hw-count");
  }

  get legend(): Locator {
    return this.root.locator(".hw-legend").last();
  }

  note(fact: string): Locator {
    return this.root.locator(".hw-note").filter({ hasText: fact });
  }
}
