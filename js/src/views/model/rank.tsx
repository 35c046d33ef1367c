import { Ranked } from "../../controls/ranked.tsx";
import type { HeadPair, RankSpec } from "../../state/types.ts";
import { nameOf, shortName } from "./cells.ts";
import { selectAlone, toggle } from "./select.ts";
import { isSelected, type ModelState } from "./state.ts";

/** Heads in an order that Python gave, each with its value: a click selects, Shift adds. */
export function RankStrip({ rank, state }: { rank: RankSpec; state: ModelState }) {
  const { synced, local } = state;
  const { name, rows, of } = rank;
  const base = synced.index_base.value;
  const items = rows.map(([layer, head, value]) => ({ head: [layer, head] as HeadPair, value }));
  const some = rows.length < of ? `, ${rows.length} of ${of}` : "";
  return (
    <>
      <span class="hw-label">{`ranked by ${name}${some}`}</span>
      <Ranked
        label={`heads by ${name}`}
        items={items}
        keyOf={({ head }) => nameOf(head, base)}
        isOn={({ head }) => isSelected(state, head)}
        onPick={({ head }, add) => {
          const step = add ? toggle : selectAlone;
          synced.set({ selection: step(synced.selection.peek(), rank.block, head) });
        }}
        onPoint={(item) => {
          local.hover.value = item?.head ?? null;
        }}
        render={({ head, value }) => (
          <>
            <b>{shortName(head, base)}</b>
            <span>{value.toFixed(3)}</span>
          </>
        )}
      />
    </>
  );
}
