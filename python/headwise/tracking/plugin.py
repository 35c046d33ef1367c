"""The tab of TensorBoard: the interactive page of each run and step, with a slider.

TensorBoard finds `HeadwisePlugin` by the entry point ``tensorboard_plugins``.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from headwise.tracking.layout import FOLDER, folders_of_logs, kept_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

NAME: Final = "headwise"
_FRONT: Final = Path(__file__).parent / "tab"
_FILES: Final = {"index.js": "text/javascript", "tab.css": "text/css"}
# A page runs its own script in an origin of its own and reaches nothing, whoever opens it.
_PAGE_POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; form-action 'none'; "
    "base-uri 'none'"
)
_SCHEMES: Final = ("light", "dark")
_EITHER: Final = b'<meta name="color-scheme" content="light dark">'
_NEVER_KEPT: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_PATIENCE: Final = 2.0

Pages = dict[str, dict[int, dict[str, Path]]]


class HeadwisePlugin(base_plugin.TBPlugin):
    """Serves the pages that `TensorBoardSink` and `FolderSink` kept below the log folder.

    Parameters
    ----------
    context : tensorboard.plugins.base_plugin.TBContext
    """

    plugin_name = NAME

    def __init__(self, context: Any) -> None:  # noqa: ANN401 - TensorBoard publishes no types
        logdir: str | None = context.logdir
        self._top = Path(logdir).expanduser() if logdir else None
        self._found: Pages = {}
        self._looked = float("-inf")

    def get_plugin_apps(self) -> dict[str, WSGIApplication]:
        """List what is served, by the end of its address."""
        served = {"/runs": self._serve_runs, "/page": self._serve_page}
        served |= {f"/{name}": self._serve_front for name in _FILES}
        return {address: _application(answer) for address, answer in served.items()}

    def is_active(self) -> bool:
        """Whether there is a page to show."""
        return bool(self._pages())

    def frontend_metadata(self) -> Any:  # noqa: ANN401 - as above
        """Name the tab and its script."""
        return base_plugin.FrontendMetadata(es_module_path="/index.js", tab_name="Attention heads")

    def _serve_runs(self, _request: wrappers.Request) -> wrappers.Response:
        listed = [
            {
                "run": run,
                "steps": [{"step": step, "views": sorted(steps[step])} for step in sorted(steps)],
            }
            for run, steps in sorted(self._pages().items())
        ]
        return _respond(json.dumps(listed).encode(), "application/json")

    def _serve_page(self, request: wrappers.Request) -> wrappers.Response:
        asked = request.args
        try:
            # What is asked for is looked up in what was found; no path is made of it.
            path = self._pages()[asked["run"]][int(asked["step"])][asked["view"]]
            page = path.read_bytes()
        except (KeyError, ValueError, OSError):
            return _respond(b"There is no such page.", "text/plain", 404)
        scheme = asked.get("scheme")
        if scheme in _SCHEMES:
            # Browsers differ in whether a framed page takes the scheme of what is around it.
            page = page.replace(_EITHER, _EITHER.replace(b"light dark", scheme.encode()), 1)
        return _respond(page, "text/html", 200, {"Content-Security-Policy": _PAGE_POLICY})

    def _serve_front(self, request: wrappers.Request) -> wrappers.Response:
        name = request.path.rpartition("/")[2]
        return _respond((_FRONT / name).read_bytes(), _FILES[name])

    def _pages(self) -> Pages:
        """Find the pages below the log folder; a moment later the same are answered."""
        if self._top is None:
            return {}
        if time.monotonic() - self._looked > _PATIENCE:
            self._found = _below(self._top)
            self._looked = time.monotonic()
        return self._found


def _below(top: Path) -> Pages:
    found: Pages = {}
    for folder, folders, _ in folders_of_logs(top):
        if FOLDER not in folders:
            continue
        steps = {
            step.step: {file.name: file.path for file in step.files if file.kind == "page"}
            for _, _, step in kept_steps(folder, {})
        }
        with_pages = {step: views for step, views in steps.items() if views}
        if with_pages:
            found[folder.relative_to(top).as_posix()] = with_pages
    return found


def _application(answer: Callable[[wrappers.Request], wrappers.Response]) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return answer(wrappers.Request(environ))(environ, start)

    return application


def _respond(
    body: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None
) -> wrappers.Response:
    return wrappers.Response(
        body,
        status=status,
        content_type=f"{kind}; charset=utf-8",
        headers={**_NEVER_KEPT, **(headers or {})},
    )
