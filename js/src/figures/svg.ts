import { fontOf, paintOf } from "./paint.ts";
import type { Bitmap, PicturePen } from "./pen.ts";
import { attributes, cleaned, decimal, escaped } from "./xml.ts";

/** Width of a text in px. */
export type Measure = (text: string, bold: boolean, size: number) => number;

/** A PNG of the pixels, as base64. */
export type Encode = (bitmap: Bitmap) => string;

interface Settings {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  globalAlpha: number;
  lineWidth: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  imageSmoothingEnabled: boolean;
}

interface Saved extends Settings {
  dash: number[];
  matrix: Matrix;
  /** Groups that were opened under this state. */
  groups: number;
}

/** x′ = a x + c y + e, y′ = b x + d y + f. */
type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

/** How far the baseline lies under the anchor, in ems: the em box of Arial is .81 above and .19 below it. */
const BASELINES: Partial<Record<CanvasTextBaseline, number>> = {
  middle: 0.31,
  top: 0.81,
  hanging: 0.73,
  bottom: -0.19,
};
const ANCHORS: Partial<Record<CanvasTextAlign, string>> = {
  right: "end",
  end: "end",
  center: "middle",
};

/** How finely a picture is drawn at least, so that programs that smooth pictures blur none: pixels for a px. */
const FINENESS = 3;

/** Writes SVG elements where a canvas context would draw. Coordinates are written as they are in the picture: no transforms but of turned text. */
export class SvgPen implements PicturePen<Bitmap> {
  fillStyle: Settings["fillStyle"] = "#000000";
  strokeStyle: Settings["strokeStyle"] = "#000000";
  globalAlpha = 1;
  lineWidth = 1;
  font = "13px sans-serif";
  textAlign: CanvasTextAlign = "left";
  textBaseline: CanvasTextBaseline = "alphabetic";
  imageSmoothingEnabled = true;
  readonly #measure: Measure;
  readonly #encode: Encode;
  readonly #out: string[] = [];
  readonly #clips = new Map<string, string>();
  readonly #stack: Saved[] = [];
  #dash: number[] = [];
  #matrix: Matrix = [1, 0, 0, 1, 0, 0];
  #groups = 0;
  #path: string[] = [];

  constructor(measure: Measure, encode: Encode) {
    this.#measure = measure;
    this.#encode = encode;
  }

  /** The elements so far. */
  get body(): string {
    return this.#out.join("\n");
  }

  /** The clip paths that the elements use. */
  get definitions(): string {
    return [...this.#clips]
      .map(([id, path]) => `<clipPath id="${id}"><path d="${path}"/></clipPath>`)
      .join("\n");
  }

  /** Elements that belong together, under a class name; `opacity` holds for all of them at once. */
  group(name: string, draw: () => void, opacity = 1): void {
    this.#out.push(
      `<g${attributes({ class: `hw-${name}`, opacity: opacity < 1 ? opacity : undefined })}>`,
    );
    this.save();
    draw();
    this.restore();
    this.#out.push("</g>");
  }

