import { range } from "../../arrays.ts";
import { ChoiceField, Menu, type Option, Stepper } from "../../controls/fields.tsx";
import { BlockChoice, CountFromOne, HideSpecial } from "../../controls/settings.tsx";
import { TwoWay } from "../../controls/two-way.tsx";
import { absence, headsThere, layersThere } from "../../state/selection.ts";
import type { Traits } from "../../state/types.ts";
import type { MapWant } from "../../store/matrix.ts";
import type { Moves } from "./input.ts";
import { showWhole, zoomBy, zoomRoom } from "./keys.ts";
import { isWhole, regionOf } from "./region.ts";
import { type MatrixState, showBlock, showHead, showHeads, unique } from "./state.ts";
import { Strip } from "./strips.tsx";

const TOOLS: Option<Traits["tool"]>[] = [
  { value: "pan", label: "pan" },
  { value: "brush", label: "brush" },
];
const HEADS: Option<"one" | "several">[] = [
  { value: "one", label: "one head" },
  { value: "several", label: "several" },
];
const DRAW: Option<MapWant["aggregate"]>[] = [
  { value: "mean", label: "mean" },
  { value: "sum", label: "sum" },
  { value: "max", label: "max" },
];

interface ToolbarProps {
  state: MatrixState;
  moves: Moves;
}

export function Toolbar({ state, moves }: ToolbarProps) {
  const { synced, trace } = state;
  const block = state.block.value;
  const many = state.several.value || state.shown.value.length > 1;
  const choose = (how: "one" | "several") => {
    state.several.value = how === "several";
    const [layer, head] = state.shown.peek()[0] ?? [0, 0];
    if (how === "one") showHead(state, layer, head);
  };
  return (
    <div class="hw-toolbar" role="toolbar" aria-label="Matrix view">
      <div class="hw-group">
        <BlockChoice trace={trace} block={block} onChange={(next) => showBlock(state, next)} />
        <TwoWay
          label="Heads of the map"
          value={many ? "several" : "one"}
          options={HEADS}
          onChange={choose}
        />
        {!many && <OneHead state={state} />}
      </div>
      {many && (
        <div class="hw-group">
          <Heads state={state} />
        </div>
      )}
      <div class="hw-group">
        <Zoom state={state} moves={moves} />
        <TwoWay
          label="Dragging"
          value={synced.tool.value}
          options={TOOLS}
          onChange={(tool) => synced.set({ tool })}
        />
        <Menu>
          <HideSpecial synced={synced} />
          <CountFromOne synced={synced} />
        </Menu>
      </div>
    </div>
  );
}

function OneHead({ state }: { state: MatrixState }) {
  const block = state.block.value;
  const base = state.synced.index_base.value;
  const [layer, head] = state.shown.value[0] ?? [0, 0];
  return (
    <>
      <Stepper
        label="Layer"
        value={layer}
        count={block.layers}
        there={layersThere(block)}
        base={base}
        onChange={(to) => showHead(state, to, head)}
      />
      <Stepper
        label="Head"
        value={head}
        count={block.heads[layer] ?? 0}
        there={headsThere(block, layer)}
        base={base}
        onChange={(to) => showHead(state, layer, to)}
      />
    </>
  );
}

function Heads({ state }: { state: MatrixState }) {
  const { synced } = state;
  const block = state.block.value;
  const there = range(0, block.layers).map((layer) => headsThere(block, layer));
  const [layers, heads] = [0, 1].map(
    (side) => new Set(state.shown.value.map((pair) => pair[side] ?? 0)),
  ) as [Set<number>, Set<number>];
  const base = synced.index_base.value;
  // Of the two strips the other one as it is by then: a click may come before the next drawing.
  const now = (side: 0 | 1) => state.shown.peek().map((pair) => pair[side]);
  return (
    <>
      <Strip
        label="Layers"
        count={block.layers}
        there={new Set(layersThere(block))}
        absence={absence(block)}
        on={layers}
        base={base}
        onChange={(numbers) => showHeads(state, numbers, unique(now(1)))}
      />
      <Strip
        label="Heads"
        count={Math.max(0, ...block.heads)}
        there={new Set(there.flat())}
        absence={absence(block)}
        on={heads}
        base={base}
        onChange={(numbers) => showHeads(state, unique(now(0)), numbers)}
      />
      <ChoiceField
        label="Draw"
        value={state.want.value.aggregate}
        options={DRAW}
        onChange={(aggregate) => synced.set({ aggregate })}
      />
    </>
  );
}

function Zoom({ state, moves }: ToolbarProps) {
  const [sight, layout] = [state.sight.value, state.layout.value];
  if (!sight || !layout) return null;
  const { closer, wider } = zoomRoom(state, sight);
  const [q0, q1, k0, k1] = regionOf(layout.box, sight);
  const seen = isWhole(layout.box, sight) ? "whole" : `${q1 - q0} × ${k1 - k0}`;
  return (
    <>
      <span class="hw-stepper">
        <button
          type="button"
          aria-label="Zoom out"
          disabled={!wider}
          title={wider ? undefined : "The whole map is in sight"}
          onClick={() => zoomBy(state, moves, 0.5)}
        >
          −
        </button>
        <span class="hw-stepper-value hw-zoom-value" title="Queries × keys in sight">
          {seen}
        </span>
        <button
          type="button"
          aria-label="Zoom in"
          disabled={!closer}
          title={closer ? undefined : "Cells grow no larger"}
          onClick={() => zoomBy(state, moves, 2)}
        >
          +
        </button>
      </span>
      <button type="button" class="hw-button" onClick={() => showWhole(state, moves)}>
        Fit
      </button>
    </>
  );
}
