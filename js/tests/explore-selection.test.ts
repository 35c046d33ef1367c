import { describe, expect, it } from "vitest";
import type { BlockSpec, HeadPair, SelectionValue } from "../src/state/types.ts";
import { fromGrid, fromNeuron, neuronOf } from "../src/views/explore/selection.ts";

const BLOCK: BlockSpec = {
  name: "encoder",
  layers: 3,
  heads: [4, 4, 4],
  query_tokens: "0",
  key_tokens: "0",
  causal: false,
};

function selected(
  heads: HeadPair[],
  query: number | null = null,
  key: number | null = null,
): SelectionValue {
  return { block: "encoder", heads, query, key };
}

describe("a click in the grid", () => {
  const outer = { layer: 1, selection: selected([[1, 0]], 5) };

  it("moves the layer to the head that was clicked, in one message", () => {
    const selection = selected([[0, 0]], 5);
    expect(fromGrid({ selection }, outer)).toEqual({ selection, layer: 0 });
  });

  it("with Shift moves it to the head that was added", () => {
    const selection = selected([
      [1, 0],
      [2, 3],
    ]);
    expect(fromGrid({ selection }, outer)).toEqual({ selection, layer: 2 });
  });

  it("leaves the layer where a head of it was added", () => {
    const selection = selected([
      [1, 0],
      [1, 2],
    ]);
    expect(fromGrid({ selection }, outer)).toEqual({ selection });
  });

  it("that takes out the last head of the layer moves to one that is still on", () => {
    const both = {
      layer: 1,
      selection: selected([
        [2, 3],
        [1, 0],
      ]),
    };
    const selection = selected([[2, 3]]);
    expect(fromGrid({ selection }, both)).toEqual({ selection, layer: 2 });
    expect(fromGrid({ selection: selected([]) }, both)).toEqual({ selection: selected([]) });
  });

  it("opens nothing; other settings pass", () => {
    expect(fromGrid({ opened: [0, 0], hide_special: true }, outer)).toEqual({ hide_special: true });
  });
});

describe("the head of the neuron part", () => {
  it("is the last of the layer's that was switched on", () => {
    const selection = selected(
      [
        [1, 3],
        [1, 0],
        [2, 2],
      ],
      0,
      4,
    );
    expect(neuronOf({ layer: 1, selection }, BLOCK)).toEqual({
      layer: 1,
      head: 0,
      selection: selected([[1, 0]], 0, 4),
    });
  });

  it("is the first that was captured where none is on", () => {
    const captured = [[], [2, 3], [1]];
    expect(neuronOf({ layer: 1, selection: selected([[1, 0]]) }, { ...BLOCK, captured })).toEqual({
      layer: 1,
      head: 2,
      selection: selected([[1, 2]]),
    });
  });
});

describe("a change in the neuron part", () => {
  const outer = {
    layer: 1,
    selection: selected(
      [
        [1, 0],
        [1, 2],
      ],
      5,
    ),
  };
  const shown = neuronOf(outer, BLOCK);

  it("of the locks leaves the heads that are on", () => {
    const selection = { ...shown.selection, query: 0, key: 0 };
    expect(fromNeuron({ selection }, outer, shown)).toEqual({
      selection: { ...outer.selection, query: 0, key: 0 },
    });
  });

  it("of the head makes it the one that is on", () => {
    const selection = selected([[1, 0]], 5);
    expect(fromNeuron({ head: 0, selection }, outer, shown)).toEqual({
      selection: selected([[1, 0]], 5),
    });
  });

  it("of the layer moves the whole", () => {
    const selection = selected([[0, 2]], 5);
    expect(fromNeuron({ layer: 0, selection }, outer, shown)).toEqual({ layer: 0, selection });
  });

  it("of its form passes", () => {
    expect(fromNeuron({ form: "lines" }, outer, shown)).toEqual({ form: "lines" });
  });
});
