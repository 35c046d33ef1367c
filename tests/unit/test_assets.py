from __future__ import annotations

import pytest

from headwise.assets import _read, read_asset
from headwise.errors import HeadwiseError
from headwise.version import __version__


@pytest.mark.parametrize("name", ["head.js", "head-page.js", "headwise.css"])
def test_the_built_front_end_is_of_this_version(name):
    assert read_asset(name).startswith(f"/* headwise {__version__} */\n")


def test_a_missing_bundle_says_how_to_build_it(tmp_path):
    with pytest.raises(HeadwiseError, match=r"head\.js is missing.*make build"):
        _read(tmp_path, "head.js", "0.1.0")


@pytest.mark.parametrize("text", ["", "export default {}", "/* headwise 0.0.9 */\nexport{}"])
def test_a_bundle_of_another_version_is_refused(tmp_path, text):
    (tmp_path / "head.js").write_text(text)
    with pytest.raises(HeadwiseError, match=r"not of headwise 0\.1\.0.*make build"):
        _read(tmp_path, "head.js", "0.1.0")
