/** Reads the safetensors layout: u64 header length, JSON header, data (https://github.com/huggingface/safetensors). */

export interface Tensor {
  name: string;
  shape: number[];
  /** F32 as it is; U8 holds round(255 · √weight). */
  data: Float32Array | Uint8Array;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export class DecodeError extends Error {}

export function decodeTensors(bytes: Uint8Array): Tensor[] {
  if (bytes.byteLength === 0) return [];
  if (bytes.byteLength < 8)
    throw new DecodeError(`${bytes.byteLength} bytes are too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.byteLength) throw new DecodeError("the header is cut");
  const header = parse(new TextDecoder().decode(bytes.subarray(8, start)));
  return Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => ({
      name,
      shape: entry.shape,
      data: values(name, entry, bytes.subarray(start)),
    }));
}

function parse(text: string): Record<string, HeaderEntry> {
  try {
    return JSON.parse(text) as Record<string, HeaderEntry>;
  } catch {
    throw new DecodeError("the header is not JSON");
  }
}

function values(name: string, entry: HeaderEntry, body: Uint8Array): Float32Array | Uint8Array {
  const [from, to] = entry.data_offsets;
  const count = entry.shape.reduce((product, side) => product * side, 1);
  const size = entry.dtype === "F32" ? 4 : 1;
  if (to > body.byteLength || to - from !== count * size) {
    throw new DecodeError(
      `${name}: ${to - from} bytes do not hold ${entry.shape.join(" × ")} values`,
    );
  }
  const slice = body.subarray(from, to);
  if (entry.dtype === "U8") return slice;
  if (entry.dtype !== "F32") throw new DecodeError(`${name}: unknown type ${entry.dtype}`);
  // A Float32Array needs an offset that is a multiple of four; hosts give no such promise.
  const aligned = slice.byteOffset % 4 === 0 ? slice : slice.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}
