import { expect, type Locator } from "@playwright/test";

export type Column = "dot" | "scaled" | "softcap" | "bias" | "mask" | "score" | "weight";

/** The neuron view as a person sees it. */
export class NeuronView {
  readonly root: Locator;

  /** @param scope where to look for the view: a page, or the outputs of one cell. */
  constructor(scope: Pick<Locator, "locator">, nth = 0) {
    this.root = scope.locator('.headwise[data-view="neuron"]').nth(nth);
  }

  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-state", "ready", { timeout: 60_000 });
  }

  rows(): Locator {
    return this.root.locator(".hw-neuron-row");
  }

  row(key: number): Locator {
    return this.root.locator(`.hw-neuron-row[data-key="${key}"]`);
  }

  get query(): Locator {
    return this.root.locator(".hw-neuron-query");
  }

  get share(): Locator {
    return this.root.locator(".hw-share");
  }

  get live(): Locator {
    return this.root.locator(".hw-live");
  }

  get legend(): Locator {
    return this.root.locator(".hw-legend").last();
  }

  note(fact: string): Locator {
    return this.root.locator(".hw-note").filter({ hasText: fact });
  }

  /** The numbers of a column as they stand on screen, by key; a true minus becomes a hyphen. */
  async numbers(column: Column): Promise<Map<number, number>> {
    const texts = await this.rows().evaluateAll(
      (rows, name) =>
        rows.map((row) => [
          Number((row as HTMLElement).dataset.key),
          row.querySelector(`[data-column="${name}"]`)?.textContent ?? "",
        ]),
      column,
    );
    return new Map(
      texts.map(([key, text]) => [Number(key), Number(String(text).trim().replace("−", "-"))]),
    );
  }

  /** The key with the largest number of a column. */
  async largest(column: Column): Promise<number> {
    const numbers = await this.numbers(column);
    return [...numbers].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  }
}
