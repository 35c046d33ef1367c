import { describe, expect, it } from "vitest";
import { decodeRuns, mapKey } from "../src/views/runs/data.ts";
import {
  chartsLayout,
  mapPitch,
  merged,
  nearestIndex,
  roomFor,
  spread,
  stripSteps,
  valueRange,
  zoomedBy,
} from "../src/views/runs/layout.ts";
import {
  powerInWords,
  powersIn,
  stepInWords,
  ticksInWords,
  timeInWords,
  valueInWords,
} from "../src/views/runs/numbers.ts";
import { numberInWords, parallelLayout } from "../src/views/runs/parallel.ts";
import { inSight } from "../src/views/runs/plot.ts";
import { runStyle } from "../src/views/runs/style.ts";
import { grouped } from "../src/views/runs/toolbar.tsx";
import { everyInWords } from "../src/views/runs/words.ts";
import { blob } from "./support/blob.ts";

describe("labels beside a chart", () => {
  const apart = (places: number[]) =>
    [...places]
      .sort((a, b) => a - b)
      .every((y, i, all) => i === 0 || y - (all[i - 1] ?? 0) >= 16 - 1e-9);

  it("stay where they belong while they do not touch", () => {
    expect(spread([10, 100, 50], 16, 0, 200)).toEqual([10, 100, 50]);
  });

  it("move apart by as little as may be, around their middle", () => {
    expect(spread([100, 100], 16, 0, 200)).toEqual([92, 108]);
    expect(spread([100, 104, 30], 16, 0, 200)).toEqual([94, 110, 30]);
  });

  it("never touch and never leave the chart, in the order of their values", () => {
    for (let seed = 1; seed < 60; seed++) {
      const wanted = Array.from({ length: 12 }, (_, i) => (Math.sin(seed * (i + 3)) + 1) * 98);
      const places = spread(wanted, 16, 0, 196);
      expect(apart(places), String(wanted)).toBe(true);
      expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...places)).toBeLessThanOrEqual(196 + 1e-9);
      const order = (list: number[]) =>
        list.map((_, i) => i).sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0));
      expect(order(places)).toEqual(order(wanted));
    }
  });

  it("at the end of the chart are pushed inward", () => {
    expect(spread([0, 0, 0], 16, 0, 200)).toEqual([0, 16, 32]);
    expect(spread([200, 200], 16, 0, 200)).toEqual([184, 200]);
  });

  it("have room for as many as stand in the height", () => {
    expect(roomFor(160, 16)).toBe(11);
    expect(roomFor(3, 16)).toBe(1);
  });
});

describe("charts", () => {
  it("are two a row from 900 px on, and have their values below where they are narrow", () => {
    expect(chartsLayout(1200, 1)).toEqual({ columns: 2, width: 588, height: 220, values: 78 });
    expect(chartsLayout(899, 1)).toMatchObject({ columns: 1, width: 899 });
    expect(chartsLayout(200, 1)).toMatchObject({ columns: 1, width: 200, values: 0 });
  });

  it("go a little beyond their values, not across 0, and above 0 on a logarithmic scale", () => {
    expect(valueRange(0, 1, false)).toEqual([0, 1.06]);
    expect(valueRange(-1, 0, false)).toEqual([-1.06, 0]);
    expect(valueRange(2, 2, false)).toEqual([1.8, 2.2]);
    expect(valueRange(Infinity, -Infinity, false)).toEqual([0, 1]);
    const [from, to] = valueRange(0.01, 100, true);
    expect(from).toBeCloseTo(10 ** -2.2);
    expect(to).toBeCloseTo(10 ** 2.2);
  });

  it("draw from the point before what is in sight to the one behind it", () => {
    const x = Float64Array.from([0, 10, 20, 30, 40]);
    expect(inSight(x, [12, 28])).toEqual([1, 4]);
    expect(inSight(x, [-5, 100])).toEqual([0, 5]);
    expect(inSight(x, [22, 24])).toEqual([2, 4]);
    expect(inSight(new Float64Array(0), [0, 1])).toEqual([0, 0]);
  });
});

describe("a zoom", () => {
  it("keeps the place that is pointed at", () => {
    expect(zoomedBy([0, 100], 25, 0.5, [0, 100])).toEqual([12.5, 62.5]);
  });

  it("ends where the curves end, and is none where all is in sight", () => {
    expect(zoomedBy([20, 40], 30, 3, [0, 100])).toEqual([0, 60]);
    expect(zoomedBy([20, 40], 30, 100, [0, 100])).toBeNull();
    expect(zoomedBy([0, 100], 30, 1.2, [0, 100])).toBeNull();
    expect(zoomedBy([200, 300], 250, 2, [0, 100])).toBeNull();
  });

  it("never gets so small that places are no longer apart", () => {
    let part: [number, number] = [1e9, 1e9 + 1000];
    for (let i = 0; i < 200; i++) part = zoomedBy(part, 1e9 + 500, 0.5, [1e9, 1e9 + 1000]) ?? part;
    expect(part[1] - part[0]).toBeCloseTo(0.01, 4);
    expect(zoomedBy(part, 1e9 + 500, 1.5, [1e9, 1e9 + 1000])?.[1]).toBeGreaterThan(part[1]);
  });
});

