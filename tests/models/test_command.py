from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest
from safetensors.numpy import load

import headwise
from headwise.cli import main
from headwise.samples import load_minilm

pytestmark = pytest.mark.models

TEXTS = ["The cat is very sad.", "Because it could not find food to eat."]
STATE = re.compile(r'id="headwise-state">(.*?)</script>')


def state_of(path):
    return json.loads(STATE.search(path.read_text("utf-8"))[1])


def test_show_writes_a_page_with_the_attention_of_minilm(tmp_path, capsys):
    target = tmp_path / "attention.html"
    assert main(["show", *TEXTS, "-o", str(target), "--layer", "3", "--heads", "1"]) == 0
    assert capsys.readouterr().out == f"{target} ({target.stat().st_size / 1e6:.2f} MB)\n"
    state = state_of(target)
    assert state["traits"]["layer"] == 3
    assert state["traits"]["selection"]["heads"] == [[3, 1]]
    trace = headwise.trace(*load_minilm(), *TEXTS)
    tensors = load(zlib.decompress(base64.b64decode(state["tensors"])))
    np.testing.assert_array_equal(tensors["w/encoder/3"], trace.weights(3))


def test_show_takes_a_model_from_a_folder(tmp_path):
    model, tokenizer = load_minilm()
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    target = tmp_path / "page.html"
    assert main(["show", TEXTS[0], "--model", str(tmp_path / "model"), "-o", str(target)]) == 0
    assert state_of(target)["traits"]["_trace"]["model"] == "bert"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "-o", "FOLDER/x.html"], "text"),
        (["a b", "-o", "FOLDER/x.html", "--layer", "6"], "layer 6 .* has layers 0 to 5"),
        (["a b", "-o", "FOLDER/x.html", "--heads", "0,12"], "head 12 does not exist.*0 to 11"),
        (["a b", "-o", "FOLDER/missing/x.html"], "cannot write the page to .*missing"),
        (["a b", "--model", "FOLDER/none", "-o", "FOLDER/x.html"], "cannot load the model .*none"),
    ],
)
def test_what_is_wrong_is_said_on_stderr(tmp_path, capsys, arguments, said):
    given = [argument.replace("FOLDER", str(tmp_path)) for argument in arguments]
    assert main(["show", *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(f"^headwise: .*{said}", err, re.MULTILINE)
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
