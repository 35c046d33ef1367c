import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { rampColor, weightRamp } from "../src/ramps.ts";
import { headColor } from "../src/scale.ts";
import { INK } from "../src/theme.ts";
import { levelOf } from "../src/views/model/resample.ts";
import { byteAt, type GridView, openGrid } from "./support/model-page.ts";
import { channels, closeAll, drawn, inked, leave, pixel } from "./support/page.ts";

beforeEach(leave);
afterEach(closeAll);

const SIDE = 8;
const rgbOf = (css: string) => css.match(/\d+/g)?.map(Number) ?? [];
const colourOf = (byte: number, dark: boolean) => rgbOf(rampColor(weightRamp(dark), levelOf(byte)));
const dotOf = (view: GridView, at: [number, number, number, number]) =>
  pixel(view.thumbs, view.dot(...at, SIDE));

/** A point beside a thumbnail, `out` px outside its left edge. */
function beside(view: GridView, layer: number, head: number, out: number) {
  const canvas = view.thumbs.getBoundingClientRect();
  const box = view.cell(layer, head).getBoundingClientRect();
  return { x: box.left - canvas.left - out, y: box.top - canvas.top + box.height / 2 };
}

describe("thumbnails", () => {
  it.each([
    ["light", "#ffffff", false],
    ["dark", "#111111", true],
  ] as const)(
    "have the ramp's colour at every cell, and none where no pair is, in %s",
    async (theme, ground, dark) => {
      const view = await openGrid({ traits: { theme }, ground });
      const some = [0, 3, 7];
      const places = [0, 1, 3].flatMap((head) =>
        some.flatMap((row) => some.map((column) => [2, head, row, column] as const)),
      );
      for (const at of places) {
        const byte = byteAt(...at);
        const wanted = byte === 0 ? [0, 0, 0, 0] : [...colourOf(byte, dark), 255];
        expect(dotOf(view, [...at]), String(at)).toEqual(wanted);
      }
      expect(byteAt(2, 1, 3, 3)).toBe(0);
    },
  );

  it("follow the theme", async () => {
    const view = await openGrid();
    view.host.receive({ theme: "dark" });
    await expect
      .poll(() => dotOf(view, [0, 0, 2, 2]).slice(0, 3))
      .toEqual(colourOf(byteAt(0, 0, 2, 2), true));
  });

  it("lose no weight where there are more cells than pixels", async () => {
    const { GRID } = await import("./support/model-page.ts");
    const { tokenList } = await import("./support/sample.ts");
    const labels = Array.from({ length: 60 }, (_, i) => `w${i}`);
    const bytes = (_l: number, _h: number, row: number, column: number) =>
      row === column ? 255 : 1;
    const sample = { ...GRID, tokens: tokenList(labels) };
    const view = await openGrid({ sample, bytes, width: 200 });
    const { x, y } = view.dot(0, 0, 0, 0, 24);
    for (let i = 0; i < 24; i++) {
      const found = pixel(view.thumbs, { x: x + i, y: y + i });
      expect(found.slice(0, 3)).toEqual(colourOf(255, false));
    }
  });

  it("are lines in ink where there is room, and maps where there is not", async () => {
    const bytes = (_l: number, _h: number, row: number, column: number) =>
      column === 0 ? 255 : row + 1;
    const view = await openGrid({ traits: { glyph: "lines" }, bytes });
    // The first row attends to the first column: a level line, 2 px from the edge and half a row down.
    const { top, bottom } = view.cell(0, 0).getBoundingClientRect();
    const { x } = view.dot(0, 0, 0, 4, SIDE);
    const y = beside(view, 0, 0, 0).y - (bottom - top) / 2 + 2 + (bottom - top - 4) / (2 * SIDE);
    const before = pixel(view.thumbs, { x, y });
    expect(before[3]).toBeGreaterThan(100);
    expect(dotOf(view, [0, 0, 7, 7])[3]).toBe(0);
    for (const [i, value] of channels(INK.light.ink1).entries())
      expect(Math.abs((before[i] ?? 0) - value)).toBeLessThan(6);
    expect(view.legend).toContain("the strongest 50 % of each row");
    expect(view.legend).not.toContain("at most");
    view.host.receive({ strongest: 0.8 });
    await expect.poll(() => view.host.get("strongest")).toBe(0.8);
    await drawn();
    expect(view.legend.match(/strongest/g)).toHaveLength(1);
    const small = await openGrid({ traits: { glyph: "lines" }, bytes, width: 200 });
    expect(dotOf(small, [0, 0, 4, 0]).slice(0, 3)).toEqual(colourOf(255, false));
    expect(small.legend).toContain("maps: lines need thumbnails of 40 px");
  });
});

