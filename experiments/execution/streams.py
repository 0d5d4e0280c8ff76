"""Request streams in the store: one file each, named by its content, so that every worker replays what the driver has checked."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np

from experiments.execution.disk import StoreError, named, replace
from sim.engine.replay import Stream, stream_of

FOLDER = "streams"


def path_of(store: Path, digest: str) -> Path:
    """Where a stream is kept."""
    return store / FOLDER / f"{digest}.npz"


def save_stream(store: Path, stream: Stream) -> str:
    """Keep a stream, whole or not at all, unless it is there; returns its digest.

    Raises
    ------
    StoreError
        It could not be written.
    """
    digest = stream.digest()
    path = path_of(store, digest)
    with named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if load_stream(store, digest).digest() == digest:
            return digest
    except StoreError:
        # not there, or not as it was written
        load_stream.cache_clear()
    content = io.BytesIO()
    np.savez_compressed(content, **stream.arrays())  # type: ignore[arg-type]
    replace(path, content.getvalue())
    return digest


@lru_cache(maxsize=4)
def load_stream(store: Path, digest: str) -> Stream:
    """A stream that was kept, compared with the digest that it is named by.

    Raises
    ------
    StoreError
        It is not there, or not as it was written.
    """
    path = path_of(store, digest)
    with named(path):
        content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            stream = stream_of(dict(arrays))
        whole = stream.digest() == digest
    except Exception:
        # a torn archive fails in many ways
        whole = False
    if not whole:
        raise StoreError(0, "differs from what was written; delete it, and the same command writes it again", str(path))
    return stream
