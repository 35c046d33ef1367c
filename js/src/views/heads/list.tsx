import { range } from "../../arrays.ts";
import type { Option } from "../../controls/fields.tsx";
import { Ranked } from "../../controls/ranked.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
import { rampColor } from "../../ramps.ts";
import type { Traits } from "../../state/types.ts";
import { shortName } from "../model/cells.ts";
import { rampFor } from "./draw.ts";
import { pick } from "./input.ts";
import { inWords, levelOf } from "./measure.ts";
import { type HeadsState, isSelected } from "./state.ts";

const FIRST: Option<Traits["ranking"]>[] = [
  { value: "largest", label: "largest" },
  { value: "smallest", label: "smallest" },
];
/** As many heads stand in the list. */
const MOST = 50;

function countInWords(shown: number, all: number): string {
  const said = shown < all ? `${shown} of ${all}` : String(all);
  return `${said} ${all === 1 ? "head" : "heads"}`;
}

/** Heads from the best to the worst, each with its value and a bar. */
export function List({ state }: { state: HeadsState }) {
  const { synced } = state;
  const base = synced.index_base.value;
  const measure = state.measure.value;
  const order = state.order.value;
  void state.shell.theme.value;
  const ramp = rampFor(state);
  const rows = range(0, Math.min(MOST, order.length)).flatMap((place) => {
    const row = order[place] ?? 0;
    const head = state.heads.value[row];
    const value = state.values.value?.[row] ?? Number.NaN;
    if (!head || !measure) return [];
    return [{ head, value, place: place + 1 }];
  });
  const most = Math.max(1e-30, ...rows.map(({ value }) => Math.abs(value)));
  return (
    <>
      <div class="hw-list-head">
        <TwoWay
          label="The list begins with"
          value={synced.ranking.value}
          options={FIRST}
          onChange={(ranking) => synced.set({ ranking })}
        />
        <span class="hw-quiet">{countInWords(rows.length, order.length)}</span>
      </div>
      <div class="hw-list-scroll">
        <Ranked
          label={`heads by ${state.column.value.name}, ${synced.ranking.value} first`}
          items={rows}
          keyOf={({ head }) => shortName(head, base)}
          isOn={({ head }) => isSelected(state, head)}
          onPick={({ head }, add) => pick(state, head, add)}
          onPoint={(item) => {
            state.hover.value = item ? item.head : null;
          }}
          render={({ head, value, place }) => (
            <>
              <span class="hw-rank-place">{place}</span>
              <span class="hw-rank-name">{shortName(head, base)}</span>
              <span class="hw-rank-bar">
                <span
                  style={{
                    width: `${(100 * Math.abs(value)) / most}%`,
                    background: measure ? rampColor(ramp, levelOf(value, measure)) : "",
                  }}
                />
              </span>
              <span class="hw-rank-value">{inWords(value, measure?.decimals ?? 3)}</span>
            </>
          )}
        />
      </div>
    </>
  );
}
