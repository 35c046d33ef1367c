import { plainWeight } from "../../format.ts";
import type { PairWeights } from "./data.ts";
import { signed } from "./words.ts";

export interface LargestRow {
  pair: string;
  weights: PairWeights | null;
  value: number;
  /** Of the difference. */
  exact: boolean;
}

/** The pairs of tokens that differ most, as numbers: also for those who do not see the map. */
export function Largest({ names, rows }: { names: [string, string]; rows: LargestRow[] }) {
  const complete = rows.every(({ weights }) => weights);
  return (
    <table class="hw-largest">
      <caption>largest differences</caption>
      <thead>
        <tr>
          <th scope="col">query → key</th>
          {complete &&
            names.map((name, i) => (
              <th key={String(i)} scope="col" title={name}>
                {name}
              </th>
            ))}
          <th scope="col">difference</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ pair, weights: both, value, exact }, i) => (
          <tr key={String(i)}>
            <td title={pair}>{pair}</td>
            {complete &&
              both?.weights.map((weight, side) => (
                <td key={String(side)}>{plainWeight(weight, both.exact)}</td>
              ))}
            <td>{signed(value, exact)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
