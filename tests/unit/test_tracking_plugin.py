"""The tab of TensorBoard, through TensorBoard's own WSGI application."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from headwise import tracking

pytest.importorskip("tensorboard", reason="needs headwise[track]")
program = pytest.importorskip("tensorboard.program")
core = pytest.importorskip("tensorboard.plugins.core.core_plugin")
testing = pytest.importorskip("werkzeug.test")
plugin = pytest.importorskip("headwise.tracking.plugin")
application = pytest.importorskip("tensorboard.backend.application")

AT = "/data/plugin/headwise"
EVIL = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def logs(make_trace, tmp_path):
    """Two runs below one log folder: of events with two steps, of a plain folder with one."""

    def snapshot(step):
        heads = np.array([(0, 0), (0, 1)])
        trace = make_trace(1, 2, 4, labels=[EVIL, "a", "b", "c"])
        values = {"self": np.array([0.1, 0.2])}
        return tracking.Snapshot(step, [trace], heads, values, ["model", "head"], ["x"])

    for sink, steps in (
        (tracking.TensorBoardSink(tmp_path / "logs/a b"), (0, 100)),
        (tracking.FolderSink(tmp_path / "logs/deep/er"), (7,)),
    ):
        sink.start(tracking.RunFacts())
        for step in steps:
            sink.log(snapshot(step))
        sink.close()
    (tmp_path / "secret.html").write_text("secret")
    return tmp_path / "logs"


def client_of(folder):
    """Open TensorBoard on a folder, as its command does, without a port."""
    board = program.TensorBoard(plugins=[core.CorePluginLoader(), plugin.HeadwisePlugin])
    board.configure(logdir=str(folder), load_fast="false", reload_interval=0)
    made = application.TensorBoardWSGIApp(board.flags, board.plugin_loaders, data_provider=None)
    return testing.Client(made)


@pytest.fixture
def client(logs):
    return client_of(logs)


def test_the_runs_with_their_steps_and_views(client):
    answer = client.get(f"{AT}/runs")
    assert answer.status_code == 200
    assert json.loads(answer.data) == [
        {
            "run": "a b",
            "steps": [
                {"step": 0, "views": ["head", "model"]},
                {"step": 100, "views": ["head", "model"]},
            ],
        },
        {"run": "deep/er", "steps": [{"step": 7, "views": ["head", "model"]}]},
    ]


def test_a_page_is_the_one_that_was_logged_in_an_origin_of_its_own(client, logs):
    answer = client.get(f"{AT}/page", query_string={"run": "a b", "step": 100, "view": "model"})
    assert answer.status_code == 200
    assert answer.data == (logs / "a b/headwise/step-00000100/model.html").read_bytes()
    assert EVIL.encode() not in answer.data
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in policy
    assert "connect-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_has_the_scheme_that_is_asked_for(client):
    asked = {"run": "a b", "step": 100, "view": "model"}
    kept = client.get(f"{AT}/page", query_string=asked).data
    either, dark = (f'<meta name="color-scheme" content="{one}">' for one in ("light dark", "dark"))
    assert kept.count(either.encode()) == 1
    answer = client.get(f"{AT}/page", query_string={**asked, "scheme": "dark"})
    assert answer.data == kept.replace(either.encode(), dark.encode())
    answer = client.get(f"{AT}/page", query_string={**asked, "scheme": '"><script>'})
    assert answer.data == kept


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"run": "a b", "step": 100},
        {"run": "none", "step": 0, "view": "model"},
        {"run": "a b", "step": 1, "view": "model"},
        {"run": "a b", "step": "x", "view": "model"},
        {"run": "a b", "step": 0, "view": "trace-0"},
        {"run": "a b", "step": 0, "view": "../../../secret"},
        {"run": "..", "step": 0, "view": "secret"},
        {"run": "a b/../a b", "step": 0, "view": "model"},
    ],
)
def test_nothing_else_is_served(client, asked):
    answer = client.get(f"{AT}/page", query_string=asked)
    assert answer.status_code == 404
    assert b"secret" not in answer.data


def test_a_page_that_leads_out_of_the_folder_is_not_served(client, logs, tmp_path):
    page = logs / "a b/headwise/step-00000000/model.html"
    page.unlink()
    page.symlink_to(tmp_path / "secret.html")
    listed = json.loads(client.get(f"{AT}/runs").data)
    assert listed[0]["steps"][0] == {"step": 0, "views": ["head"]}
    answer = client.get(f"{AT}/page", query_string={"run": "a b", "step": 0, "view": "model"})
    assert answer.status_code == 404


def test_tensorboard_lists_the_tab_and_loads_its_script(client):
    listed = json.loads(client.get("/data/plugins_listing").data)["headwise"]
    assert listed["enabled"] is True
    assert listed["tab_name"] == "Attention heads"
    assert listed["loading_mechanism"]["type"] == "IFRAME"
    script = client.get(f"{AT}/index.js")
    assert script.status_code == 200
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert b"export async function render" in script.data
    assert client.get(f"{AT}/tab.css").status_code == 200
    entry = client.get("/data/plugin_entry.html", query_string={"name": "headwise"})
    assert b'import("./index.js")' in entry.data
    for body in (script.data, client.get(f"{AT}/tab.css").data):
        assert b"http://" not in body
        assert b"https://" not in body


def test_the_page_is_framed_without_the_origin_of_tensorboard():
    script = Path(plugin.__file__).parent.joinpath("tab", "index.js").read_text()
    assert 'setAttribute("sandbox", "allow-scripts")' in script
    assert "innerHTML" not in script


def test_a_folder_without_pages_has_no_tab(tmp_path):
    client = client_of(tmp_path)
    listed = json.loads(client.get("/data/plugins_listing").data)
    assert listed["headwise"]["enabled"] is False
    assert json.loads(client.get(f"{AT}/runs").data) == []


def test_the_entry_point_names_the_plugin():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["tensorboard_plugins"] == {
        "headwise": "headwise.tracking.plugin:HeadwisePlugin"
    }
    assert plugin.HeadwisePlugin.plugin_name == "headwise"
