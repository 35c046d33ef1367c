// What a notebook's widget manager and anywidget do: one model that talks to Python by messages.
// A frame is: uint32 length of a JSON list, the list, then the buffers that its messages name.

function parseFrame(bytes) {
  const jsonLength = new DataView(bytes).getUint32(0, true);
  const messages = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, jsonLength)));
  let offset = 4 + jsonLength;
  for (const message of messages) {
    message.buffers = message.bufferLengths.map((length) => {
      const view = new DataView(bytes.slice(offset, offset + length));
      offset += length;
      return view;
    });
  }
  return messages;
}

function stateOf(message) {
  const { state, buffer_paths: paths = [] } = message.data;
  paths.forEach((path, index) => {
    let holder = state;
    for (const key of path.slice(0, -1)) holder = holder[key];
    holder[path.at(-1)] = message.buffers[index];
  });
  return state;
}

class Model {
  widget_manager = {};
  #state;
  #changed = {};
  #listeners = new Map();

  constructor(state) {
    this.#state = state;
  }

  get(key) {
    return this.#state[key];
  }

  set(key, value) {
    this.#state[key] = value;
    this.#changed[key] = value;
    this.#emit(`change:${key}`, this, value);
    this.#emit("change", this);
  }

  save_changes() {
    if (Object.keys(this.#changed).length === 0) return;
    const state = this.#changed;
    this.#changed = {};
    this.#post({ method: "update", state, buffer_paths: [] });
  }

  send(content) {
    this.#post({ method: "custom", content });
  }

  on(name, callback) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(callback);
  }

  off(name, callback) {
    if (callback) this.#listeners.get(name)?.delete(callback);
    else if (name) this.#listeners.delete(name);
    else this.#listeners.clear();
  }

  #emit(name, ...values) {
    for (const callback of [...(this.#listeners.get(name) ?? [])]) callback(...values);
  }

  async #post(data) {
    const body = JSON.stringify(data);
    const answer = await fetch("/headwise/message", { method: "POST", body });
    for (const message of parseFrame(await answer.arrayBuffer())) this.#take(message);
  }

  #take(message) {
    if (message.data.method === "custom") {
      this.#emit("msg:custom", message.data.content, message.buffers);
    } else if (message.data.method === "update") {
      const state = stateOf(message);
      Object.assign(this.#state, state);
      for (const [key, value] of Object.entries(state)) this.#emit(`change:${key}`, this, value);
      this.#emit("change", this);
    }
  }
}

const opening = await fetch("/headwise/open");
const state = stateOf(parseFrame(await opening.arrayBuffer()).at(-1));
const style = document.createElement("style");
style.textContent = state._css;
document.head.append(style);
const module = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
const { default: exported } = await import(module);
const widget = typeof exported === "function" ? await exported() : exported;
const model = new Model(state);
const shared = { model, experimental: {}, signal: new AbortController().signal };
await widget.initialize?.(shared);
await widget.render({ ...shared, el: document.querySelector("#view") });
