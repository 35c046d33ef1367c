import { CASES, type CaseName } from "./driver.ts";

export interface Outcome {
  passed: boolean;
  /** Why the host cannot do it; the test then holds what is seen in its place. */
  cannot: string;
  remark: string;
}

export type Outcomes = Map<string, Map<CaseName, Outcome>>;

const MEANING: Record<CaseName, string> = {
  renders: "the head view is ready and its canvas has lines on it",
  "click → Python": "a locked token and a head that was switched on are read in Python",
  "Python → screen": "a selection made in Python moves layer, head and token on screen",
  "tile on demand":
    "of 512 tokens a layer that did not travel with the view is asked for and drawn",
  "error shown": "an error that Python raises while it answers stands in the view in words",
  "two views": "two cells show one widget, and a click in one moves the other",
  "model view":
    "the model view is ready, and a click on a head is read in Python where there is one",
  "light and dark":
    "the view takes the host's colours; its text stands out from the host's ground 7 : 1",
  "theme switch followed": "the same view takes the other colours while it is open",
  "no console error": "nothing is logged as an error, and no exception is left uncaught",
  "no request off localhost": "headwise asks for nothing outside this machine",
};

const PREFACE = `# Hosts

Where headwise runs. \`make test\` drives each of these in a real Chromium with the same cases (\`ui-tests/hosts/\`) and writes this page;
nothing here is written by hand.
`;

const REST = `## How each is driven

* JupyterLab and Notebook 7: a notebook on a Jupyter server with a kernel of its own.
* VS Code's widget host: the widget manager that VS Code's Jupyter extension ships, as it is published (\`@vscode/jupyter-ipywidgets8\` 1.0.9), in a
  frame that stands for the webview. A page that stands for the extension holds the kernel's socket; binary messages cross as arrays of numbers. VS Code
  itself does not run: its sandbox, its own style sheet, and how it takes views down and up again while scrolling are not tested.
* marimo: \`marimo edit\`, with the views in \`mo.ui.anywidget\`. They sit in a shadow root, and marimo may hand a message on before the values that were set
  before it; so every request carries all that its answer needs.
* Voila: a notebook rendered by Voila's extension of a Jupyter server.
* Saved page: the files of \`view.to_html\`, opened from disk with the network off.

## Policies that forbid scripts

* A saved page where scripts may not run (a mail reader, a file server with a strict policy) shows a sentence that says so.
* anywidget runs a widget's script from a \`blob:\` address. Where a policy forbids that, as VS Code's setting \`notebook.experimental.enableCsp\` does, no
  anywidget loads: the cell stays blank and the browser's console names the policy. headwise is not running then and can say nothing; \`view.to_html\` is the way out.
* headwise needs no \`BroadcastChannel\`.

## Not tested

* Colab: it cannot be run offline. It puts every output into a frame of its own, so that pointing at a token in one view shows nothing in a linked one.
* VS Code as a whole, see above. JupyterLite: torch is not to be had there.
* Of the heads view, the live view and the runs view: hosts other than JupyterLab and saved pages.
* Browsers other than Chromium.
`;

/** Numbers each different note once, in the order of the table. */
class Notes {
  readonly texts: string[] = [];

  mark(text: string): string {
    if (!this.texts.includes(text)) this.texts.push(text);
    return `(${this.texts.indexOf(text) + 1})`;
  }
}

function inWords(outcome: Outcome | undefined, notes: Notes): string {
  if (!outcome) return "not run";
  if (!outcome.passed) return "FAILED";
  if (outcome.cannot) return `cannot ${notes.mark(outcome.cannot)}`;
  return outcome.remark ? `works ${notes.mark(outcome.remark)}` : "works";
}

/** The text of docs/hosts.md: the same outcomes make the same text. */
export function hostsPage(outcomes: Outcomes, versions: string[]): string {
  const notes = new Notes();
  const row = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const hosts = [...outcomes.keys()];
  const table = [
    row(["case", ...hosts]),
    row(["---", ...hosts.map(() => "---")]),
    ...CASES.map((name) =>
      row([name, ...hosts.map((host) => inWords(outcomes.get(host)?.get(name), notes))]),
    ),
  ];
  return [
    PREFACE,
    ...table,
    "",
    ...notes.texts.map((text, index) => `${index + 1}. ${text}`),
    "",
    `Versions: ${versions.join(", ")}.`,
    "",
    "## The cases",
    "",
    row(["case", "what is held"]),
    row(["---", "---"]),
    ...CASES.map((name) => row([name, MEANING[name]])),
    "",
    REST,
  ].join("\n");
}
