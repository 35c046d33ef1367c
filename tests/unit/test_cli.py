from __future__ import annotations

import sys

import pytest

from headwise.cli import main
from headwise.version import __version__


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"headwise {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: command"),
        (["show"], "required: text"),
        (["show", "a", "--heads", "1,b"], "'1,b' is not a list of head numbers such as 1,7"),
        (["show", "a", "--layer", "x"], "invalid int value: 'x'"),
    ],
)
def test_wrong_arguments_show_the_usage(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_without_torch_the_command_says_what_to_install(monkeypatch, capsys, tmp_path):
    for name in [name for name in sys.modules if name.startswith("headwise.capture")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["show", "a", "-o", str(tmp_path / "x.html")]) == 2
    assert "pip install 'headwise[hf]'" in capsys.readouterr().err
