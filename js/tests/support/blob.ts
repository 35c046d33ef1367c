/** Safetensors blobs made by hand, so that the reader is not tested against itself. */

export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array | Uint8Array;
}

export function blob(tensors: NamedTensor[], metadata?: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const end = offset + data.byteLength;
    header[name] = {
      dtype: data instanceof Float32Array ? "F32" : "U8",
      shape,
      data_offsets: [offset, end],
    };
    offset = end;
  }
  return assemble(
    JSON.stringify(header),
    tensors.map(({ data }) => data),
  );
}

/** Any header before any data, also a wrong one. */
export function assemble(header: string, parts: (Float32Array | Uint8Array)[]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

/** The same bytes inside a larger buffer, `shift` bytes from its start. */
export function shifted(bytes: Uint8Array, shift: number): Uint8Array {
  const buffer = new Uint8Array(bytes.length + shift + 3).fill(0xaa);
  buffer.set(bytes, shift);
  return buffer.subarray(shift, shift + bytes.length);
}

export function floats(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

/** round(255 · √weight), as Python writes it. */
export function toByte(weight: number): number {
  return Math.round(255 * Math.sqrt(weight));
}
