from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwise.errors import OutOfRange
from headwise.wire.protocol import read_marginals, read_tile
from headwise.wire.rpc import answer

TILE = {"block": "encoder", "layer": 0, "axis": "query", "start": 0, "stop": 2, "dtype": "f32"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def fails(error):
    def handler(_params):
        raise error

    return handler


HANDLERS = {
    "echo": lambda params: json.dumps(params).encode(),
    "tile": lambda params: read_tile(params)["block"].encode(),
    "marginals": lambda params: read_marginals(params)["block"].encode(),
    "range": fails(OutOfRange("layer 7 does not exist: this trace has layers 0 to 5")),
    "broken": fails(ZeroDivisionError("division by zero")),
    "silent": fails(RuntimeError()),
}
METHODS = sorted(HANDLERS)


def request(method, params=None, **changes):
    return {"v": 1, "id": "a-1", "method": method, "params": {} if params is None else params} | (
        changes
    )


def test_an_answer_carries_the_id_and_one_buffer():
    reply, buffers = answer(HANDLERS, request("echo", {"n": 0}, id="tab-7"))
    assert reply == {"v": 1, "id": "tab-7", "ok": True}
    assert buffers == [b'{"n": 0}']


def test_an_expected_error_is_answered_in_its_own_words(caplog):
    reply, buffers = answer(HANDLERS, request("range"))
    assert reply == {
        "v": 1,
        "id": "a-1",
        "ok": False,
        "error": {
            "type": "OutOfRange",
            "message": "layer 7 does not exist: this trace has layers 0 to 5",
        },
    }
    assert buffers == []
    assert not caplog.records


def test_an_unexpected_error_is_answered_and_logged(caplog):
    reply, _ = answer(HANDLERS, request("broken"))
    assert reply["error"] == {"type": "ZeroDivisionError", "message": "division by zero"}
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_an_error_without_words_is_answered_with_its_name():
    reply, _ = answer(HANDLERS, request("silent"))
    assert reply["error"] == {"type": "RuntimeError", "message": "RuntimeError"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (None, "a request must be an object, not NoneType"),
        ([], "a request must be an object, not list"),
        ({}, "a request needs an 'id'"),
        ({"id": True}, "a request needs an 'id'"),
        (request("echo", v=2), "protocol 2, Python speaks 1"),
        (request("echo", params=3), "parameters of a request must be an object, not int"),
        (request("eval"), "unknown method 'eval'; known methods: broken, echo"),
        (request(["tile"]), "unknown method"),
        (request("tile", {}), "parameter 'block' is missing"),
        (request("tile", TILE | {"block": 3}), "parameter 'block' must be str, not int"),
        (request("tile", TILE | {"layer": True}), "parameter 'layer' must be int, not bool"),
        (request("tile", TILE | {"layer": 1.5}), "parameter 'layer' must be int, not float"),
        (request("tile", TILE | {"axis": "rows"}), "'axis' must be one of all, query, key"),
        (request("tile", TILE | {"dtype": None}), "'dtype' must be one of f32, u8; got None"),
        (
            request("marginals", {"block": "x", "layer": 0, "sentences": "all"}),
            "parameter 'hide_special' is missing",
        ),
    ],
)
def test_a_malformed_request_is_answered_with_what_is_wrong(message, said):
    reply, buffers = answer(HANDLERS, message)
    assert reply["ok"] is False
    assert reply["error"]["type"] == "InputError"
    assert said in reply["error"]["message"]
    assert buffers == []


@given(json_values)
def test_anything_gets_an_answer_that_json_can_carry(message):
    reply, buffers = answer(HANDLERS, message)
    assert json.loads(json.dumps(reply)) == reply
    assert len(buffers) == int(reply["ok"])


@given(
    st.fixed_dictionaries(
        {
            "v": st.just(1),
            "id": st.text() | st.integers(),
            "method": st.sampled_from(list(HANDLERS)),
        },
        optional={"params": json_values},
    )
)
def test_every_request_with_an_id_is_answered_under_it(message):
    reply, _ = answer(HANDLERS, message)
    assert reply["id"] == message["id"]
