/**
 * Indices of the strongest values that together reach `share` of the sum, in their order: sorted from strong to weak, taken until
 * the running sum reaches the share, the value that crosses it included (exBERT's "display top X % of attention").
 * Of equal values the earlier ones are taken. Those below `floor` count in the sum and are left out.
 */
export function strongest(
  values: Float32Array,
  play: boolean[],
  share: number,
  floor = 0,
): number[] {
  // This runs for every head at every hover: one plain loop, then a sort of the few that matter.
  const candidates: number[] = [];
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!play[i] || !(value > 0)) continue;
    total += value;
    if (value >= floor) candidates.push(i);
  }
  return share >= 1 ? candidates : untilSum(values, candidates, share * total);
}

function untilSum(values: Float32Array, candidates: number[], wanted: number): number[] {
  const sorted = Float32Array.from(candidates, (i) => values[i] ?? 0).sort();
  let sum = 0;
  let first = sorted.length;
  while (first > 0 && sum < wanted) sum += sorted[--first] ?? 0;
  const least = sorted[first] ?? Number.POSITIVE_INFINITY;
  let above = first;
  while (sorted[above] === least) above++;
  let ties = above - first;
  return candidates.filter((i) => {
    const value = values[i] ?? 0;
    return value > least || (value === least && ties-- > 0);
  });
}
