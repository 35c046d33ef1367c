// The tab of TensorBoard: run, view, step; each page is in a frame with an origin of its own.
// TensorBoard loads this module as it is and calls render().

const REFRESH_MS = 5000;

export async function render() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "./tab.css";
  document.head.append(style);
  document.body.append(new Tab().root);
}

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function labelled(text, control) {
  return made("label", {}, made("span", { textContent: text }), control);
}

// One page is in sight. The next is loaded behind it and takes its place when it is there; of those
// that are asked for meanwhile, the last one comes.
class Pages {
  constructor() {
    this.root = made("div", { id: "pages" });
    this.shown = "";
    this.wanted = "";
    this.coming = false;
  }

  show(address) {
    this.wanted = address;
    if (!this.coming && address !== this.shown) this.load(address);
  }

  load(address) {
    const frame = made("iframe", { title: "The interactive view of this step", inert: true });
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = address;
    this.coming = true;
    frame.addEventListener("load", () => afterFrames(2, () => this.change(frame, address)), {
      once: true,
    });
    this.root.append(frame);
  }

  change(frame, address) {
    for (const other of this.root.querySelectorAll("iframe")) if (other !== frame) other.remove();
    frame.inert = false;
    frame.id = "page";
    this.shown = address;
    this.coming = false;
    this.show(this.wanted);
  }
}

function afterFrames(count, then) {
  if (count === 0) then();
  else requestAnimationFrame(() => afterFrames(count - 1, then));
}

class Tab {
  constructor() {
    this.runs = [];
    this.steps = [];
    this.pages = new Pages();
    this.run = made("select", { id: "run" });
    this.view = made("select", { id: "view" });
    this.slider = made("input", { id: "step", type: "range", min: "0", step: "1" });
    this.number = made("output", { id: "number" });
    this.note = made("p", { id: "note" });
    this.note.setAttribute("role", "status");
    this.root = made(
      "main",
      {},
      made(
        "header",
        {},
        labelled("Run", this.run),
        labelled("View", this.view),
        labelled("Step", this.slider),
        this.number,
      ),
      this.note,
      this.pages.root,
    );
    this.run.addEventListener("change", () => this.pick());
    this.view.addEventListener("change", () => this.show());
    this.slider.addEventListener("input", () => this.show());
    // TensorBoard says on the body of its page whether it is dark.
    this.board = window.parent.document.body;
    const told = new MutationObserver(() => this.show());
    told.observe(this.board, { attributeFilter: ["class"] });
    this.show();
    this.refresh();
  }

  async refresh() {
    try {
      const answer = await fetch("./runs");
      if (!answer.ok) throw new Error(`TensorBoard answers ${answer.status}`);
      this.runs = await answer.json();
      this.note.textContent = this.runs.length
        ? ""
        : "No pages were kept below this log folder yet: headwise.tracking writes them.";
      this.pick();
    } catch (error) {
      this.note.textContent = `The runs cannot be listed: ${error.message}`;
    }
    setTimeout(() => this.refresh(), REFRESH_MS);
  }

  // The steps of the run that is picked; a slider that stands at the end stays at the end.
  pick() {
    fill(this.run, this.runs.map((each) => each.run));
    const run = this.runs.find((each) => each.run === this.run.value);
    const before = this.steps[Number(this.slider.value)]?.step;
    const atEnd = !this.steps.length || Number(this.slider.value) === this.steps.length - 1;
    this.steps = run ? run.steps : [];
    const same = this.steps.findIndex((each) => each.step === before);
    this.slider.max = String(Math.max(0, this.steps.length - 1));
    this.slider.value = String(same >= 0 && !atEnd ? same : this.steps.length - 1);
    this.show();
  }

  say() {
    const at = this.steps[Number(this.slider.value)];
    this.number.textContent = at ? `${at.step} (${Number(this.slider.value) + 1} of ${this.steps.length})` : "";
    this.slider.setAttribute("aria-valuetext", at ? `step ${at.step}` : "no step");
    return at;
  }

  show() {
    const scheme = this.board.classList.contains("dark-mode") ? "dark" : "light";
    document.documentElement.classList.toggle("dark", scheme === "dark");
    const at = this.say();
    fill(this.view, at ? at.views : []);
    this.pages.root.hidden = !at;
    if (!at) return;
    const [run, view] = [this.run.value, this.view.value];
    this.pages.show(`./page?${new URLSearchParams({ run, step: at.step, view, scheme })}`);
  }
}

function fill(select, names) {
  const before = select.value;
  const now = Array.from(select.options, (each) => each.value);
  if (now.length === names.length && now.every((name, place) => name === names[place])) return;
  select.replaceChildren(...names.map((name) => made("option", { value: name, textContent: name })));
  if (names.includes(before)) select.value = before;
}
