"""A local server that counts every byte it sends to the browser."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from benchmarks.install import BROWSER_SCRIPTS, HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.live_view import LiveView

PAGES = HERE / "page"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript"}
PEER_PAGE = "/peer.html"
CHUNK = 1 << 20


class MeasuringServer(ThreadingHTTPServer):
    """Serve one page of the other tool and one live view of headwise, and count.

    Parameters
    ----------
    open_view
        Makes a fresh live view, called when headwise's page is opened, or None.
    """

    daemon_threads = True

    def __init__(self, open_view: Callable[[], LiveView] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.open_view = open_view
        self.view: LiveView | None = None
        self.peer_page: Path | None = None
        self.sent_bytes = 0
        self.messages = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what failed, unless a browser that was stopped did not wait for its answer."""
        if not isinstance(sys.exception(), BrokenPipeError | ConnectionResetError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Where the server listens, with no slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running(server: MeasuringServer) -> Iterator[MeasuringServer]:
    """Run the server on a thread for the length of a `with` block.

    Parameters
    ----------
    server
        The server; closed at the end of the block.

    Yields
    ------
    MeasuringServer
        The same server.
    """
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: MeasuringServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/count/reset":
            self.server.sent_bytes = 0
            self._send(b"{}", "application/json", counted=False)
        elif path == "/count":
            self._send_count()
        elif path == PEER_PAGE and self.server.peer_page is not None:
            self._send_file(self.server.peer_page)
        elif path == "/headwise/open" and self.server.open_view is not None:
            with self.server.lock:
                self.server.view = self.server.open_view()
                self._send(self.server.view.opening(), "application/octet-stream")
        elif path.startswith("/scripts/"):
            self._send_file(BROWSER_SCRIPTS / path.rpartition("/")[2])
        else:
            self._send_file(PAGES / path.rpartition("/")[2])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.messages += 1
            if self.path != "/headwise/message" or self.server.view is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            answer = self.server.view.receive(json.loads(body))
        self._send(answer, "application/octet-stream")

    def _send_count(self) -> None:
        view = self.server.view
        count = {
            "bytes": self.server.sent_bytes,
            "messages": self.server.messages,
            "python_cpu": 0.0 if view is None else view.answering_cpu_seconds,
        }
        self._send(json.dumps(count).encode(), "application/json", counted=False)

    def _send_file(self, path: Path) -> None:
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._start(TYPES.get(path.suffix, "application/octet-stream"), path.stat().st_size)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                self.wfile.write(chunk)
                self.server.sent_bytes += len(chunk)

    def _send(self, body: bytes, content_type: str, *, counted: bool = True) -> None:
        if counted:
            self.server.sent_bytes += len(body)
        self._start(content_type, len(body))
        self.wfile.write(body)

    def _start(self, content_type: str, length: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet: the table is the output."""
