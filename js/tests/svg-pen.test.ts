import { describe, expect, it } from "vitest";
import { fontOf, paintOf } from "../src/figures/paint.ts";
import type { Bitmap } from "../src/figures/pen.ts";
import { SvgPen } from "../src/figures/svg.ts";
import { attributes, cleaned, decimal, escaped } from "../src/figures/xml.ts";

const encoded: Bitmap[] = [];
const penOf = () =>
  new SvgPen(
    (text, bold, size) => text.length * size * (bold ? 0.6 : 0.5),
    (bitmap) => {
      encoded.push(bitmap);
      return "UE5H";
    },
  );

describe("text for XML", () => {
  it("escapes what would be markup", () => {
    expect(escaped("</script><img onerror>")).toBe("&lt;/script&gt;&lt;img onerror&gt;");
    expect(escaped('a"b&c\td\ne')).toBe("a&quot;b&amp;c&#9;d&#10;e");
  });

  it("replaces characters that XML has no place for, and no others", () => {
    expect(cleaned("a\u0000b\u001bc\ufffed\uffff")).toBe("a\ufffdb\ufffdc\ufffdd\ufffd");
    expect(cleaned("\ud83d \ude00 \ud83d\ude00")).toBe("\ufffd \ufffd \ud83d\ude00");
    expect(cleaned("\t\n\r\u0085é字")).toBe("\t\n\r\u0085é字");
  });

  it("writes numbers short", () => {
    expect([1.5, 2, -0.001, 1 / 3, 1e6].map((value) => decimal(value))).toEqual([
      "1.5",
      "2",
      "0",
      "0.33",
      "1000000",
    ]);
    expect(attributes({ x: 1.005, fill: undefined, class: 'a"b' })).toBe(' x="1" class="a&quot;b"');
  });
});

describe("paints and fonts", () => {
  it("reads colours in all the forms that the views write", () => {
    expect(paintOf("#abc")).toEqual({ color: "#abc", opacity: 1 });
    expect(paintOf("rgb(1, 20, 255)")).toEqual({ color: "#0114ff", opacity: 1 });
    expect(paintOf("rgb(0 0 0 / 5%)")).toEqual({ color: "#000000", opacity: 0.05 });
    expect(paintOf("rgba(255, 0, 0, 0.5)")).toEqual({ color: "#ff0000", opacity: 0.5 });
  });

  it("reads size and weight of a font", () => {
    expect(fontOf('bold 12.5px Arial, "Bold Face"')).toEqual({ bold: true, size: 12.5 });
    expect(fontOf('11px "Semibold"')).toEqual({ bold: false, size: 11 });
  });
});

