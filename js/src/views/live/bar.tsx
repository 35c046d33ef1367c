import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { TextEntry } from "../../state/live.ts";
import type { LiveState } from "./state.ts";

/** The text: Enter asks the model. Earlier texts stay in a list. */

interface BoxProps {
  label: string;
  value: Signal<string>;
  placeholder?: string;
  /** Takes the focus when it comes. */
  focus?: boolean;
}

function Box({ label, value, placeholder, focus = false }: BoxProps) {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (focus) box.current?.focus();
  }, []);
  return (
    <input
      ref={box}
      type="text"
      class="hw-live-text"
      aria-label={label}
      dir="auto"
      spellcheck={false}
      autocomplete="off"
      placeholder={placeholder}
      value={value.value}
      onInput={(event) => {
        value.value = event.currentTarget.value;
      }}
    />
  );
}

const LONGEST = 60;

function nameOf(entry: TextEntry): string {
  const text = typeof entry === "string" ? entry : entry.join(" | ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

export function TextBar({ live }: { live: LiveState }) {
  const { asked, texts, answer, computing } = live;
  const text = useSignal(asked.text.value);
  const pair = useSignal(asked.text_pair.value ?? "");
  const target = useSignal(asked.target.value ?? "");
  const paired = useSignal(asked.text_pair.value !== null);
  const opened = useRef(false);
  useSignalEffect(() => {
    text.value = asked.text.value;
  });
  useSignalEffect(() => {
    pair.value = asked.text_pair.value ?? "";
    paired.value = asked.text_pair.value !== null;
  });
  useSignalEffect(() => {
    target.value = asked.target.value ?? "";
  });
  const run = () =>
    live.ask({
      text: text.value,
      text_pair: paired.value && pair.value !== "" ? pair.value : null,
      target: target.value || null,
    });
  const goBack = (entry: TextEntry) =>
    live.ask(
      typeof entry === "string"
        ? { text: entry, text_pair: null }
        : { text: entry[0], text_pair: entry[1] },
    );
  if (!live.alive.value) return null;
  return (
    <form
      class="hw-live-bar"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Box label="Text" value={text} placeholder="Type a text, Enter asks the model" />
      {paired.value ? (
        <span class="hw-live-pair">
          <Box
            label="Second sentence"
            value={pair}
            placeholder="second sentence"
            focus={opened.current}
          />
          <button
            type="button"
            class="hw-close"
            aria-label="Without a second sentence"
            onClick={() => {
              paired.value = false;
              run();
            }}
          >
            ×
          </button>
        </span>
      ) : (
        <button
          type="button"
          class="hw-button"
          onClick={() => {
            opened.current = true;
            paired.value = true;
          }}
        >
          + pair
        </button>
      )}
      {answer.value.abilities.predicts === "target" && (
        <Box label="Target so far" value={target} placeholder="what the decoder has written" />
      )}
      <button type="submit" class="hw-button">
        Run
      </button>
      {texts.value.length > 0 && (
        <select
          class="hw-select hw-live-earlier"
          aria-label="Earlier texts"
          value=""
          onChange={(event) => {
            const entry = texts.value[Number(event.currentTarget.value)];
            event.currentTarget.value = "";
            if (entry !== undefined) goBack(entry);
          }}
        >
          <option value="" disabled hidden>
            Earlier texts
          </option>
          {texts.value.map((entry, i) => (
            <option key={JSON.stringify(entry)} value={i}>
              {nameOf(entry)}
            </option>
          ))}
        </select>
      )}
      <span class="hw-live-computing hw-label" role="status">
        {computing.value ? "computing" : ""}
      </span>
    </form>
  );
}
