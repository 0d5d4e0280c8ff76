"""Request streams, and known clients, in the store: a file each, named by its content, so that workers replay what was checked."""

import io
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from experiments.execution.disk import StoreError, named, replace
from sim.engine.replay import Kept, KnownClients, Stream

FOLDER = "streams"
K = TypeVar("K", bound=Kept)


def path_of(store: Path, digest: str) -> Path:
    """Where a stream, or known clients, are kept."""
    return store / FOLDER / f"{digest}.npz"


def save_stream(store: Path, stream: Kept) -> str:
    """Keep a stream or known clients, whole or not at all, unless they are there; returns their digest.

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
        if _load(store, digest, type(stream)).digest() == digest:
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
    return _load(store, digest, Stream)


def load_known(store: Path, digest: str) -> KnownClients:
    """Known clients who were kept, likewise."""
    return _load(store, digest, KnownClients)


def _load(store: Path, digest: str, kind: type[K]) -> K:
    path = path_of(store, digest)
    with named(path):
        content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            kept: K = kind.of(dict(arrays))
        whole = kept.digest() == digest
    except Exception:
        # a torn archive fails in many ways
        whole = False
    if not whole:
        raise StoreError(0, "differs from what was written; delete it, and the same command writes it again", str(path))
    return kept
