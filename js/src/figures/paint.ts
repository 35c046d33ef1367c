/** A colour as every reader of SVG knows it, and how opaque it is. */
export interface Paint {
  color: string;
  opacity: number;
}

/** Takes #rgb, #rrggbb and rgb() with commas or spaces, with or without a share of opacity. */
export function paintOf(css: string): Paint {
  const inside = /^rgba?\(([^)]*)\)$/.exec(css)?.[1];
  if (inside === undefined) return { color: css, opacity: 1 };
  const [red = "0", green = "0", blue = "0", alpha = "1"] = inside.split(/[\s,/]+/).filter(Boolean);
  const byte = (channel: string) => Math.round(Number(channel)).toString(16).padStart(2, "0");
  const opacity = alpha.endsWith("%") ? Number.parseFloat(alpha) / 100 : Number(alpha);
  return { color: `#${byte(red)}${byte(green)}${byte(blue)}`, opacity };
}

/** Size in px and weight of a CSS font such as "bold 13px Arial". */
export function fontOf(css: string): { bold: boolean; size: number } {
  const size = /([\d.]+)px/.exec(css)?.[1];
  return { bold: /(^|\s)bold\s/.test(css), size: Number(size ?? 13) };
}
