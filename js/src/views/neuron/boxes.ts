/** Where the card of a neuron goes: beside what it describes, never on top of it, never outside the view. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const BESIDE = 10;
const BELOW = 5;

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * The place for a card of a size: below the anchor and to its right, else to its left, else above. `keep` is what it must not cover; where nothing
 * is free, it covers as little of that as can be.
 */
export function cardPlace(
  size: { width: number; height: number },
  anchor: Box,
  keep: Box[],
  bounds: Box,
): { left: number; top: number } {
  const inside = (left: number, top: number): Box => {
    const x = Math.max(bounds.left, Math.min(left, bounds.right - size.width));
    const y = Math.max(bounds.top, Math.min(top, bounds.bottom - size.height));
    return { left: x, top: y, right: x + size.width, bottom: y + size.height };
  };
  const lefts = [anchor.right + BESIDE, anchor.left - BESIDE - size.width];
  const tops = [anchor.bottom + BELOW, anchor.top - BELOW - size.height];
  const places = tops.flatMap((top) => lefts.map((left) => inside(left, top)));
  const covered = (box: Box) => keep.reduce((sum, other) => sum + overlap(box, other), 0);
  const [best = inside(anchor.left, anchor.bottom)] = places.sort(
    (a, b) => covered(a) - covered(b),
  );
  return { left: best.left, top: best.top };
}