describe("frames", () => {
  const selection = {
    block: "encoder",
    heads: [[1, 3]] as [number, number][],
    query: null,
    key: null,
  };

  it("of selected heads have the head's colour, with a line of ground inside", async () => {
    const view = await openGrid({ traits: { selection } });
    const colour = channels(headColor(3, 4, false));
    for (const out of [-0.5, 0.5, 1.5])
      expect(pixel(view.thumbs, beside(view, 1, 3, out))).toEqual([...colour, 255]);
    expect(pixel(view.thumbs, beside(view, 1, 3, -1.5))[3]).toBe(0);
    expect(pixel(view.thumbs, beside(view, 1, 3, -2.5))[3]).toBe(255);
    expect(pixel(view.thumbs, beside(view, 1, 2, 1.5))[3]).toBe(0);
    view.host.receive({ selection: { ...selection, heads: [[1, 2]] } });
    await expect
      .poll(() => pixel(view.thumbs, beside(view, 1, 2, 1.5)).slice(0, 3))
      .toEqual(channels(headColor(2, 4, false)));
    expect(pixel(view.thumbs, beside(view, 1, 3, 1.5))[3]).toBe(0);
  });

  it.each([
    [1200, "none", [1.5, 2.5, 3.5, 4.5], 3],
    [160, "none", [0.5, 1.5, 2.5, 3.5], 2],
    [1200, "previous", [4.5, 5.5, 6.5, 7.5], 3],
    [160, "previous", [2.5, 3.5, 4.5, 5.5], 2],
  ] as const)(
    "of selected neighbours never touch, %i px wide with frame %s",
    async (width, frame, outs, thick) => {
      const heads = [
        [1, 2],
        [1, 3],
      ] as [number, number][];
      const view = await openGrid({ width, traits: { frame, selection: { ...selection, heads } } });
      await drawn();
      const mine = channels(headColor(3, 4, false));
      const at = (out: number) => pixel(view.thumbs, beside(view, 1, 3, out));
      expect(outs.map((out) => at(out)[3])).toEqual([255, 0, 0, 255]);
      const [edge] = outs;
      for (let i = 0; i < thick; i++) expect(at(edge - i).slice(0, 3)).toEqual(mine);
      expect(at(edge - thick)[3]).toBe(0);
    },
  );

  it("show the metric inside the selection, and a metric of 0 by a hair line", async () => {
    const heads = [
      [0, 0],
      [1, 2],
    ] as [number, number][];
    const view = await openGrid({
      traits: { frame: "previous", selection: { ...selection, heads } },
    });
    await drawn();
    const ramp = weightRamp(false);
    const at = (layer: number, head: number, out: number) =>
      pixel(view.thumbs, beside(view, layer, head, out)).slice(0, 3);
    const level = Math.round(255 * Math.sqrt(0.6));
    for (const out of [-0.5, 0.5]) expect(at(1, 2, out)).toEqual(rgbOf(rampColor(ramp, level)));
    expect(at(0, 0, -0.5)).toEqual(rgbOf(rampColor(ramp, 0)));
    expect(at(0, 0, 0.5)).toEqual(channels(INK.light.line2));
    expect(at(0, 0, 2.5)).toEqual(channels(headColor(0, 4, false)));
    view.host.receive({ selection: { ...selection, heads: [] } });
    await expect.poll(() => at(0, 0, 3.5)).toEqual(channels(INK.light.line2));
    for (const out of [1.5, 2.5]) expect(at(0, 0, out)).toEqual(rgbOf(rampColor(ramp, 0)));
  });

  it("under the pointer are ink, and the ring of the keyboard is outside and last", async () => {
    const view = await openGrid();
    await userEvent.hover(view.cell(1, 1));
    await expect.poll(() => inked(view.marks)).toBeGreaterThan(0);
    await drawn();
    expect(pixel(view.marks, beside(view, 1, 1, 0.5)).slice(0, 3)).toEqual(
      channels(INK.light.ink1),
    );
    await leave();
    await expect.poll(() => inked(view.marks)).toBe(0);
    view.cell(0, 0).focus();
    await view.press("{ArrowRight}");
    await drawn();
    for (const out of [4.5, 5.5])
      expect(pixel(view.marks, beside(view, 0, 1, out)).slice(0, 3)).toEqual(
        channels(INK.light.focus),
      );
  });

  it("carry a metric in the ramp, with a scale of their own", async () => {
    const view = await openGrid({ traits: { frame: "previous" } });
    // Head 2 of layer 1: 0.6 to the previous token.
    const level = Math.round(255 * Math.sqrt(0.6));
    await drawn();
    expect(pixel(view.thumbs, beside(view, 1, 2, 2.5)).slice(0, 3)).toEqual(
      rgbOf(rampColor(weightRamp(false), level)),
    );
    expect(view.legend).toContain("frame: to previous token01square-root scale");
    view.host.receive({ frame: "entropy" });
    await expect.poll(() => view.legend).toContain("frame: entropy02.08 natsstraight scale");
    await drawn();
    expect(pixel(view.thumbs, beside(view, 1, 2, 2.5)).slice(0, 3)).toEqual(
      rgbOf(rampColor(weightRamp(false), Math.round((255 * 1.12) / Math.log(8)))),
    );
  });
});