  save(): void {
    const { fillStyle, strokeStyle, globalAlpha, lineWidth } = this;
    const { font, textAlign, textBaseline, imageSmoothingEnabled } = this;
    this.#stack.push({
      ...{ fillStyle, strokeStyle, globalAlpha, lineWidth },
      ...{ font, textAlign, textBaseline, imageSmoothingEnabled },
      dash: this.#dash,
      matrix: this.#matrix,
      groups: this.#groups,
    });
    this.#groups = 0;
  }

  restore(): void {
    const saved = this.#stack.pop();
    if (!saved) return;
    for (; this.#groups > 0; this.#groups--) this.#out.push("</g>");
    const { dash, matrix, groups, ...settings } = saved;
    Object.assign(this, settings);
    this.#dash = dash;
    this.#matrix = matrix;
    this.#groups = groups;
  }

  translate(x: number, y: number): void {
    const [a, b, c, d, e, f] = this.#matrix;
    this.#matrix = [a, b, c, d, a * x + c * y + e, b * x + d * y + f];
  }

  rotate(angle: number): void {
    const [a, b, c, d, e, f] = this.#matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.#matrix = [
      a * cos + c * sin,
      b * cos + d * sin,
      c * cos - a * sin,
      d * cos - b * sin,
      e,
      f,
    ];
  }

  setLineDash(segments: Iterable<number>): void {
    this.#dash = [...segments];
  }

  beginPath(): void {
    this.#path = [];
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${this.#point(x, y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#path.push(`L${this.#point(x, y)}`);
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.#path.push(`C${this.#point(x1, y1)} ${this.#point(x2, y2)} ${this.#point(x, y)}`);
  }

  closePath(): void {
    this.#path.push("Z");
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path.push(this.#box(x, y, width, height));
  }

  roundRect(
    x: number,
    y: number,
    width: number,
    height: number,
    radii: number | DOMPointInit | (number | DOMPointInit)[] = 0,
  ): void {
    const asked = typeof radii === "number" ? radii : 0;
    const r = Math.max(0, Math.min(asked, width / 2, height / 2));
    const [right, bottom] = [x + width, y + height];
    // A quarter of a circle as one cubic.
    const k = r * 0.4477;
    this.moveTo(x + r, y);
    this.lineTo(right - r, y);
    this.bezierCurveTo(right - k, y, right, y + k, right, y + r);
    this.lineTo(right, bottom - r);
    this.bezierCurveTo(right, bottom - k, right - k, bottom, right - r, bottom);
    this.lineTo(x + r, bottom);
    this.bezierCurveTo(x + k, bottom, x, bottom - k, x, bottom - r);
    this.lineTo(x, y + r);
    this.bezierCurveTo(x, y + k, x + k, y, x + r, y);
    this.closePath();
  }

  /** Two clips of one shape have one name, also in two figures of one page. */
  clip(): void {
    const path = this.#path.join("");
    const id = `hw-clip${path.replace(/[^\d.-]+/g, "_")}`;
    this.#clips.set(id, path);
    this.#out.push(`<g clip-path="url(#${id})">`);
    this.#groups++;
  }

  stroke(): void {
    this.#strokePath(this.#path.join(""));
  }

  fill(): void {
    this.#out.push(`<path${attributes({ d: this.#path.join(""), ...this.#fillOf() })}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    if (width <= 0 || height <= 0) return;
    if (!this.#upright) {
      this.#out.push(
        `<path${attributes({ d: this.#box(x, y, width, height), ...this.#fillOf() })}/>`,
      );
      return;
    }
    const place = this.#place(x, y);
    this.#out.push(`<rect${attributes({ ...place, width, height, ...this.#fillOf() })}/>`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#strokePath(this.#box(x, y, width, height));
  }

  /** What was drawn stays: nothing is to be seen through what follows. */
  clearRect(): void {}

  measureText(text: string): { width: number } {
    const { bold, size } = fontOf(this.font);
    return { width: this.#measure(cleaned(text), bold, size) };
  }

  fillText(text: string, x: number, y: number): void {
    if (text === "") return;
    const { bold, size } = fontOf(this.font);
    const shift = (BASELINES[this.textBaseline] ?? 0) * size;
    const [a, b] = this.#matrix;
    const place = this.#place(x, y + shift);
    const angle = (Math.atan2(b, a) * 180) / Math.PI;
    const turned = `rotate(${decimal(angle)} ${decimal(place.x)} ${decimal(place.y)})`;
    const how = {
      ...place,
      transform: this.#upright ? undefined : turned,
      "font-size": size,
      "font-weight": bold ? "bold" : undefined,
      "text-anchor": ANCHORS[this.textAlign],
      ...this.#fillOf(),
    };
    this.#out.push(`<text${attributes(how)}>${escaped(text)}</text>`);
  }

  /** With nine numbers, a part of the picture: whole pixels. */
  drawImage(picture: Bitmap, ...box: number[]): void {
    const [x = 0, y = 0, width = 0, height = 0] = box.length > 4 ? box.slice(4) : box;
    const part = box.length > 4 ? box : [0, 0, picture.width, picture.height];
    if (!(width > 0 && height > 0)) return;
    const pixels = enlarged(picture, part, width, height);
    const how = {
      ...this.#place(x, y),
      width,
      height,
      preserveAspectRatio: "none",
      style: this.imageSmoothingEnabled ? undefined : "image-rendering:pixelated",
      opacity: this.globalAlpha < 1 ? this.globalAlpha : undefined,
      href: `data:image/png;base64,${this.#encode(pixels)}`,
    };
    this.#out.push(`<image${attributes(how)}/>`);
  }

  get #upright(): boolean {
    const [a, b, c, d] = this.#matrix;
    return a === 1 && b === 0 && c === 0 && d === 1;
  }

  #strokePath(d: string): void {
    if (d === "") return;
    const { color, opacity } = paintOf(String(this.strokeStyle));
    const alpha = opacity * this.globalAlpha;
    const how = {
      d,
      fill: "none",
      stroke: color,
      "stroke-width": this.lineWidth === 1 ? undefined : this.lineWidth,
      "stroke-opacity": alpha < 1 ? decimal(alpha, 3) : undefined,
      "stroke-dasharray": this.#dash.length > 0 ? this.#dash.join(" ") : undefined,
    };
    this.#out.push(`<path${attributes(how)}/>`);
  }

  #fillOf() {
    const { color, opacity } = paintOf(String(this.fillStyle));
    const alpha = opacity * this.globalAlpha;
    return { fill: color, "fill-opacity": alpha < 1 ? decimal(alpha, 3) : undefined };
  }

  #place(x: number, y: number): { x: number; y: number } {
    const [a, b, c, d, e, f] = this.#matrix;
    return { x: a * x + c * y + e, y: b * x + d * y + f };
  }

  #point(x: number, y: number): string {
    const place = this.#place(x, y);
    return `${decimal(place.x)} ${decimal(place.y)}`;
  }

  #box(x: number, y: number, width: number, height: number): string {
    const corners = [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ] as const;
    return `${corners.map(([left, top], i) => `${i === 0 ? "M" : "L"}${this.#point(left, top)}`).join("")}Z`;
  }
}

/** A part of a picture, each pixel repeated until there are enough of them for its place. */
function enlarged(picture: Bitmap, part: number[], width: number, height: number): Bitmap {
  const [left = 0, top = 0, columns = 0, rows = 0] = part.map(Math.round);
  const times = (room: number, count: number) =>
    Math.max(1, Math.round((FINENESS * room) / Math.max(1, count)));
  const [across, down] = [times(width, columns), times(height, rows)];
  const from = new Uint32Array(
    picture.data.buffer,
    picture.data.byteOffset,
    picture.width * picture.height,
  );
  const size = { width: columns * across, height: rows * down };
  const to = new Uint32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const row = (top + Math.floor(y / down)) * picture.width + left;
    for (let x = 0; x < size.width; x++)
      to[y * size.width + x] = from[row + Math.floor(x / across)] ?? 0;
  }
  return { ...size, data: new Uint8ClampedArray(to.buffer) };
}
