import type { Traits } from "../../src/state/types.ts";

type Listener = (...args: unknown[]) => void;

/** The part of anywidget's model that the host adapter uses. */
export class FakeModel {
  readonly messages: object[] = [];
  readonly saves: Partial<Traits>[] = [];
  readonly widget_manager: { kernel: unknown };
  readonly #listeners = new Map<string, Set<Listener>>();
  #dirty: Partial<Traits> = {};

  constructor(
    private readonly traits: Traits,
    kernel: unknown = null,
  ) {
    this.widget_manager = { kernel };
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return this.traits[name];
  }

  set<K extends keyof Traits>(name: K, value: Traits[K]): void {
    this.#dirty[name] = value;
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    this.saves.push(this.#dirty);
    this.#dirty = {};
  }

  receive(values: Partial<Traits>): void {
    Object.assign(this.traits, values);
    for (const name of Object.keys(values)) this.emit(`change:${name}`);
  }

  send(message: object): void {
    this.messages.push(message);
  }

  on(event: string, listener: Listener): void {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  emit(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...args);
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, all) => sum + all.size, 0);
  }
}