describe("steps", () => {
  it("are found by what is nearest, of two the lower", () => {
    const at = (step: number) => nearestIndex([0, 50, 100], step);
    expect([-5, 0, 25, 26, 99, 1000].map(at)).toEqual([0, 0, 0, 1, 2, 2]);
    expect(nearestIndex([], 1)).toBe(-1);
    expect(nearestIndex([7], 1)).toBe(0);
  });

  it("of several curves are each there once, rising", () => {
    const lists = [[0, 10, 20], [5, 10, 1e12 + 1], []].map((list) => Float64Array.from(list));
    expect(merged(lists)).toEqual([0, 5, 10, 20, 1e12 + 1]);
    expect(merged([])).toEqual([]);
  });

  it("have maps side by side: all, or some with the first and the last", () => {
    const steps = [0, 50, 100, 150, 200, 250];
    expect(stripSteps(steps, 640, 64)).toEqual(steps);
    expect(stripSteps(steps, 192, 64)).toEqual([0, 150, 250]);
    expect(stripSteps(steps, 70, 64)).toEqual([250]);
    expect(stripSteps(steps, 70, 64, 40)).toEqual([50]);
    expect(stripSteps([], 640, 64)).toEqual([]);
  });

  it("have a map of the step that is looked at, and the ends stay", () => {
    const steps = Array.from({ length: 21 }, (_, i) => 10 * i);
    expect(stripSteps(steps, 320, 64, 100)).toEqual([0, 50, 100, 150, 200]);
    expect(stripSteps(steps, 320, 64, 81)).toEqual([0, 50, 80, 150, 200]);
    expect(stripSteps(steps, 320, 64, 10)).toEqual([0, 10, 100, 150, 200]);
    expect(stripSteps(steps, 320, 64, 190)).toEqual([0, 50, 100, 190, 200]);
    for (const step of steps) {
      const shown = stripSteps(steps, 320, 64, step);
      expect(shown[nearestIndex(shown, step)]).toBe(step);
      expect([...shown].sort((a, b) => a - b)).toEqual(shown);
    }
  });

  it("have maps a little closer where all fit then", () => {
    expect(mapPitch(10, 1200, 1)).toBe(64);
    expect(mapPitch(19, 1191, 1)).toBe(62);
    expect(mapPitch(30, 1191, 1)).toBe(64);
    expect(mapPitch(1, 1191, 2)).toBe(128);
  });

  it("are said to be even where they are", () => {
    expect(everyInWords([0, 50, 100])).toBe("one map every 50 steps");
    expect(everyInWords([0, 50, 120])).toBe("one map a saved step");
    expect(everyInWords([7])).toBe("one map a saved step");
    expect(everyInWords([0, 100, 200], 5)).toBe("maps of 3 of 5 saved steps");
  });
});

describe("numbers", () => {
  it("have the digits that they need", () => {
    expect(
      [0.75149, 2.1, 0, -0.0335, 1234.56, 123456, 0.00001, Number.NaN, -Infinity].map(valueInWords),
    ).toEqual(["0.751", "2.100", "0.000", "−0.034", "1234.6", "123 456", "1.00e−5", "NaN", "−∞"]);
  });

  it("on an axis have as many decimals as they are apart", () => {
    expect(ticksInWords([0, 0.25, 0.5])).toEqual(["0", "0.25", "0.50"]);
    expect(ticksInWords([-1, 0, 1])).toEqual(["−1", "0", "1"]);
    expect(ticksInWords([0, 20_000])).toEqual(["0", "20 000"]);
    expect(ticksInWords([0, 2e-5])).toEqual(["0", "2e−5"]);
  });

  it("of time and steps are short", () => {
    expect([0, 4.25, 90, 300, 7325].map(timeInWords)).toEqual([
      "0 s",
      "4.3 s",
      "90 s",
      "5:00 min",
      "2:02 h",
    ]);
    expect([0, 950, 12_000].map(stepInWords)).toEqual(["0", "950", "12 000"]);
  });

  it("of a logarithmic axis are powers, over few of them also twice and five times", () => {
    expect(powersIn([0.08, 3])).toEqual([0.1, 0.2, 0.5, 1, 2].map((v) => expect.closeTo(v)));
    expect(powersIn([1e-6, 1])).toEqual(
      [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1].map((v) => expect.closeTo(v, 10)),
    );
    expect([0.001, 0.5, 1, 1e-6].map(powerInWords)).toEqual(["0.001", "0.5", "1", "1e−6"]);
  });
});

