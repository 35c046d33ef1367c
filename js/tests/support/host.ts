import { MemoryHost } from "../../src/host/memory.ts";
import type { Traits } from "../../src/state/types.ts";

/** Remembers what a view sends to Python. */
export class RecordingHost extends MemoryHost {
  readonly sent: Partial<Traits>[] = [];

  override set(values: Partial<Traits>): void {
    this.sent.push(values);
    super.set(values);
  }
}
