import { Fragment } from "preact";
import type { GridLayout } from "../model/layout.ts";
import type { Told } from "./words.ts";

interface CardProps {
  form: GridLayout["facts"];
  told: Told | null;
}

/** The numbers of one head: a card beside the list, or lines below. */
export function Card({ form, told }: CardProps) {
  if (!told) return null;
  const { title, metric, place, rows } = told;
  if (form === "lines")
    return (
      <p class="hw-facts-lines">
        <b>{title}</b>
        <span>
          {metric.name} <b>{metric.value}</b> {place}
        </span>
        {rows.map(({ name, value, about }) => (
          <span key={name} title={about || undefined}>
            <span class="hw-fact-name">{name}</span> {value}
          </span>
        ))}
      </p>
    );
  return (
    <>
      <b class="hw-facts-title">{title}</b>
      <p class="hw-facts-main">
        {metric.name} <b>{metric.value}</b>
      </p>
      <p class="hw-facts-hint">{[place, metric.about].filter(Boolean).join(": ")}</p>
      <dl>
        {rows.map(({ name, value, about }) => (
          <Fragment key={name}>
            <dt title={about || undefined}>{name}</dt>
            <dd title={value}>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}
