/** Binary as hosts deliver it: JupyterLab, VS Code and marimo pass a DataView, others an ArrayBuffer or a typed array. */
export type Binary = DataView | ArrayBuffer | Uint8Array | null | undefined;

export function asBytes(value: Binary): Uint8Array {
  if (!value) return new Uint8Array(0);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function bytesFromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Undoes Python's zlib.compress. */
export async function inflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  // An empty stream is no zlib stream.
  if (bytes.byteLength === 0) return new Uint8Array(0);
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const plain = packed.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
