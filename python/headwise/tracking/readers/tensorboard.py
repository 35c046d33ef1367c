"""Event folders of TensorBoard."""

from __future__ import annotations

import json
import struct
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from headwise.tracking.extras import needed
from headwise.tracking.readers.kept import KeptMedia
from headwise.tracking.readers.records import RecordFile
from headwise.tracking.readers.run import Media, Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headwise.tracking.readers.deadline import Deadline
    from headwise.tracking.readers.records import Record
    from headwise.tracking.readers.run import MediaKind

EVENTS: Final = "tfevents"
# TensorFlow's numbers of types: how one value of a tensor is packed.
_PACKED: Final = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}
_NUMBERS: Final = {1: "float_val", 2: "double_val", 3: "int_val", 9: "int64_val"}
_KINDS: Final[dict[str, MediaKind]] = {"images": "image", "histograms": "histogram", "text": "text"}


def tensorboard_run(folder: Path, name: str | None = None) -> Run:
    """Make the run of an event folder; nothing is read yet.

    Parameters
    ----------
    folder : Path
        With one event file or more.
    name : str, optional
        That of the folder unless given.

    Returns
    -------
    Run
    """
    return Run(name or folder.name, folder, "tensorboard", TensorBoardSource(folder))


class TensorBoardSource:
    """Reads the event files of a folder, each from where the last reading ended.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, RecordFile] = {}
        self._kept = KeptMedia(folder, ("page", "trace"))

    def read(self, run: Run, deadline: Deadline) -> bool:
        """Add to `run` what is new; whether there is more."""
        parse = needed("tensorboard.compat.proto.event_pb2").Event.FromString
        self._kept.read(run)
        for path in sorted(self._folder.iterdir()):
            if EVENTS not in path.name or path.is_symlink() or not path.is_file():
                continue
            file = self._files.setdefault(path.name, RecordFile(path))
            while records := file.read():
                for record in records:
                    self._take(run, file, record, parse)
                if deadline.over:
                    return True
        return False

    def notes(self) -> list[str]:
        """Say what was lost."""
        return [said for file in self._files.values() for said in file.notes()]

    def _take(
        self, run: Run, file: RecordFile, record: Record, parse: Callable[[bytes], Any]
    ) -> None:
        try:
            event = parse(record.data)
        except Exception as error:  # noqa: BLE001 - protobuf has an error of its own for each runtime
            run.note(f"{file.path.name}: a record is no event ({error})")
            return
        for value in event.summary.value:
            if value.WhichOneof("value") == "simple_value":
                run.add(value.tag, event.step, value.simple_value, event.wall_time)
            else:
                self._take_other(run, file, record, (event, value))

    def _take_other(
        self, run: Run, file: RecordFile, record: Record, found: tuple[Any, Any]
    ) -> None:
        event, value = found
        plugin = value.metadata.plugin_data.plugin_name
        filled = value.WhichOneof("value")
        if plugin == "hparams":
            run.config.update(_hparams(value.metadata.plugin_data.content))
        elif filled == "tensor" and plugin in ("", "scalars"):
            number = _number(value.tensor)
            if number is not None:
                run.add(value.tag, event.step, number, event.wall_time)
        elif plugin == "text" and value.tag.partition("/")[0] in ("args", "model_config"):
            _configure(run, value.tag.partition("/")[0], value.tensor)
        else:
            kind = {"image": "image", "histo": "histogram"}.get(filled) or _KINDS.get(plugin)
            if kind:
                at = (record.start, len(record.data))
                read = partial(_payload, file.path, at, value.tag)
                run.media.append(Media(cast("MediaKind", kind), value.tag, event.step, None, read))


def _number(tensor: Any) -> float | None:  # noqa: ANN401 - protobuf messages have no types
    """Return the one number of a tensor, None where it is no such thing."""
    packed, numbers = _PACKED.get(tensor.dtype), _NUMBERS.get(tensor.dtype)
    if packed is None or numbers is None:
        return None
    if tensor.tensor_content:
        if len(tensor.tensor_content) != struct.calcsize(packed):
            return None
        return float(struct.unpack(packed, tensor.tensor_content)[0])
    values = getattr(tensor, numbers)
    return float(values[0]) if len(values) == 1 else None


def _configure(run: Run, kind: str, tensor: Any) -> None:  # noqa: ANN401 - the same
    """Read the arguments that the Trainer of transformers writes as text."""
    try:
        found = json.loads(tensor.string_val[0])
    except (IndexError, ValueError):
        return
    if isinstance(found, dict):
        given = cast("dict[str, Any]", found)
        run.config = {**run.config, **given} if kind == "args" else {**given, **run.config}


def _hparams(content: bytes) -> dict[str, Any]:
    data = needed("tensorboard.plugins.hparams.plugin_data_pb2").HParamsPluginData
    start = data.FromString(content).session_start_info
    return {
        str(name): getattr(value, value.WhichOneof("kind"))
        for name, value in start.hparams.items()
        if value.WhichOneof("kind") in ("number_value", "string_value", "bool_value")
    }


def _payload(path: Path, at: tuple[int, int], tag: str) -> bytes:
    """Read again what a record of an event file holds under `tag`."""
    with path.open("rb") as file:
        file.seek(at[0])
        data = file.read(at[1])
    event = needed("tensorboard.compat.proto.event_pb2").Event.FromString(data)
    value = next(each for each in event.summary.value if each.tag == tag)
    filled = value.WhichOneof("value")
    if filled == "image":
        return value.image.encoded_image_string
    if filled == "histo":
        histogram = value.histo
        return json.dumps(
            {"counts": list(histogram.bucket), "upper": list(histogram.bucket_limit)}
        ).encode()
    strings = list(value.tensor.string_val)
    if value.metadata.plugin_data.plugin_name == "images":
        return strings[2]  # behind width and height
    if strings:
        return b"\n".join(strings)
    rows = needed("tensorboard.util.tensor_util").make_ndarray(value.tensor).tolist()
    return json.dumps({"buckets": rows}).encode()