describe("runs", () => {
  it("have a hue of their own up to six, then dashes until they are pointed at", () => {
    const colors = [0, 1, 2, 3, 4, 5].map((run) => runStyle(run, "light").color);
    expect(new Set(colors).size).toBe(6);
    expect(runStyle(0, "light")).toMatchObject({ color: "#1452c3", dash: [] });
    expect(runStyle(1, "dark")).toMatchObject({ color: "#df9657", dash: [6, 3] });
    expect(runStyle(6, "light")).toMatchObject({ color: "#6b7177", grey: true });
    expect(runStyle(6, "light", { pointed: true }).color).not.toBe("#6b7177");
  });

  it("have metrics that stand together by what their names begin with", () => {
    expect(grouped(["eval/loss", "eval/f1", "plain", "headwise/entropy/layer_0"])).toEqual([
      ["", ["plain"]],
      ["eval", ["eval/loss", "eval/f1"]],
      ["headwise/entropy", ["headwise/entropy/layer_0"]],
    ]);
  });
});

describe("parallel coordinates", () => {
  const room = { width: 600, height: 240, unit: 1 };

  it("put numbers on a line, large ranges on a logarithmic one, and words in order", () => {
    const { axes, top, bottom } = parallelLayout(
      [
        { name: "seed", values: [0, 1, 2] },
        { name: "lr", values: [1e-5, 1e-3, null] },
        { name: "optimizer", values: ["sgd", "adamw", "sgd"] },
      ],
      room,
    );
    const [seed, lr, optimizer] = axes;
    expect(axes.map(({ x }) => x)).toEqual([56, 300, 544]);
    expect(seed).toMatchObject({ kind: "linear", places: [bottom, (top + bottom) / 2, top] });
    expect(lr).toMatchObject({ kind: "log", places: [bottom, top, null] });
    expect(optimizer?.marks.map(({ text }) => text)).toEqual(["adamw", "sgd"]);
    expect(optimizer?.places).toEqual([top, bottom, top]);
  });

  it("have the best on top, also where less is better", () => {
    const { axes, top, bottom } = parallelLayout(
      [{ name: "loss", values: [0.1, 0.3], better: "min" }],
      room,
    );
    expect(axes[0]?.places).toEqual([top, bottom]);
  });

  it("put one value in the middle, and true and false beside each other", () => {
    const { axes, top, bottom } = parallelLayout(
      [
        { name: "one", values: [5, 5] },
        { name: "is", values: [true, false] },
      ],
      room,
    );
    expect(axes[0]?.places).toEqual([(top + bottom) / 2, (top + bottom) / 2]);
    expect(axes[1]?.places).toEqual([top, bottom]);
  });

  it("have whole numbers at the axis of whole numbers", () => {
    const { axes } = parallelLayout([{ name: "seed", values: [0, 1, 2, 3, 4, 5, 6] }], room);
    expect(axes[0]?.marks.map(({ text }) => text)).toEqual(["0", "2", "3", "5", "6"]);
  });

  it("write hyperparameters as people do", () => {
    expect([0.001, 0.05, 32, 2e-5, 1e7].map(numberInWords)).toEqual([
      "1e−3",
      "0.05",
      "32",
      "2e−5",
      "1e7",
    ]);
  });
});

describe("what Python sends", () => {
  it("is sorted out by its names, and steps beyond float32 are whole", () => {
    const step = 2 ** 31 + 7;
    const high = Math.fround(step);
    const parts = [
      [1, high],
      [0, step - high],
      [0.5, 2],
      [0, 0],
      [3, Number.NaN],
    ].flat();
    const found = decodeRuns(
      blob([
        {
          name: '["curve","eval/loss","epoch",0.3,4]',
          shape: [5, 2],
          data: Float32Array.from(parts),
        },
        {
          name: '["best","eval/loss","epoch"]',
          shape: [1, 6],
          data: Float32Array.from([4, high, step - high, 2, 0, 0.5]),
        },
        { name: '["strip",0,0,"decoder",1,3,50]', shape: [1, 2], data: Uint8Array.from([255, 0]) },
        { name: '["points",800]', shape: [1], data: Uint8Array.from([0]) },
        { name: "w/decoder/0", shape: [1], data: Uint8Array.from([0]) },
      ]),
    );
    expect(found.points).toBe(800);
    const drawn = found.drawn.get('["eval/loss","epoch",0.3]');
    const curve = drawn?.curves.get(4);
    expect([...(curve?.steps ?? [])]).toEqual([1, step]);
    expect([...(curve?.x ?? [])]).toEqual([0.5, 2]);
    expect([...(curve?.values ?? [])]).toEqual([3, Number.NaN]);
    expect(drawn?.best.get(4)).toEqual({ step, x: 2, value: 0.5 });
    expect(found.maps.get(mapKey(0, 0, "decoder", 1, 3, 50))).toMatchObject({
      rows: 1,
      columns: 2,
    });
  });
});
