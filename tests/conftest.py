from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headwise.record import AttentionRecord
from headwise.trace import Block, Trace
from plain_traces import plain_tokens, random_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headwise.widgets.head import HeadView


@pytest.fixture(scope="session")
def make_trace() -> Callable[..., Trace]:
    """One block of random attention: layers x heads over `count` tokens."""

    def make(
        layers: int = 6,
        heads: int = 12,
        count: int = 12,
        *,
        pair: bool = False,
        labels: Sequence[str] | None = None,
    ) -> Trace:
        tokens = plain_tokens(count, pair=pair, labels=labels)
        records = tuple(random_record(heads, count, seed=layer) for layer in range(layers))
        block = Block("encoder", records, tokens, tokens, causal=False)
        return Trace([block], {"model_type": "bert"})

    return make


@pytest.fixture
def translation() -> Trace:
    """Encoder (6 x 8, source), decoder (3 x 8, target) and cross (3 x 4, target to source)."""
    source, target = plain_tokens(7), plain_tokens(5)
    return Trace(
        [
            Block("encoder", tuple(random_record(8, 7) for _ in range(6)), source, source, False),
            Block("decoder", tuple(random_record(8, 5) for _ in range(3)), target, target, True),
            Block("cross", tuple(random_record(4, 5, 7) for _ in range(3)), target, source, False),
        ]
    )


@pytest.fixture
def subset() -> Trace:
    """Heads (1, 2), (3, 1), (3, 7) and (5, 11) of 6 layers of 12 heads."""
    tokens = plain_tokens(6)
    kept: dict[int, list[int]] = {1: [2], 3: [1, 7], 5: [11]}

    def record(layer: int) -> AttentionRecord:
        captured = kept.get(layer, [])
        vectors = random_record(12, 6, seed=layer)
        return AttentionRecord(
            queries=vectors.queries[captured],
            keys=vectors.keys[captured],
            scale=1.0,
            kept=captured,
            model_heads=(12, 12),
        )

    records = tuple(record(layer) for layer in range(6))
    return Trace([Block("encoder", records, tokens, tokens, causal=False)])


@pytest.fixture
def opened() -> Iterator[Callable[..., HeadView]]:
    """Make head views that are closed after the test."""
    from headwise.widgets.head import head_view  # noqa: PLC0415 - most tests need no widget

    views: list[HeadView] = []

    def make(trace: Trace, **settings: Any) -> HeadView:
        views.append(head_view(trace, **settings))
        return views[-1]

    yield make
    for view in views:
        view.close()


@pytest.fixture
def keep() -> Iterator[Callable[[Any], Any]]:
    """Close views of any kind after the test: `keep(view)`."""
    views: list[Any] = []

    def kept(view: Any) -> Any:
        views.append(view)
        return view

    yield kept
    for view in views:
        view.close()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What was handed to the notebook to display."""
    display = pytest.importorskip("IPython.display", reason="a notebook has IPython")
    views: list[Any] = []
    monkeypatch.setattr(display, "display", views.append)
    yield views
    for view in views:
        view.close()


class Browser:
    """The other end of a view's comm: keeps what arrives, sends what a page would send."""

    def __init__(self, view: HeadView) -> None:
        self.view = view
        self.received: list[tuple[dict[str, Any], list[bytes]]] = []
        view.comm.send = self._receive

    def _receive(
        self,
        data: dict[str, Any],
        metadata: object = None,  # noqa: ARG002 - the comm's own signature
        buffers: list[bytes] | None = None,
    ) -> None:
        self.received.append((data, buffers or []))

    def set(self, **state: object) -> None:
        """Save traits, as `model.save_changes()` does."""
        self._deliver({"method": "update", "state": state, "buffer_paths": []})

    def ask(self, request: object) -> tuple[dict[str, Any], list[bytes]]:
        """Send a custom message and return the one answer to it."""
        before = len(self.received)
        self._deliver({"method": "custom", "content": request})
        (answered,) = self.received[before:]
        assert answered[0]["method"] == "custom"
        return answered[0]["content"], answered[1]

    def updates(self) -> list[dict[str, Any]]:
        """List the states that Python sent of its own accord."""
        return [data["state"] for data, _ in self.received if data["method"] == "update"]

    def echoed(self) -> list[dict[str, Any]]:
        """List the states that were sent back to every page."""
        return [data["state"] for data, _ in self.received if data["method"] == "echo_update"]

    def _deliver(self, data: dict[str, Any]) -> None:
        self.view._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.fixture
def browser() -> type[Browser]:
    """Open the other end of a view: `browser(view)`."""
    return Browser


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many weights each product of queries and keys made."""
    made: list[int] = []
    before = AttentionRecord._scores

    def counted(self: AttentionRecord, *args: Any) -> Any:
        found = before(self, *args)
        made.append(found.size)
        return found

    monkeypatch.setattr(AttentionRecord, "_scores", counted)
    return made
