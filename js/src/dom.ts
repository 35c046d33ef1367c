/** An element with a class, put into its parent. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  parent?: Node,
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  parent?.appendChild(node);
  return node;
}

/** A canvas that screen readers pass over: what it shows is said elsewhere. */
export function canvasIn(className: string, parent: Node): HTMLCanvasElement {
  const canvas = element("canvas", className, parent);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/** An id that no other view of the page has. */
export function newId(): string {
  return `hw-${Math.random().toString(36).slice(2, 8)}`;
}

/** A canvas context sized in CSS px and sharp on dense screens. */
export function sizeCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  ratio: number,
): CanvasRenderingContext2D {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext("2d");
  if (!ctx) throw new Error("this browser has no canvas");
  return ctx;
}

/** Width of the widest text in a CSS font. */
export function measurer(): (labels: string[], font: string) => number {
  const ctx = document.createElement("canvas").getContext("2d");
  return (labels, font) => {
    if (!ctx) return 0;
    ctx.font = font;
    let widest = 0;
    for (const label of labels) widest = Math.max(widest, ctx.measureText(label).width);
    return widest;
  };
}
