import { weightInColumn } from "../../format.ts";
import { inkOn } from "../../scale.ts";
import type { Ranked } from "./a11y.ts";

export interface PanelHead {
  head: number;
  color: string;
  entropy: number | null;
  /** With the token number that Python uses (a sink has none), and how far the bar is filled, 0 to 1. */
  strongest: (Ranked & { token: number | null; filled: number })[];
  /** What the listed items leave, so that the column adds up. */
  others: { count: number; weight: number };
  /** Weight on tokens that the filters leave out. */
  hidden: number;
}

export interface PanelProps {
  label: string;
  side: "query" | "key";
  token: number;
  layer: number;
  base: number;
  exact: boolean;
  heads: PanelHead[];
  name: string;
}

/** Beside the lists while a token is locked: what each head on does with it. */
export function Panel({ label, side, token, layer, base, exact, heads, name }: PanelProps) {
  return (
    <>
      <div class="hw-panel-title">
        <b dir="auto">{label}</b> {side} {token + base}
      </div>
      {heads.map((entry) => (
        <section key={String(entry.head)}>
          <div class="hw-panel-head">
            {entry.head >= 0 && (
              <span class="hw-badge" style={{ background: entry.color, color: inkOn(entry.color) }}>
                {entry.head + base}
              </span>
            )}
            layer {layer + base}
            {entry.head >= 0 ? `, head ${entry.head + base}` : `, ${name}`}
            {entry.entropy !== null &&
              ` · entropy ${exact ? "" : "≈"}${entry.entropy.toFixed(2)} nats`}
          </div>
          <table>
            <tbody>
              {entry.strongest.map((row) => (
                <tr key={String(row.item)}>
                  <td class="hw-panel-index">{row.token === null ? "" : row.token + base}</td>
                  <td class="hw-panel-label" dir="auto">
                    {row.label}
                  </td>
                  <td class="hw-panel-bar">
                    <div>
                      <span
                        style={{
                          width: `${100 * row.filled}%`,
                          background: entry.color,
                        }}
                      />
                    </div>
                  </td>
                  <td class="hw-panel-weight">{weightInColumn(row.weight, exact)}</td>
                </tr>
              ))}
              {entry.hidden > 0 && (
                <tr class="hw-quiet">
                  <td />
                  <td colSpan={2}>hidden by the filters</td>
                  <td class="hw-panel-weight">{weightInColumn(entry.hidden, exact)}</td>
                </tr>
              )}
              {entry.others.count > 0 && (
                <tr class="hw-quiet">
                  <td />
                  <td colSpan={2}>
                    {entry.others.count} {entry.others.count === 1 ? "other" : "others"}
                  </td>
                  <td class="hw-panel-weight">{weightInColumn(entry.others.weight, exact)}</td>
                </tr>
              )}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
