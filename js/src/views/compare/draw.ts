import { sizeCanvas } from "../../dom.ts";
import type { Ramp } from "../../ramps.ts";
import type { Difference } from "../../store/differences.ts";
import type { MapLayout } from "./layout.ts";
import { pixelsOf } from "./picture.ts";

/** Draws the map of differences; cells keep hard edges. */
export function drawCells(
  canvas: HTMLCanvasElement,
  difference: Difference,
  layout: MapLayout,
  look: { full: number; ramp: Ramp; ratio: number },
): void {
  const { rows, columns } = difference;
  const { width, height } = layout;
  const ctx = sizeCanvas(canvas, width, height, look.ratio);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  if (rows === 0 || columns === 0) return;
  const small = document.createElement("canvas");
  const image = new ImageData(pixelsOf(difference, look.full, look.ramp), columns, rows);
  const target = sizeCanvas(small, columns, rows, 1);
  target.putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(small, 0, 0, canvas.width, canvas.height);
}
