/** Text and numbers as XML may hold them. */

/** Characters that XML 1.0 has no place for, also as references: controls, halves of surrogate pairs, U+FFFE, U+FFFF. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** The text with � for what XML has no place for. */
export function cleaned(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd");
}

/** Text as it stands in an element or between double quotes. */
export function escaped(text: string): string {
  return cleaned(text).replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? character);
}

/** At most so many decimals, none that are 0. */
export function decimal(value: number, decimals = 2): string {
  const unit = 10 ** decimals;
  return String(Math.round(value * unit) / unit);
}

/** `name="value"` of each attribute that is not undefined, with a space before it. */
export function attributes(values: Record<string, string | number | undefined>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === "number" ? decimal(value) : escaped(String(value));
      return ` ${name}="${text}"`;
    })
    .join("");
}
