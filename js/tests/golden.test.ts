import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Traits } from "../src/state/types.ts";
import { DecodeError, decodeTensors } from "../src/store/decode.ts";
import { Weights } from "../src/store/weights.ts";
import { wordAxis } from "../src/views/head/axis.ts";

interface Expected {
  files: { file: string; tensors: GoldenTensor[] }[];
  broken: string[];
  /** Weight of each byte. */
  levels: number[];
  traits: Omit<Traits, "tensors">;
}

interface GoldenTensor {
  name: string;
  dtype: "F32" | "U8";
  shape: number[];
  data: number[];
}

const GOLDEN = join(import.meta.dirname, "../../tests/contract/golden");
const EXPECTED = join(GOLDEN, "expected.json");

function expected(): Expected {
  if (!existsSync(EXPECTED))
    throw new Error(
      "tests/contract/golden/expected.json is missing: run `python -m pytest tests/contract` first, or `make test`, which does",
    );
  return JSON.parse(readFileSync(EXPECTED, "utf8")) as Expected;
}

const bytesOf = (file: string) => new Uint8Array(readFileSync(join(GOLDEN, file)));
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

describe("what Python writes", () => {
  it("is decoded to the values that Python holds", () => {
    const { files } = expected();
    expect(files.length).toBeGreaterThan(10);
    for (const { file, tensors } of files) {
      const found = decodeTensors(bytesOf(file)).map(({ name, shape, data }) => ({
        name,
        dtype: data instanceof Float32Array ? "F32" : "U8",
        shape,
        data: Array.from(data),
      }));
      expect(found.sort(byName), file).toEqual([...tensors].sort(byName));
    }
  });

  it("is refused when it is cut", () => {
    const { broken } = expected();
    expect(broken.length).toBeGreaterThan(0);
    for (const file of broken)
      expect(() => decodeTensors(bytesOf(file)), file).toThrow(DecodeError);
  });

  it("gives each byte the weight that Python gives it", () => {
    const { levels } = expected();
    expect(levels).toHaveLength(256);
    const weights = new Weights();
    const data = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    weights.add([{ name: "w/encoder/0", shape: [1, 1, 256], data }]);
    const row = Array.from(weights.row("encoder", 0, 0)?.values ?? []);
    expect(row).toHaveLength(256);
    row.forEach((weight, byte) => {
      expect(weight, `byte ${byte}`).toBeCloseTo(levels[byte] ?? Number.NaN, 6);
    });
  });

  it("finds bands at the tokens they were cut from", () => {
    const { files } = expected();
    const layer = files.find(({ file }) => file === "layer-f32.safetensors")?.tensors[0];
    const [heads = 0, queries = 0, keys = 0] = layer?.shape ?? [];
    expect([heads, queries, keys]).toEqual([2, 8, 8]);
    const bands = new Weights();
    for (const file of ["queries-f32", "keys-f32"])
      bands.add(decodeTensors(bytesOf(`${file}.safetensors`)));
    const at = (head: number, query: number, key: number) =>
      layer?.data[(head * queries + query) * keys + key];
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < keys; i++) {
        for (const query of [2, 3, 4])
          expect(bands.row("encoder", 1, query)?.values[head * keys + i]).toBe(at(head, query, i));
        expect(bands.column("encoder", 1, 7)?.values[head * queries + i]).toBe(at(head, i, 7));
      }
    }
    expect(bands.row("encoder", 1, 5)).toBeNull();
    expect(bands.column("encoder", 1, 6)).toBeNull();
  });

  it("has every trait that a view reads", () => {
    const { traits } = expected();
    expect(Object.keys(traits).sort()).toEqual(
      [
        "_link_notes",
        "_links",
        "_trace",
        "_view",
        "aggregate",
        "block",
        "height",
        "hide_special",
        "index_base",
        "layer",
        "merge_words",
        "selection",
        "sentences",
        "strongest",
        "theme",
      ].sort(),
    );
    const [block] = traits._trace.blocks;
    expect(block?.heads).toHaveLength(block?.layers ?? -1);
    const list = traits._trace.tokens[block?.query_tokens ?? ""];
    expect(list?.labels).toContain("</script><img src=x onerror=alert(1)>");
    const words = list && wordAxis(list);
    expect(words?.tokens.flat()).toEqual(list?.labels.map((_, i) => i));
    expect(traits.selection.heads.every((pair) => pair.length === 2)).toBe(true);
  });
});
