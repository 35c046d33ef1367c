import { describe, expect, it } from "vitest";
import { asBytes, bytesFromBase64 } from "../src/store/bytes.ts";
import { DecodeError, decodeTensors } from "../src/store/decode.ts";
import { assemble, blob, floats, shifted } from "./support/blob.ts";

const two = blob(
  [
    { name: "w/encoder/0", shape: [1, 2, 2], data: floats(0.25, 0.75, 1, 0) },
    { name: "q/encoder/1/4", shape: [1, 1, 3], data: Uint8Array.of(0, 128, 255) },
  ],
  { made: "by hand" },
);

describe("decodeTensors", () => {
  it("reads every tensor with its name, shape, type and values, and leaves the metadata out", () => {
    const [weights, rows, ...rest] = decodeTensors(two);
    expect(rest).toEqual([]);
    expect(weights).toEqual({
      name: "w/encoder/0",
      shape: [1, 2, 2],
      data: floats(0.25, 0.75, 1, 0),
    });
    expect(rows).toEqual({
      name: "q/encoder/1/4",
      shape: [1, 1, 3],
      data: Uint8Array.of(0, 128, 255),
    });
  });

  it.each([0, 1, 2, 3, 5, 7])("reads bytes that start %i into a buffer", (shift) => {
    expect(decodeTensors(shifted(two, shift))).toEqual(decodeTensors(two));
  });

  it("reads floats behind an odd number of bytes", () => {
    const mixed = blob([
      { name: "q/b/0/0", shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: "w/b/0", shape: [2], data: floats(0.5, -1.5) },
    ]);
    expect(decodeTensors(mixed)[1]?.data).toEqual(floats(0.5, -1.5));
  });

  it("reads nothing from nothing, and an empty tensor as empty", () => {
    expect(decodeTensors(new Uint8Array(0))).toEqual([]);
    const empty = blob([{ name: "w/b/0", shape: [2, 0, 3], data: floats() }]);
    expect(decodeTensors(empty)).toEqual([{ name: "w/b/0", shape: [2, 0, 3], data: floats() }]);
  });

  it("refuses bytes that are cut anywhere", () => {
    expect(() => decodeTensors(two.subarray(0, 5))).toThrow(
      new DecodeError("5 bytes are too few for a header"),
    );
    expect(() => decodeTensors(two.subarray(0, 20))).toThrow(new DecodeError("the header is cut"));
    expect(() => decodeTensors(two.subarray(0, two.length - 1))).toThrow(
      new DecodeError("q/encoder/1/4: 3 bytes do not hold 1 × 1 × 3 values"),
    );
  });

  it("refuses a shape that does not fit the bytes", () => {
    const header = JSON.stringify({ w: { dtype: "F32", shape: [2, 2], data_offsets: [0, 12] } });
    expect(() => decodeTensors(assemble(header, [floats(1, 2, 3)]))).toThrow(
      new DecodeError("w: 12 bytes do not hold 2 × 2 values"),
    );
  });

  it("refuses a type that it does not know", () => {
    const header = JSON.stringify({ w: { dtype: "I8", shape: [2], data_offsets: [0, 2] } });
    expect(() => decodeTensors(assemble(header, [Uint8Array.of(1, 2)]))).toThrow(
      new DecodeError("w: unknown type I8"),
    );
  });

  it("refuses a header that is not JSON with its own error", () => {
    expect(() => decodeTensors(assemble("{not json", []))).toThrow(DecodeError);
  });
});

describe("asBytes", () => {
  it("takes every form in which hosts deliver bytes, without copying", () => {
    const buffer = Uint8Array.of(9, 1, 2, 3, 9).buffer;
    const expected = Uint8Array.of(1, 2, 3);
    const seen = asBytes(new DataView(buffer, 1, 3));
    expect(seen).toEqual(expected);
    expect(seen.buffer).toBe(buffer);
    expect(asBytes(new Uint8Array(buffer, 1, 3))).toEqual(expected);
    expect(asBytes(buffer)).toEqual(Uint8Array.of(9, 1, 2, 3, 9));
    expect(asBytes(null)).toEqual(new Uint8Array(0));
    expect(asBytes(undefined)).toEqual(new Uint8Array(0));
  });

  it("reads base64 with bytes above 127", () => {
    expect(bytesFromBase64("AP+AfwE=")).toEqual(Uint8Array.of(0, 255, 128, 127, 1));
  });
});
