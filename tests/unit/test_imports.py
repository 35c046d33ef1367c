import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import headwise

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "headwise"
LOWER = (
    "record",
    "softmax",
    "masks",
    "block",
    "batch",
    "imports",
    "reduce",
    "thumbnails",
    "metrics",
    "bands",
    "wire",
    "tokens",
    "labels",
    "selection",
    "trace",
    "storage",
)
HEAVY = {"torch", "transformers", "anywidget", "IPython", "traitlets", "pandas"}
TRACKERS = {"tensorboard", "wandb", "trackio", "accelerate", "werkzeug", "google"}
# Parts that run a model.
MODELS = {"capture", "intervene"}
# Parts that make tables, of which each imports pandas inside a function.
TABLES = {"metrics", "probes"}
# Probes are fitted with torch, which has nothing to do with reading a model; the rest of `probes`
# imports this module inside functions.
FITTING = {PACKAGE / "probes" / "training.py"}
# A callback of transformers' Trainer is a class of it, and a model in training has torch's states.
TRAINING = {PACKAGE / "tracking" / name for name in ("callback.py", "resting.py")}
# TensorBoard loads its plugins itself, so that one may import it; readers and sinks do not.
PLUGIN = {PACKAGE / "tracking" / "plugin.py"}
# What a part of the package may import from the rest of it. Imports go down.
BASE = {"errors", "labels", "tokens", "selection"}
DATA = BASE | {"record", "masks", "block", "trace", "batch", "storage", "version"}
ALLOWED = {
    "errors": set(),
    "version": set(),
    "labels": {"errors"},
    "tokens": {"errors", "labels"},
    "selection": {"errors", "trace"},
    "masks": set(),
    "softmax": set(),
    "record": {"errors", "masks", "softmax"},
    "block": BASE | {"record"},
    "trace": BASE | {"record", "masks", "block", "storage", "xarrays"},
    "xarrays": {"errors", "block", "trace"},
    "batch": {"errors", "trace"},
    "storage": BASE | {"record", "masks", "block", "trace"},
    "reduce": BASE | {"record", "masks"},
    "thumbnails": {"errors", "record", "masks"},
    "bands": {"record", "masks"},
    "metrics": DATA | {"bands", "softmax"},
    "imports": DATA,
    # Words are read by a model: capture is imported where the model runs.
    "probes": DATA | {"metrics", "capture"},
    # Scores of a model that runs: the arithmetic of them is in metrics.
    "capture": DATA | {"metrics"},
    "intervene": DATA | {"capture", "locks"},
    "wire": DATA | {"reduce", "thumbnails", "metrics", "bands"},
    "assets": {"errors", "version"},
    "threads": set(),
    "locks": set(),
    # Export and widgets are one floor: a view writes itself as a page.
    "widgets": DATA
    | {
        "reduce",
        "thumbnails",
        "bands",
        "wire",
        "assets",
        "export",
        "threads",
        "locks",
        "capture",
        "intervene",
        "tracking",
    },
    "export": DATA | {"reduce", "thumbnails", "bands", "wire", "assets", "widgets", "threads"},
    # Widgets are imported where a page is made, capture where a model is read.
    "tracking": DATA | {"metrics", "export", "capture"},
    "bertviz": DATA | {"imports", "capture", "widgets", "export", "reduce"},
    "samples": DATA | {"capture"},
    "cli": DATA | {"capture", "samples", "export", "widgets", "__init__"},
    "__init__": DATA | {"imports", "capture", "intervene", "metrics", "tracking", "widgets"},
    "__main__": {"cli"},
}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py"))


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Absolute names that a module imports anywhere, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torch_and_transformers_are_imported_where_models_run(path):
    tops = {name.partition(".")[0] for name in imported(path)}
    if part_of(path) not in MODELS and path not in FITTING | TRAINING:
        assert not tops & {"torch", "transformers", "tokenizers"}
    if part_of(path) in LOWER:
        assert not tops & (HEAVY - {"pandas"} if part_of(path) in TABLES else HEAVY)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_trackers_are_imported_where_they_are_used(path):
    tops = {name.partition(".")[0] for name in imported(path)}
    if path not in PLUGIN:
        assert not tops & TRACKERS


def test_tracking_is_light_until_it_is_used():
    code = (
        "import sys; import headwise; headwise.tracking.FolderSink; headwise.tracking.find_runs; "
        f"print(sorted(set({sorted(TRACKERS | HEAVY - {'traitlets'})}) & set(sys.modules)))"
    )
    assert run(code) == "[]"


def test_every_part_is_listed():
    assert {part_of(path) for path in modules()} == set(ALLOWED)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    part = part_of(path)
    ours = {name for name in imported(path) if name.partition(".")[0] == "headwise"}
    parts = {[*name.split("."), "__init__"][1] for name in ours} - {part}
    assert parts <= ALLOWED[part]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_over_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


def run(code):
    done = subprocess.run(  # noqa: S603 - this interpreter, and code written above
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    return done.stdout.strip()


def test_import_is_light():
    code = (
        "import sys, time; start = time.process_time(); import headwise; "
        "print(time.process_time() - start, "
        f"sorted(set({sorted((HEAVY | {'xarray'}) - {'traitlets'})}) & set(sys.modules)))"
    )
    seconds, _, heavy = run(code).partition(" ")
    assert heavy == "[]"
    assert float(seconds) < 0.6


def test_trace_is_the_function_however_it_is_reached():
    code = (
        "import headwise.trace as module; import headwise; from headwise import trace; "
        "assert callable(headwise.trace) and headwise.trace is trace; "
        "import importlib; importlib.reload(headwise); assert callable(headwise.trace); "
        "from headwise.trace import Trace; print(Trace is headwise.Trace)"
    )
    pytest.importorskip("transformers", reason="hw.trace needs the extra [hf]")
    assert run(code) == "True"


def test_record_is_the_function_however_it_is_reached():
    code = (
        "import headwise.record as module; import headwise; from headwise import record; "
        "assert callable(headwise.record) and headwise.record is record; "
        "from headwise.record import AttentionRecord; print(AttentionRecord.__name__)"
    )
    pytest.importorskip("transformers", reason="hw.record needs the extra [hf]")
    assert run(code) == "AttentionRecord"


def test_a_machine_without_torch_is_told_what_to_install():
    code = (
        "import sys; sys.modules['torch'] = None; import headwise\n"
        "try: headwise.trace\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    assert "pip install 'headwise[hf]'" in run(code)


def test_every_public_name_is_listed_and_unknown_ones_are_errors():
    assert set(headwise.__all__) <= set(dir(headwise))
    with pytest.raises(AttributeError, match="nothing"):
        _ = headwise.nothing


def test_the_version_is_the_one_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert headwise.__version__ == project["version"]
