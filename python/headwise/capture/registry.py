"""Watching the attention functions that a model already uses, without changing the model.

For the length of a ``with`` block the entry of transformers' attention registry that the model
uses is replaced by a function that calls the original and then reports what went in and out.
The model keeps its implementation, so nothing that branches on the implementation's name moves.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from headwise.errors import NoAttentionFound

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, MutableMapping
    from contextlib import AbstractContextManager

    from headwise.capture.protocols import AttentionFunction

EAGER = "eager"


class Sink(Protocol):
    """Takes the attention calls of one capture."""

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the call of this module belongs to the capture."""
        ...

    def take(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        output: torch.Tensor,
    ) -> None:
        """Take one call: what went in and the attention output that came out."""
        ...


class Change(Protocol):
    """Changes the attention calls of one run."""

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the call of this module is changed."""
        ...

    def before(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments and keywords that the attention function takes instead."""
        ...

    def after(self, module: torch.nn.Module, output: torch.Tensor) -> torch.Tensor:
        """Return the output that the model goes on with; the sink has taken the one before."""
        ...


@dataclass
class _Entry:
    watcher: AttentionFunction
    original: AttentionFunction | None
    was_local: bool
    users: int = 0


@dataclass
class _AsWritten:
    """The stance of torch.compile, one for all threads, while any of them captures."""

    stance: AbstractContextManager[Any] | None = None
    users: int = 0


_sink: ContextVar[Sink | None] = ContextVar("headwise_sink", default=None)
_change: ContextVar[Change | None] = ContextVar("headwise_change", default=None)
_inside: ContextVar[bool] = ContextVar("headwise_inside", default=False)
_entries: dict[str, _Entry] = {}
_as_written = _AsWritten()
_lock = threading.RLock()
_registry = cast("MutableMapping[str, AttentionFunction]", ALL_ATTENTION_FUNCTIONS)


def inside_watched() -> bool:
    """Whether a watched attention function runs now, whose operations are its own affair."""
    return _inside.get()


@contextmanager
def watching(
    names: Iterable[str], sink: Sink | None, change: Change | None = None
) -> Generator[None]:
    """Send the attention calls of this thread to `sink`.

    Parameters
    ----------
    names
        Registry names to watch, such as ``"sdpa"`` and ``"eager"``.
    sink
        Where the calls go; calls of modules it does not want pass untouched. None for nowhere.
    change
        What changes the calls. The sink takes the changed arguments and the output that they
        gave, so that its records hold.
    """
    token = _sink.set(sink)
    changed = _change.set(change)
    try:
        with ExitStack() as stack:
            stack.enter_context(uncompiled())
            for name in dict.fromkeys(names):
                stack.enter_context(_watched(name))
            yield
    finally:
        _change.reset(changed)
        _sink.reset(token)


@contextmanager
def _watched(name: str) -> Generator[None]:
    with _lock:
        entry = _entries.get(name)
        if entry is None:
            entry = _install(name)
            _entries[name] = entry
        entry.users += 1
    try:
        yield
    finally:
        with _lock:
            entry.users -= 1
            if not entry.users:
                del _entries[name]
                _restore(name, entry)


def _install(name: str) -> _Entry:
    original = _registry.get(name)
    # A fresh registry object sees only the entries that all of them share.
    shared = cast("MutableMapping[str, AttentionFunction]", type(ALL_ATTENTION_FUNCTIONS)())
    watcher = _watcher(name, original)
    _registry[name] = watcher
    return _Entry(watcher, original, was_local=original is not shared.get(name))


def _restore(name: str, entry: _Entry) -> None:
    if _registry.get(name) is not entry.watcher:
        return  # somebody registered another function meanwhile: that one stays
    del _registry[name]
    if entry.was_local and entry.original is not None:
        _registry[name] = entry.original


def _watcher(name: str, original: AttentionFunction | None) -> AttentionFunction:
    def watched(
        module: torch.nn.Module, *arguments: Any, **keywords: Any
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        function = original or _own_eager(module)
        change = _change.get()
        if change is not None and not change.wants(module):
            change = None
        if change is not None:
            arguments, keywords = change.before(name, module, arguments, keywords)
        inside = _inside.set(True)
        try:
            result = function(module, *arguments, **keywords)
        finally:
            _inside.reset(inside)
        sink = _sink.get()
        if sink is not None and sink.wants(module):
            sink.take(name, module, arguments, keywords, result[0])
        if change is not None:
            return (change.after(module, result[0]), *result[1:])
        return result

    return watched


def _own_eager(module: torch.nn.Module) -> AttentionFunction:
    """Find the eager function that the module's own file would have used."""
    for parent in type(module).__mro__:
        home = sys.modules.get(parent.__module__)
        found = cast("object", getattr(home, "eager_attention_forward", None))
        if callable(found):
            return cast("AttentionFunction", found)
    raise NoAttentionFound(
        f"{type(module).__name__} runs eager attention, but {type(module).__module__} has no "
        "eager_attention_forward: call model.set_attn_implementation('sdpa') first"
    )


@contextmanager
def uncompiled() -> Generator[None]:
    """Run compiled models as they were written; nothing is compiled before dynamo is loaded.

    The first of several at once sets the stance and the last one brings back what it was.
    """
    if "torch._dynamo" not in sys.modules:
        yield
        return
    set_stance = cast("Callable[[str], AbstractContextManager[Any]]", torch.compiler.set_stance)
    with _lock:
        if not _as_written.users:
            _as_written.stance = set_stance("force_eager")
        _as_written.users += 1
    try:
        yield
    finally:
        with _lock:
            _as_written.users -= 1
            if not _as_written.users and _as_written.stance is not None:
                _as_written.stance.__exit__(None, None, None)
                _as_written.stance = None
