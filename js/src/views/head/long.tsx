import type { ReadonlySignal } from "@preact/signals";
import type { Finder } from "./finder.ts";
import type { Jump } from "./jump.ts";

/** Controls of lists that scroll: find a token, and go to the strongest key of the locked one. */

export interface LongProps {
  shown: ReadonlySignal<boolean>;
  finder: Finder;
  /** Where the strongest token is, or why that cannot be said. */
  jump: ReadonlySignal<Jump | string>;
  onJump: (jump: Jump) => void;
  /** Makes the ids of the list unique in the page. */
  id: string;
  /** The focus goes back to where it came from. */
  onReturn: (to: EventTarget | null) => void;
}

const LISTED = 50;

export function LongTools({ shown, finder, jump, onJump, id, onReturn }: LongProps) {
  if (!shown.value) return null;
  return (
    <>
      <Find finder={finder} id={id} onReturn={onReturn} />
      <Strongest jump={jump.value} onJump={onJump} />
    </>
  );
}

function Strongest({ jump, onJump }: { jump: Jump | string; onJump: (jump: Jump) => void }) {
  const there = typeof jump !== "string";
  const side = there ? jump.side : "key";
  return (
    <button
      type="button"
      class="hw-button hw-strongest"
      disabled={!there}
      title={there ? `Scroll to the ${side} with the largest weight` : jump}
      onClick={() => there && onJump(jump)}
    >
      Strongest {side}
      <span class="hw-arrow">{there ? jump.arrow : ""}</span>
    </button>
  );
}

function Find({ finder, id, onReturn }: Pick<LongProps, "finder" | "id" | "onReturn">) {
  const { matches, active, open } = finder;
  const count = matches.value.length;
  const list = `${id}-matches`;
  const typed = finder.text.value.trim() !== "";
  const keys: Record<string, () => void> = {
    Enter: () => finder.enter(),
    ArrowDown: () => finder.step(1),
    ArrowUp: () => finder.step(-1),
    Escape: () => {
      // First: it goes to what was found.
      onReturn(finder.from);
      finder.clear();
    },
  };
  return (
    <span class="hw-find">
      <input
        class="hw-find-input"
        type="text"
        role="combobox"
        placeholder="find a token"
        aria-label="Find a token"
        aria-autocomplete="list"
        aria-expanded={open.value && count > 0}
        aria-controls={list}
        aria-activedescendant={open.value && count > 0 ? `${list}-${active.value}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={finder.text.value}
        onInput={(event) => finder.type(event.currentTarget.value)}
        onFocus={(event) => {
          finder.from = event.relatedTarget;
        }}
        onBlur={() => finder.leave()}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act || event.isComposing) return;
          act();
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span class="hw-find-count" role="status">
        {typed && (count === 0 ? "none" : `${active.value + 1} of ${count}`)}
      </span>
      {open.value && count > 0 && <Matches finder={finder} id={list} />}
    </span>
  );
}

/** Scrolls the list alone: `scrollIntoView` would take the page along. */
function intoSight(node: HTMLElement | null): void {
  const list = node?.parentElement;
  if (!node || !list) return;
  const least = node.offsetTop + node.offsetHeight - list.clientHeight;
  list.scrollTop = Math.min(node.offsetTop, Math.max(list.scrollTop, least));
}

/** At most 50, around the one that Enter goes to. */
function Matches({ finder, id }: { finder: Finder; id: string }) {
  const all = finder.matches.value;
  const at = finder.active.value;
  const from = at < LISTED ? 0 : at - LISTED + 1;
  const listed = all.slice(from, from + LISTED);
  const more = all.length - listed.length;
  return (
    <div class="hw-matches">
      <div id={id} class="hw-matches-list" role="listbox" aria-label="Tokens found">
        {listed.map(({ side, item, label, number }, i) => (
          <div
            key={`${side} ${item}`}
            id={`${id}-${from + i}`}
            class="hw-match"
            role="option"
            tabIndex={-1}
            aria-selected={from + i === at}
            ref={from + i === at ? intoSight : null}
            onPointerDown={(event) => {
              // The focus stays in the field.
              event.preventDefault();
              finder.choose(from + i);
            }}
          >
            <span class="hw-match-label" dir="auto">
              {label}
            </span>
            <span class="hw-quiet">{side === "key" ? `key ${number}` : number}</span>
          </div>
        ))}
      </div>
      {more > 0 && <div class="hw-matches-more">and {more} more</div>}
    </div>
  );
}

export function focusFind(toolbar: HTMLElement): boolean {
  const field = toolbar.querySelector<HTMLInputElement>(".hw-find-input");
  field?.focus();
  field?.select();
  return field !== null;
}
