import { describe, expect, it } from "vitest";
import { weightRamp } from "../src/ramps.ts";
import {
  inCell,
  inkAt,
  inWords,
  levelOf,
  measureOf,
  ordinal,
  plain,
  ranked,
  withError,
} from "../src/views/heads/measure.ts";

const { NaN: none } = Number;

describe("measureOf", () => {
  it("is from the least to the largest value, without what is missing", () => {
    const found = measureOf([0.5, none, 0.25, 0.75]);
    expect(found).toEqual({ low: 0.25, high: 0.75, signed: false, missing: 1, decimals: 3 });
    expect(measureOf([none])).toBeNull();
    expect(measureOf([])).toBeNull();
  });

  it.each([
    [[3, 12], 0],
    [[0.5, 2.6], 2],
    [[0.5, 31], 1],
    [[0.5, 999.5], 0],
    [[0.01, 0.0203], 3],
    [[0.00002, 0.000123], 6],
    [[0], 0],
  ])("gives %j %i decimals", (values, decimals) => {
    expect(measureOf(values)?.decimals).toBe(decimals);
  });
});

describe("levelOf", () => {
  it("is straight from end to end", () => {
    const measure = { low: 1, high: 3, signed: false, missing: 0, decimals: 2 };
    expect([1, 2, 3].map((value) => levelOf(value, measure))).toEqual([0, 128, 255]);
    expect(levelOf(1, { ...measure, high: 1 })).toBe(128);
  });

  it("has 0 in the middle, and both sides reach as far, where values are below 0", () => {
    const measure = { low: -4, high: 1, signed: true, missing: 0, decimals: 2 };
    // sign · √(|value| / 4), from −1 to 1.
    expect([-4, -1, 0, 1].map((value) => levelOf(value, measure))).toEqual([0, 64, 128, 191]);
  });
});

describe("numbers in words", () => {
  it.each([
    [0.7461, 3, "0.746"],
    [-0.7461, 3, "−0.746"],
    [0.0001, 3, "<0.001"],
    [-0.0001, 3, ">−0.001"],
    [0, 3, "0.000"],
    [none, 3, "no value"],
    [12, 0, "12"],
  ])("%f with %i decimals is %s", (value, decimals, said) => {
    expect(inWords(value, decimals)).toBe(said);
  });

  it("has its standard error where there is one", () => {
    expect(withError(0.5, 0.0125, 3)).toBe("0.500 ± 0.013");
    expect(withError(0.5, none, 3)).toBe("0.500");
    expect(withError(none, none, 3)).toBe("no value");
  });

  it("has no minus where it rounds to 0", () => {
    expect(plain(-0.0004, 3)).toBe("0.000");
    expect(inCell(-0.004, 3)).toBe("0.00");
    expect(inCell(7, 0)).toBe("7");
  });

  it("counts places", () => {
    const said = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 123].map(ordinal);
    expect(said).toEqual("1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th 123rd".split(" "));
  });
});

it("ranked puts equal values in order and leaves out what is missing", () => {
  const values = Float32Array.from([1, none, 3, 1, 0]);
  expect(ranked(values, "largest")).toEqual([2, 0, 3, 4]);
  expect(ranked(values, "smallest")).toEqual([4, 0, 3, 2]);
});

it("inkAt is black on light colours and white on dark ones", () => {
  const ramp = weightRamp(false);
  expect([inkAt(ramp, 0), inkAt(ramp, 255)]).toEqual(["#000000", "#ffffff"]);
});
