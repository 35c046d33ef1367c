import { type GridInput, type GridLayout, gridLayout } from "../../src/views/model/layout.ts";

/** Six layers of twelve heads over eighteen tokens, 1,200 px wide. */
export function layoutAt(more: Partial<GridInput> = {}): GridLayout {
  return gridLayout({
    width: 1200,
    unit: 1,
    rows: 6,
    columns: 12,
    queries: 18,
    keys: 18,
    captioned: false,
    framed: false,
    height: 720,
    opened: null,
    ...more,
  });
}
