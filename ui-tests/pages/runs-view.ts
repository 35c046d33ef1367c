import { expect, type Locator } from "@playwright/test";

/** The runs view as a person sees it. */
export class RunsView {
  readonly root: Locator;

  /** @param scope where to look for the view: a page, or the outputs of one cell. */
  constructor(scope: Pick<Locator, "locator">, nth = 0) {
    this.root = scope.locator('.headwise[data-view="runs"]').nth(nth);
  }

  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
  }

  /** Nothing is under way any more. */
  async idle(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-idle", "true", { timeout: 30_000 });
  }

  chart(metric: string): Locator {
    return this.root.locator(".hw-chart").filter({ has: this.root.page().getByText(metric) });
  }

  area(metric: string): Locator {
    return this.chart(metric).locator(".hw-chart-area");
  }

  /** What the values beside a chart are of: "at step 350". */
  told(metric: string): Locator {
    return this.chart(metric).locator(".hw-chart-at");
  }

  values(metric: string): Locator {
    return this.chart(metric).locator(".hw-chart-value > span:not(.hw-said)");
  }

  /** A point of a chart, as shares of its area. */
  async at(metric: string, x: number, y = 0.5): Promise<{ x: number; y: number }> {
    await this.area(metric).scrollIntoViewIfNeeded();
    const box = await this.area(metric).boundingBox();
    if (!box) throw new Error(`the chart of ${metric} is not shown`);
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  }

  chip(run: string): Locator {
    return this.root.locator(".hw-run-chip").filter({ hasText: run });
  }

  map(step: number): Locator {
    return this.root.locator(`.hw-strip-item[data-step="${step}"]`);
  }

  get now(): Locator {
    return this.root.locator(".hw-strip-now");
  }

  get strip(): Locator {
    return this.root.getByRole("slider", { name: "Saved step" });
  }

  get notes(): Locator {
    return this.root.locator(".hw-notes");
  }

  /** The attention that is in sight. */
  get attention(): Locator {
    return this.root.locator(".hw-live-run:not(.hw-live-next)");
  }
}
