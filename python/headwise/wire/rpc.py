"""One request in, one reply out: also when the request is nonsense or the work fails."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from headwise.errors import HeadwiseError, InputError
from headwise.wire.protocol import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headwise.wire.protocol import ErrorBody, ErrorReply, Reply

    Handler = Callable[[Mapping[str, object]], bytes]

_logger = logging.getLogger(__name__)


def answer(
    handlers: Mapping[str, Handler], message: object
) -> tuple[Reply | ErrorReply, list[bytes]]:
    """Run the handler that a message names.

    Parameters
    ----------
    handlers : mapping of method name to callable
        Each takes the parameters of the request and returns one blob.
    message : object
        What the browser sent: ``{"v", "id", "method", "params"}``.

    Returns
    -------
    reply : dict
        ``{"v", "id", "ok": True}``, or ``{"v", "id", "ok": False, "error": {"type", "message"}}``.
        Nothing is raised: the browser would wait for ever.
    buffers : list of bytes
        One blob, or none with an error.
    """
    identity: str | int | None = None
    try:
        request = _mapping(message, "a request")
        identity = _identity(request)
        _check_version(request)
        handler = _handler(handlers, request)
        blob = handler(_mapping(request.get("params"), "the parameters of a request"))
    except HeadwiseError as error:
        return _failure(identity, error), []
    except Exception as error:
        _logger.exception("request %s failed", identity)
        return _failure(identity, error), []
    return {"v": PROTOCOL, "id": identity, "ok": True}, [blob]


def _failure(identity: str | int | None, error: Exception) -> ErrorReply:
    body: ErrorBody = {"type": type(error).__name__, "message": str(error) or type(error).__name__}
    return {"v": PROTOCOL, "id": identity, "ok": False, "error": body}


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"{what} must be an object, not {type(value).__name__}")
    return cast("dict[str, object]", value)


def _identity(request: Mapping[str, object]) -> str | int:
    identity = request.get("id")
    if isinstance(identity, bool) or not isinstance(identity, (str, int)):
        raise InputError("a request needs an 'id' of type string or integer")
    return identity


def _check_version(request: Mapping[str, object]) -> None:
    version = request.get("v")
    if version != PROTOCOL:
        raise InputError(
            f"the page speaks protocol {version!r:.20}, Python speaks {PROTOCOL}: "
            "run the cell again, or reload the page"
        )


def _handler(handlers: Mapping[str, Handler], request: Mapping[str, object]) -> Handler:
    method = request.get("method")
    if not isinstance(method, str) or method not in handlers:
        known = ", ".join(sorted(handlers)) or "none"
        raise InputError(f"unknown method {method!r:.80}; known methods: {known}")
    return handlers[method]
