import { Fragment } from "preact";
import { isolated } from "../../format.ts";
import type { GridLayout } from "./layout.ts";
import type { FactRow, Told } from "./words.ts";

interface FactsProps {
  form: GridLayout["facts"];
  told: Told | null;
  /** What a click does, in words. */
  hint: string;
}

/** Tokens are text of any script and length. */
function Pair({ query, attended, weight }: NonNullable<FactRow["pair"]>) {
  const whole = `${isolated(query)} → ${isolated(attended)} ${weight}`;
  return (
    <span class="hw-pair" title={whole}>
      <bdi>{query}</bdi>
      {" → "}
      <bdi>{attended}</bdi> {weight}
    </span>
  );
}

/** What is known of the head that is pointed at: a card in the margin, two lines, or a small table where the room is narrow. */
export function Facts({ form, told, hint }: FactsProps) {
  if (!told)
    return form === "card" ? null : (
      <p class="hw-facts-hint">Point at a thumbnail for its numbers; {hint}</p>
    );
  const rows = told.rows ?? [];
  if (form === "lines")
    return (
      <p class="hw-facts-lines">
        <b>{told.title}</b>
        {rows.map(({ short, brief, pair }) => (
          <span key={short}>
            {short} {pair ? <Pair {...pair} /> : brief}
          </span>
        ))}
        {!told.rows && <span class="hw-quiet">its numbers are on their way</span>}
      </p>
    );
  return (
    <>
      <b class="hw-facts-title">{told.title}</b>
      <dl>
        {rows.map(({ fact, value, pair }) => (
          <Fragment key={fact}>
            <dt>{fact}</dt>
            <dd title={pair ? undefined : value}>{pair ? <Pair {...pair} /> : value}</dd>
          </Fragment>
        ))}
      </dl>
      {!told.rows && <p class="hw-facts-hint">its numbers are on their way</p>}
      {form === "card" && told.rows && <p class="hw-facts-hint">{hint}</p>}
    </>
  );
}
