import { describe, expect, it } from "vitest";
import { percent, weightInColumn, weightInSentence } from "../src/format.ts";
import { entropy, heldInWords, ranked } from "../src/views/head/a11y.ts";
import { failureNote, inRanges, kernelNote, savedNote } from "../src/views/shell/status.ts";
import { RecordingHost } from "./support/host.ts";
import { sampleOf, traitsOf } from "./support/sample.ts";

describe("numbers", () => {
  it("have three decimals in a column, a dot under 0.0005", () => {
    expect([1, 0.7456, 0.0005, 0.00049, 0].map((w) => weightInColumn(w, true))).toEqual([
      "1.000",
      "0.746",
      "0.001",
      "·",
      "·",
    ]);
  });

  it("say <0.001 in a sentence, and 0.000 only of nothing", () => {
    expect([0.7456, 0.0005, 0.00049, 0].map((w) => weightInSentence(w))).toEqual([
      "0.746",
      "0.001",
      "<0.001",
      "0.000",
    ]);
  });

  it("say of bytes that they are rough", () => {
    expect(weightInColumn(0.7456, false)).toBe("≈0.75");
    expect(weightInSentence(0.7456, false)).toBe("≈0.75");
    expect([0.005, 0.0049].map((w) => weightInColumn(w, false))).toEqual(["≈0.01", "·"]);
    expect([0.005, 0.0049].map((w) => weightInSentence(w, false))).toEqual(["≈0.01", "<0.01"]);
  });

  it("are whole per cent as shares", () => {
    expect([0, 0.124, 0.126, 1].map(percent)).toEqual(["0 %", "12 %", "13 %", "100 %"]);
  });
});

describe("ranked", () => {
  const labels = ["the", "cat", "it"];
  const all = [true, true, true];

  it("goes from strong to weak", () => {
    const values = Float32Array.of(0.25, 0.5, 0.125);
    expect(ranked(values, labels, all, true, 2)).toEqual([
      { item: 1, label: "cat", weight: 0.5, exact: true },
      { item: 0, label: "the", weight: 0.25, exact: true },
    ]);
    expect(ranked(values, labels, all, true, 9)).toHaveLength(3);
  });

  it("leaves out what is not in play and what is missing", () => {
    const values = Float32Array.of(0.25, 0.5, Number.NaN);
    expect(ranked(values, labels, [true, false, true], true, 3)).toEqual([
      { item: 0, label: "the", weight: 0.25, exact: true },
    ]);
  });

  it("is spoken by head, at most three of them", () => {
    const held = { side: "query", number: 9, label: "it" } as const;
    const strongest = ranked([0.001, 0.746, 0.144], labels, all, true, 3);
    const one = { name: "head 3.1", strongest };
    const sentence = "head 3.1: it attends to cat 0.75, it 0.14, the <0.01";
    expect(heldInWords(held, [one])).toBe(`${sentence}; query 9`);
    expect(
      heldInWords({ ...held, side: "key" }, [{ ...one, strongest: strongest.slice(0, 1) }]),
    ).toBe("head 3.1: it is attended to by cat 0.75; key 9");
    expect(heldInWords(held, [{ ...one, strongest: [] }])).toBe(
      "head 3.1: it attends to nothing shown; query 9",
    );
    expect(heldInWords({ ...held, side: "key", number: 0 }, [])).toBe("it, key 0");
    const many = [1, 2, 3, 4, 5].map((head) => ({ name: `head 3.${head}`, strongest }));
    expect(heldInWords(held, many).split("; ").slice(1)).toEqual([
      sentence.replace("3.1", "3.2"),
      sentence.replace("3.1", "3.3"),
      "and 2 more heads",
      "query 9",
    ]);
  });
});

describe("entropy", () => {
  it("is in nats, 0 for one key and the logarithm of the count for equal ones", () => {
    expect(entropy([0, 1, 0])).toBe(0);
    expect(entropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4));
    expect(entropy([0.5, 0.25, 0.25])).toBeCloseTo(1.5 * Math.log(2));
  });
});

describe("notes", () => {
  const host = new RecordingHost(traitsOf(sampleOf()), new AbortController().signal, () =>
    Promise.resolve({ buffers: [] }),
  );

  it("say how the kernel is", () => {
    expect(kernelNote(host, null)).toBeNull();
    host.setKernel("waiting");
    expect(kernelNote(host, "layer 4")).toMatchObject({
      fact: "Python is busy",
      sentence:
        "Waiting for the running cell. What is here can still be explored; layer 4 appears when the cell ends.",
    });
    expect(kernelNote(host, null)?.sentence).toBe(
      "Waiting for the running cell. What is here can still be explored.",
    );
    host.setKernel("gone");
    expect(kernelNote(host, null)).toMatchObject({
      fact: "No kernel",
      sentence:
        "Layers and tokens already shown still work. For the rest, start a kernel and run the notebook again up to this cell.",
    });
    host.setKernel("none");
    expect(kernelNote(host, null)).toBeNull();
  });

  it("split an error into a fact and a sentence, and keep it whole for copying", () => {
    const message = "layer 7 does not exist: this trace has layers 0 to 5 in block 'encoder'";
    expect(failureNote({ kind: "OutOfRange", message }, "The view still shows layer 3.")).toEqual({
      kind: "error",
      fact: "Layer 7 does not exist",
      sentence: "This trace has layers 0 to 5 in block 'encoder'. The view still shows layer 3.",
      details: `OutOfRange: ${message}`,
    });
    expect(failureNote({ kind: "Error", message: "no" }, null)).toMatchObject({
      fact: "No",
      sentence: "",
    });
  });

  it("name stored layers as ranges", () => {
    expect(inRanges([0, 2, 3, 4, 7])).toBe("0, 2 to 4, 7");
    expect(inRanges([])).toBe("");
    expect(savedNote([3], [], 0, null)).toMatchObject({
      fact: "Saved page",
      sentence:
        "Layer 3 is stored here. Other layers need Python: open the notebook and run the cell.",
    });
    expect(savedNote([0, 1, 2], [], 1, null).sentence).toMatch(/^Layers 1 to 3 are stored here\. /);
    expect(savedNote([], [], 0, null).sentence).toMatch(/^No layer is stored here\. /);
    expect(savedNote([], [3], 0, "The view still shows layer 2.").sentence).toBe(
      "The first queries of layer 3 are stored here. The view still shows layer 2. The rest needs Python: open the notebook and run the cell.",
    );
  });
});
