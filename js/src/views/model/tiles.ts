import { sizeCanvas } from "../../dom.ts";
import { weightRamp } from "../../ramps.ts";
import type { Pooling } from "../../state/types.ts";
import type { LayerThumbs } from "../../store/thumbs.ts";
import { isDark, type ThemeName } from "../../theme.ts";
import { drawGlyph, mapPixels } from "./draw.ts";
import type { Box } from "./layout.ts";
import { fitted, mapOf, type Origin } from "./resample.ts";

/** How thumbnails are drawn. */
export interface TileStyle {
  glyph: "map" | "lines";
  origin: Origin;
  pooling: Pooling;
  theme: ThemeName;
  /** Size of a thumbnail, CSS px. */
  width: number;
  height: number;
  ratio: number;
}

interface Strip {
  thumbs: LayerThumbs;
  style: string;
  canvas: HTMLCanvasElement;
  /** Pixels of one head in the canvas. */
  width: number;
  height: number;
  /** Some head has more lines than are drawn. */
  capped: boolean;
}

export interface Tiles {
  /** Puts a head of a layer at a place. */
  draw(ctx: CanvasRenderingContext2D, layer: number, head: number, box: Box): void;
  /** What the next `draw` of a layer shows, made only when it is not what it was; whether a head has more lines than that. */
  prepare(layer: number, thumbs: LayerThumbs, style: TileStyle): boolean;
}

/** Layers kept beyond those in sight: they are cheap to make again. */
const KEPT = 64;

/** Thumbnails of layers as small canvases, all heads of a layer side by side. */
export function tilesOf(): Tiles {
  const strips = new Map<number, Strip>();
  return {
    prepare(layer, thumbs, style) {
      const name = JSON.stringify(style);
      const known = strips.get(layer);
      strips.delete(layer);
      const fresh = known?.thumbs === thumbs && known.style === name;
      const strip = fresh ? known : stripOf(thumbs, style, name);
      strips.set(layer, strip);
      for (const old of strips.keys()) {
        if (strips.size <= KEPT) break;
        strips.delete(old);
      }
      return strip.capped;
    },
    draw(ctx, layer, head, { left, top, width, height }) {
      const strip = strips.get(layer);
      if (!strip || strip.canvas.width === 0) return;
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(
        strip.canvas,
        head * strip.width,
        0,
        strip.width,
        strip.height,
        left,
        top,
        width,
        height,
      );
    },
  };
}

function stripOf(thumbs: LayerThumbs, style: TileStyle, name: string): Strip {
  const canvas = document.createElement("canvas");
  const pixels = {
    width: Math.max(1, Math.round(style.width * style.ratio)),
    height: Math.max(1, Math.round(style.height * style.ratio)),
  };
  if (style.glyph === "lines") {
    const ctx = sizeCanvas(canvas, pixels.width * thumbs.heads, pixels.height, 1);
    let capped = false;
    for (let head = 0; head < thumbs.heads; head++) {
      ctx.setTransform(style.ratio, 0, 0, style.ratio, head * pixels.width, 0);
      const box = { left: 0, top: 0, width: style.width, height: style.height };
      if (drawGlyph(ctx, mapOf(thumbs, head), style.origin, box, style.theme)) capped = true;
    }
    return { thumbs, style: name, canvas, ...pixels, capped };
  }
  const ramp = weightRamp(isDark(style.theme));
  const width = Math.min(thumbs.columns, pixels.width);
  const height = Math.min(thumbs.rows, pixels.height);
  const ctx = sizeCanvas(canvas, width * thumbs.heads, height, 1);
  for (let head = 0; head < thumbs.heads; head++) {
    const map = fitted(mapOf(thumbs, head), pixels.height, pixels.width, style.pooling);
    ctx.putImageData(new ImageData(mapPixels(map, ramp), width, height), head * width, 0);
  }
  return { thumbs, style: name, canvas, width, height, capped: false };
}
