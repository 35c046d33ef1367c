import { LEVELS, type Ramp, signedLevel } from "../../ramps.ts";
import type { Difference } from "../../store/differences.ts";

/** One pixel a cell; a cell without a pair in sight is left as ground. */
export function pixelsOf(
  { data }: Difference,
  full: number,
  ramp: Ramp,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * data.length);
  data.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const level = Math.min(LEVELS - 1, signedLevel(value, full));
    pixels.set(ramp.subarray(3 * level, 3 * level + 3), 4 * i);
    pixels[4 * i + 3] = 255;
  });
  return pixels;
}
