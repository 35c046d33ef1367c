import { signed } from "./words.ts";

export interface LargestRow {
  pair: string;
  weights: [number, number] | null;
  value: number;
}

/** The pairs of tokens that differ most, as numbers: also for those who do not see the map. */
export function Largest({ names, rows }: { names: [string, string]; rows: LargestRow[] }) {
  const both = rows.every(({ weights }) => weights);
  return (
    <table class="hw-largest">
      <caption>largest differences</caption>
      <thead>
        <tr>
          <th scope="col">query → key</th>
          {both &&
            names.map((name, i) => (
              <th key={String(i)} scope="col" title={name}>
                {name}
              </th>
            ))}
          <th scope="col">difference</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ pair, weights, value }, i) => (
          <tr key={String(i)}>
            <td dir="auto" title={pair}>
              {pair}
            </td>
            {both &&
              weights?.map((weight, side) => <td key={String(side)}>{weight.toFixed(3)}</td>)}
            <td>{signed(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