describe("SvgPen", () => {
  it("writes strokes with width, opacity and dashes", () => {
    const pen = penOf();
    pen.strokeStyle = "#123456";
    pen.globalAlpha = 0.25;
    pen.lineWidth = 2;
    pen.setLineDash([2, 3]);
    pen.beginPath();
    pen.moveTo(1, 2);
    pen.bezierCurveTo(3, 4, 5, 6, 7, 8);
    pen.stroke();
    expect(pen.body).toBe(
      '<path d="M1 2C3 4 5 6 7 8" fill="none" stroke="#123456" stroke-width="2" stroke-opacity="0.25" stroke-dasharray="2 3"/>',
    );
  });

  it("folds moves into the coordinates and forgets them on restore", () => {
    const pen = penOf();
    pen.save();
    pen.translate(10, 20);
    pen.translate(1, 2);
    pen.fillRect(0, 0, 5, 6);
    pen.restore();
    pen.fillStyle = "#ff0000";
    pen.fillRect(0, 0, 5, 6);
    expect(pen.body.split("\n")).toEqual([
      '<rect x="11" y="22" width="5" height="6" fill="#000000"/>',
      '<rect x="0" y="0" width="5" height="6" fill="#ff0000"/>',
    ]);
  });

  it("restores every setting", () => {
    const pen = penOf();
    const settings = {
      fillStyle: "#111111",
      strokeStyle: "#222222",
      globalAlpha: 0.5,
      lineWidth: 3,
      font: "bold 9px x",
      textAlign: "right",
      textBaseline: "top",
      imageSmoothingEnabled: false,
    } as const;
    const before = { ...pen };
    pen.save();
    Object.assign(pen, settings);
    expect({ ...pen }).toEqual(settings);
    pen.restore();
    expect({ ...pen }).toEqual(before);
  });

  it("puts text on its baseline, whatever the anchor", () => {
    const pen = penOf();
    pen.font = "bold 10px Arial";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText("<a>", 50, 20);
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText("b", 50, 20);
    expect(pen.body.split("\n")).toEqual([
      '<text x="50" y="23.1" font-size="10" font-weight="bold" text-anchor="end" fill="#000000">&lt;a&gt;</text>',
      '<text x="50" y="28.1" font-size="10" font-weight="bold" text-anchor="middle" fill="#000000">b</text>',
    ]);
    expect(pen.measureText("four")).toEqual({ width: 24 });
  });

  it("turns text about its place", () => {
    const pen = penOf();
    pen.translate(30, 40);
    pen.rotate(-Math.PI / 2);
    pen.fillText("key", 5, 0);
    expect(pen.body).toBe(
      '<text x="30" y="35" transform="rotate(-90 30 35)" font-size="13" fill="#000000">key</text>',
    );
  });

  it("clips until restore, and equal clips share a name", () => {
    const pen = penOf();
    const clipped = () => {
      pen.save();
      pen.beginPath();
      pen.rect(0, 0, 10, 20);
      pen.clip();
      pen.fillRect(1, 1, 2, 2);
      pen.restore();
    };
    clipped();
    clipped();
    pen.fillRect(3, 3, 1, 1);
    const [, id] = /url\(#([\w.-]+)\)/.exec(pen.body) ?? [];
    expect(pen.definitions).toBe(
      `<clipPath id="${id}"><path d="M0 0L10 0L10 20L0 20Z"/></clipPath>`,
    );
    const group = [
      `<g clip-path="url(#${id})">`,
      '<rect x="1" y="1" width="2" height="2" fill="#000000"/>',
      "</g>",
    ];
    expect(pen.body.split("\n")).toEqual([
      ...group,
      ...group,
      '<rect x="3" y="3" width="1" height="1" fill="#000000"/>',
    ]);
  });

  it("closes what a group opened, and gives it one opacity", () => {
    const pen = penOf();
    pen.group(
      "lines",
      () => {
        pen.translate(5, 5);
        pen.fillRect(0, 0, 1, 1);
      },
      0.08,
    );
    pen.fillRect(0, 0, 1, 1);
    expect(pen.body.split("\n")).toEqual([
      '<g class="hw-lines" opacity="0.08">',
      '<rect x="5" y="5" width="1" height="1" fill="#000000"/>',
      "</g>",
      '<rect x="0" y="0" width="1" height="1" fill="#000000"/>',
    ]);
  });

  it("draws round rectangles inside their box", () => {
    const pen = penOf();
    pen.beginPath();
    pen.roundRect(10, 10, 20, 10, 99);
    pen.fill();
    const numbers =
      /d="([^"]+)"/
        .exec(pen.body)?.[1]
        ?.match(/[\d.]+/g)
        ?.map(Number) ?? [];
    const xs = numbers.filter((_, i) => i % 2 === 0);
    const ys = numbers.filter((_, i) => i % 2 === 1);
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([10, 30]);
    expect([Math.min(...ys), Math.max(...ys)]).toEqual([10, 20]);
  });

  it("writes the part of a picture that is asked for, each pixel repeated", () => {
    const pen = penOf();
    const data = new Uint8ClampedArray(2 * 2 * 4).map((_, i) => (i >> 2) + 1);
    pen.imageSmoothingEnabled = false;
    encoded.length = 0;
    pen.drawImage({ width: 2, height: 2, data }, 1, 0, 1, 2, 7, 8, 1, 2);
    expect(pen.body).toBe(
      '<image x="7" y="8" width="1" height="2" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,UE5H"/>',
    );
    const [bitmap] = encoded;
    expect([bitmap?.width, bitmap?.height]).toEqual([3, 6]);
    const column = Array.from({ length: 6 }, (_, y) => bitmap?.data[y * 12]);
    expect(column).toEqual([2, 2, 2, 4, 4, 4]);
  });

  it("writes nothing for what has no size", () => {
    const pen = penOf();
    pen.fillRect(0, 0, 0, 5);
    pen.fillText("", 1, 1);
    pen.beginPath();
    pen.stroke();
    expect(pen.body).toBe("");
  });
});
