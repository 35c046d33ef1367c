/** What the drawing functions of the views ask of a canvas context; the pen of a figure has it too (svg.ts). */
export interface Pen
  extends Pick<
    CanvasRenderingContext2D,
    | "beginPath"
    | "bezierCurveTo"
    | "clearRect"
    | "clip"
    | "closePath"
    | "fill"
    | "fillRect"
    | "fillStyle"
    | "fillText"
    | "font"
    | "globalAlpha"
    | "imageSmoothingEnabled"
    | "lineTo"
    | "lineWidth"
    | "moveTo"
    | "rect"
    | "restore"
    | "rotate"
    | "roundRect"
    | "save"
    | "setLineDash"
    | "stroke"
    | "strokeRect"
    | "strokeStyle"
    | "textAlign"
    | "textBaseline"
    | "translate"
  > {
  measureText(text: string): { width: number };
}

/** A pen that also draws pictures of a kind: canvases on a canvas, bitmaps in a figure. */
export interface PicturePen<Picture> extends Pen {
  drawImage(picture: Picture, x: number, y: number, width: number, height: number): void;
  drawImage(
    picture: Picture,
    fromX: number,
    fromY: number,
    fromWidth: number,
    fromHeight: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
}

/** Pixels of a picture, four bytes each: red, green, blue, alpha. */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}
