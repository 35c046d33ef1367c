import { bytesFromBase64 } from "../store/bytes.ts";

/** What the views' state asks of a browser and a bare engine lacks. Nothing is put in place of what is there. */

type Listener = () => void;

class Signal {
  aborted = false;
  readonly #listeners = new Set<Listener>();

  addEventListener(_name: "abort", listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_name: "abort", listener: Listener): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }
}

/** Enough of it for scopes: made, asked, ended once. */
class Controller {
  readonly signal = new Signal();

  abort(): void {
    this.signal.abort();
  }
}

/** UTF-8 alone. */
class Decoder {
  decode(bytes: Uint8Array): string {
    let escapes = "";
    for (const byte of bytes) escapes += `%${byte.toString(16).padStart(2, "0")}`;
    return decodeURIComponent(escapes);
  }
}

/** A letter with its marks, or several that are joined to one picture. */
const LETTER = /\P{M}(?:\u200d\P{M}|\p{M}|\u200d|[\u{1f3fb}-\u{1f3ff}])*|\p{M}+/gsu;

/** By letters alone. */
class Segmenter {
  segment(text: string): { segment: string }[] {
    return (text.match(LETTER) ?? []).map((segment) => ({ segment }));
  }
}

export function addShims(): void {
  const there = globalThis as Record<string, unknown>;
  there.Intl ??= { Segmenter };
  there.AbortController ??= Controller;
  there.TextDecoder ??= Decoder;
}

/** Of newer engines and browsers. */
interface Base64Bytes {
  fromBase64?(text: string): Uint8Array;
}

export function bytesOf(base64: string): Uint8Array {
  return (Uint8Array as Base64Bytes).fromBase64?.(base64) ?? bytesFromBase64(base64);
}

export function textOf(bytes: Uint8Array): string {
  const { toBase64 } = bytes as { toBase64?(): string };
  if (toBase64) return toBase64.call(bytes);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
