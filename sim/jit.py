"""Compiling the hot functions with numba, with a cache that never serves stale code.

numba's on-disk cache notices an edit of the file a function lives in, but not of a function it calls in another file. So the
cache folder is named after a digest of all the source that compiled code can reach: any edit there starts a fresh cache.
``NUMBA_DISABLE_JIT=1`` runs the same functions as plain Python (slow, for a debugger).
"""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.types import unliteral

Function = TypeVar("Function", bound=Callable[..., object])


ANALYSIS = (
    "shadow",
    "metrics",
    "statistics",
    "estimators",
    "offpolicy",
    "worlds",
    "bookings",
    "calibration",
    "forecasting",
    "words",
    "charts",
    "report",
)
"""Subfolders that only read finished logs; what is compiled there stands in one file, whose age numba checks by itself."""


def source_digest(folder: Path, leave_out: tuple[str, ...] = ()) -> str:
    """Digest of every Python file below a folder: names and contents, in a fixed order (64 hex digits)."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] in leave_out:
            continue
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


MODEL_DIGEST = source_digest(Path(__file__).parent, ANALYSIS)
"""Digest of the source that compiled code can reach: names the folder of compiled code."""

JIT_DISABLED = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


def _cache_folder() -> Path | None:
    """A writable folder for compiled code of exactly this source, or None with a warning."""
    root = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(root) / "mission-dispatch-sim" / MODEL_DIGEST[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        warnings.warn(
            f"compiled code is not kept between runs: {folder} is not writable ({error.strerror})", RuntimeWarning, stacklevel=2
        )
        return None


CACHE_FOLDER = None if JIT_DISABLED else _cache_folder()
if CACHE_FOLDER is not None:
    numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """Compile a plain function of numbers and arrays, keeping IEEE results.

    No ``fastmath`` and no contraction, so that a log has the same bits on every processor; ``error_model="numpy"`` (a division
    by zero is inf or nan, not an exception) because the checks of the default model block vector instructions.
    """
    return _compile(function)


def kernel(function: Function) -> Function:
    """Compile a function that allocates nothing: it works on arrays that its caller keeps alive.

    Without reference counts and with calls inlined. Counting references of the twenty arrays of a world at every inner call took
    two thirds of the time of a run.
    """
    return _compile(function, _nrt=False, forceinline=True)


def releasing(function: Function) -> Function:
    """Compile a function that works on arrays of its own for long, so that other threads run meanwhile."""
    return _compile(function, nogil=True)


def _compile(function: Function, **options: Any) -> Function:
    wrapped: Any = numba.njit(cache=CACHE_FOLDER is not None, error_model="numpy", fastmath=False, **options)(function)
    if not JIT_DISABLED:
        compile_for = wrapped.compile
        # a constant in a call would be a type of its own: one more copy of the function, and of all that it calls
        wrapped.compile = lambda signature: compile_for(plain(signature))
    return cast(Function, wrapped)


def plain(signature: Any) -> Any:
    """Types of arguments, constants taken for any value of their kind; a signature given otherwise as it is."""
    return tuple(map(unliteral, signature)) if isinstance(signature, tuple) else signature
