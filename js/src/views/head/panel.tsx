import { weightInColumn } from "../../format.ts";
import { inkOn } from "../../scale.ts";
import type { Ranked } from "./a11y.ts";

export interface PanelHead {
  head: number;
  color: string;
  entropy: number | null;
  strongest: Ranked[];
  /** What the listed items leave, so that the column adds up. */
  others: { count: number; weight: number };
}

export interface PanelProps {
  label: string;
  side: "query" | "key";
  item: number;
  layer: number;
  base: number;
  exact: boolean;
  heads: PanelHead[];
  name: string;
}

/** Beside the lists while a token is locked: what each head on does with it. */
export function Panel({ label, side, item, layer, base, exact, heads, name }: PanelProps) {
  return (
    <>
      <div class="hw-panel-title">
        <b dir="auto">{label}</b> {side} {item + base}
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
                  <td class="hw-panel-index">{row.item + base}</td>
                  <td class="hw-panel-label" dir="auto">
                    {row.label}
                  </td>
                  <td class="hw-panel-bar">
                    <div>
                      <span
                        style={{
                          width: `${Math.min(100, 100 * row.weight)}%`,
                          background: entry.color,
                        }}
                      />
                    </div>
                  </td>
                  <td class="hw-panel-weight">{weightInColumn(row.weight, exact)}</td>
                </tr>
              ))}
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
