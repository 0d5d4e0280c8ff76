"""Bookings as a caller of Python gives them: a path, several paths, or a frame of any library that speaks Arrow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.api.settings import Overrides, lines_of
from experiments.plans.command_line import command_line, long_forms
from experiments.plans.compose import compose_settings
from experiments.plans.settings import Settings
from sim.config import ConfigError


@dataclass(frozen=True)
class AskedBookings:
    """Composed settings of a command that reads bookings, and what is not in them."""

    settings: Settings
    command: str
    """What to type, or to call, to get the same; of a frame it holds the kind and nothing else."""
    frame: Any
    """Rows to be read instead of a file; None: the settings name the file."""


def frame_name(frame: Any) -> str:
    """What a frame is called where a file has its name.

    Examples
    --------
    >>> import pyarrow
    >>> frame_name(pyarrow.table({"client": ["a"]}))
    'pyarrow Table'
    """
    kind = type(frame)
    return f"{kind.__module__.split('.')[0].strip('_')} {kind.__name__}"


def ask_bookings(
    job: str,
    data: Any,
    columns: str | Path | Mapping[str, Any],
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
    **given: Any,
) -> AskedBookings:
    """Compose ``configs/<job>.yaml`` for some bookings.

    Parameters
    ----------
    data
        A path or address, several, or a frame: anything with ``__arrow_c_stream__``.
    columns
        A name of ``configs/data``, the path of a yaml, or a mapping with its keys.
    given
        Further keys; None leaves a key as the configuration has it.

    Raises
    ------
    ConfigError
        Whatever the command line would refuse, with the same message; data of another kind.
    """
    frame = data if hasattr(data, "__arrow_c_stream__") else None
    if frame is None and not isinstance(data, str | Path | list | tuple):
        raise ConfigError(f"data is a {type(data).__name__}, must be a path, a list of paths, or a frame with __arrow_c_stream__")
    file = [str(one) for one in data] if isinstance(data, list | tuple) else str(data) if frame is None else frame_name(frame)
    own = columns if isinstance(columns, Mapping) else None
    chosen = RECOGNISED if own is not None else str(columns)
    lines = long_forms([f"columns={chosen}", *lines_of(overrides, {"file": file, **given})])
    folders = [] if config_dir is None else [Path(config_dir)]
    settings = compose_settings(job, lines, folders)
    if own is not None:
        settings["columns"] |= {str(key): dict(value) if isinstance(value, Mapping) else value for key, value in own.items()}
    if frame is None and own is None:
        return AskedBookings(settings, command_line(job, lines, folders), None)
    shown = f"<{file}>" if frame is not None else repr(file)
    said = dict(own) if own is not None else chosen
    return AskedBookings(settings, f"experiments.{NAMES[job]}({shown}, {said!r}, overrides={lines[1:]!r})", frame)


RECOGNISED = "recognised"
"""The mapping of ``configs/data`` that names no column."""
NAMES: Mapping[str, str] = {"calibrate": "calibrate", "doctor": "examine"}
"""Of the function that is a command in Python."""
