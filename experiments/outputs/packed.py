"""What a report is made of, in one file from which it can be made again: ``report.npz``.

Two members: ``tree``, JSON of numbers, texts, lists and dataclasses by name, and ``numbers``, the bytes of all arrays one after the
other. Nothing in it is ever run: only the dataclasses that a record can hold, ``CLASSES``, are made, from plain values. Every
member has a checksum.
"""

import dataclasses
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import numpy as np

from experiments.outputs.documents import DOCUMENTS

RECORD = "report.npz"
VERSION = 2


def within(*hints: Any) -> Iterator[type]:
    """Dataclasses that values of some types can hold, the types themselves included, each once."""
    seen: set[Any] = set()
    waiting = list(hints)
    while waiting:
        hint = waiting.pop()
        if hint in seen:
            continue
        seen.add(hint)
        waiting += get_args(hint)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            yield hint
            waiting += get_type_hints(hint).values()


CLASSES = frozenset(within(*DOCUMENTS))
"""All that a record can hold, found by the types of their fields."""
_BY_NAME = {one.__name__: one for one in CLASSES}
KINDS = ("float64", "int64", "bool")
"""Of arrays."""


class RecordError(ValueError):
    """A record that is damaged, or of another version."""


def pack(job: str, lang: str, content: Any) -> bytes:
    """A record as the bytes of a file, the same for the same content."""
    numbers = bytearray()
    tree = {"version": VERSION, "job": job, "lang": lang, "content": _encode(content, numbers)}
    text = json.dumps(tree, ensure_ascii=False).encode()
    file = io.BytesIO()
    members = {"tree": np.frombuffer(text, np.uint8), "numbers": np.frombuffer(bytes(numbers), np.uint8)}
    np.savez_compressed(file, allow_pickle=False, **members)
    return file.getvalue()


def unpack(data: bytes) -> tuple[str, str, Any]:
    """The job that a record is of, the language of its report, and its content.

    Raises
    ------
    RecordError
        It cannot be read, or was written by another version of this program.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            tree, numbers = json.loads(file["tree"].tobytes()), file["numbers"].tobytes()
        if tree["version"] != VERSION:
            raise RecordError(f"is of version {tree['version']}, this program reads version {VERSION}")
        job, lang, content = tree["job"], tree["lang"], _decode(tree["content"], numbers)
    except RecordError:
        raise
    except Exception as error:
        # whatever somebody may have put there: the file is not ours to trust
        raise RecordError("is damaged") from error
    if not isinstance(job, str) or not isinstance(lang, str):
        raise RecordError("is damaged")
    return job, lang, content


def _encode(value: Any, numbers: bytearray) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.name not in KINDS:
            raise TypeError(f"array of {value.dtype.name}, must be one of: {', '.join(KINDS)}")
        start = len(numbers)
        numbers += np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
        return {"array": [value.dtype.name, list(value.shape), start]}
    if isinstance(value, list):
        return [_encode(one, numbers) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(one, numbers) for one in value]}
    if isinstance(value, frozenset):
        return {"set": [_encode(one, numbers) for one in sorted(value)]}
    if isinstance(value, Mapping):
        return {"map": [[_encode(key, numbers), _encode(one, numbers)] for key, one in value.items()]}
    if type(value) in CLASSES:
        fields = {field.name: _encode(getattr(value, field.name), numbers) for field in dataclasses.fields(value)}
        return {"class": type(value).__name__, "fields": fields}
    raise TypeError(f"{type(value).__name__}, must be a plain value or one of CLASSES")


def _decode(node: Any, numbers: bytes) -> Any:
    if isinstance(node, list):
        return [_decode(one, numbers) for one in node]
    if not isinstance(node, dict):
        return node
    if "class" in node:
        return _BY_NAME[node["class"]](**{name: _decode(one, numbers) for name, one in node["fields"].items()})
    ((kind, inside),) = node.items()
    if kind == "array":
        name, shape, start = inside
        if name not in KINDS:
            raise RecordError("is damaged")
        dtype = np.dtype(name).newbyteorder("<")
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(numbers, dtype, count, start).astype(np.dtype(name)).reshape(shape)
    if kind == "map":
        return {_decode(key, numbers): _decode(one, numbers) for key, one in inside}
    return {"tuple": tuple, "set": frozenset}[kind](_decode(one, numbers) for one in inside)
