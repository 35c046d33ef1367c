import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";

/** TensorBoard's own page with the tab of headwise. */
export class TensorBoard {
  /** The tab's own page, in TensorBoard's frame. */
  readonly tab: FrameLocator;

  /** @param scope where TensorBoard's page is: a page, or a frame of one. */
  constructor(private readonly scope: Page | FrameLocator) {
    this.tab = scope.frameLocator('iframe[src*="name=headwise"]');
  }

  /** Clicks the tab. */
  async open(): Promise<void> {
    await this.scope.getByRole("tab", { name: "Attention heads" }).click({ timeout: 60_000 });
    await expect(this.number).not.toBeEmpty();
  }

  get run(): Locator {
    return this.tab.getByLabel("Run");
  }

  get view(): Locator {
    return this.tab.getByLabel("View");
  }

  get slider(): Locator {
    return this.tab.getByRole("slider", { name: "Step" });
  }

  /** "250 (2 of 3)". */
  get number(): Locator {
    return this.tab.locator("#number");
  }

  /** The frame of the page in sight. */
  get frame(): Locator {
    return this.tab.locator("#page");
  }

  get shown(): FrameLocator {
    return this.tab.frameLocator("#page");
  }
}

export function optionsOf(select: Locator): Promise<string[]> {
  return select.locator("option").allTextContents();
}
