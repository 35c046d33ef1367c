import type { Axis } from "./axis.ts";
import type { SideName } from "./hit.ts";

/** A token whose label contains what is searched for, or that has that number. */
export interface Match {
  side: SideName;
  item: number;
  label: string;
  /** As it is shown. */
  number: number;
}

export interface Haystack {
  side: SideName;
  axis: Pick<Axis, "labels" | "tokens" | "itemOf">;
}

/**
 * A text as it is searched: without case, accents and forms of letters, the same in every locale. Upper case makes İ, ı, i and I one, ß and ss,
 * ς and σ.
 */
export function folded(text: string): string {
  const bare = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return bare.toUpperCase().normalize("NFC");
}

/** The token with the number, then labels that contain the text, in their order. */
export function findTokens(lists: Haystack[], text: string, base: number): Match[] {
  const wanted = folded(text.trim());
  if (wanted === "") return [];
  const numbered = /^\d+$/.test(wanted)
    ? lists.map(({ axis }) => axis.itemOf[Number(wanted) - base])
    : [];
  const matchOf = ({ side, axis }: Haystack, item: number): Match => ({
    side,
    item,
    label: axis.labels[item] ?? "",
    number: (axis.tokens[item]?.[0] ?? item) + base,
  });
  const byNumber = lists.flatMap((list, i) => {
    const item = numbered[i];
    return item === undefined ? [] : [matchOf(list, item)];
  });
  const byLabel = lists.flatMap((list, i) =>
    list.axis.labels.flatMap((label, item) =>
      item !== numbered[i] && hasText(list, item) && folded(label).includes(wanted)
        ? [matchOf(list, item)]
        : [],
    ),
  );
  return [...byNumber, ...byLabel];
}

/** A sink is no token. */
function hasText({ axis }: Haystack, item: number): boolean {
  return (axis.tokens[item]?.length ?? 0) > 0;
}
