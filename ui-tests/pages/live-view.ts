import { expect, type Locator } from "@playwright/test";
import { HeadView, type Side } from "./head-view.ts";

/** A live view as a person sees it: text and changes above, predictions beside a picture. */
export class LiveView {
  readonly root: Locator;
  /** The picture of the last answer. */
  readonly picture: HeadView;

  constructor(scope: Pick<Locator, "locator">, kind = "live") {
    this.root = scope.locator(`.headwise[data-view="${kind}"]`);
    this.picture = new HeadView(
      this.root.locator('.hw-live-pictures[data-side="now"] > .hw-live-run:not(.hw-live-next)'),
    );
  }

  /** Waits until what was asked is answered, and drawn. */
  async ready(): Promise<void> {
    await expect(this.root).toHaveAttribute("data-busy", "false", { timeout: 30_000 });
    await expect(this.root).toHaveAttribute("data-state", "ready");
  }

  /** Waits for a picture of another run than `before`. */
  async expectRun(before: string | null): Promise<void> {
    await expect(this.root).not.toHaveAttribute("data-run", before ?? "");
    await this.ready();
  }

  run(): Promise<string | null> {
    return this.root.getAttribute("data-run");
  }

  get text(): Locator {
    return this.root.getByRole("textbox", { name: "Text", exact: true });
  }

  get pair(): Locator {
    return this.root.getByRole("textbox", { name: "Second sentence" });
  }

  button(name: string | RegExp): Locator {
    return this.root.getByRole("button", { name });
  }

  token(side: Side, index: number): Locator {
    return this.picture.token(side, index);
  }

  /** Labels that are predicted where a person looks, the most probable first. */
  get predicted(): Locator {
    return this.root.locator(".hw-live-bars .hw-live-label");
  }

  get title(): Locator {
    return this.root.locator(".hw-live-panel .hw-panel-title").first();
  }

  get fact(): Locator {
    return this.root.locator(".hw-live-fact");
  }

  /** What is changed, one chip each. */
  get changes(): Locator {
    return this.root.locator(".hw-live-chip");
  }

  note(fact: string): Locator {
    return this.root.locator(".hw-note").filter({ hasText: fact });
  }
}
