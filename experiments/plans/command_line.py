"""Commands as they are typed: short forms, and the command that gives the same result."""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

SHORT_JOBS = ("calibrate", "replay", "doctor", "lab", "offpolicy")
"""Commands that read bookings, and know the short forms."""


def command_line(job: str, overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> str:
    """The command that gives the same result, without where it goes."""
    plugins = os.environ.get("SIM_PLUGINS")
    kept = [
        override
        for override in overrides
        if not override.startswith(("out=", "store=", "export=", "workers=", "executor=", "executor.", "report."))
    ]
    folders = [word for folder in config_dirs for word in ("--config-dir", str(folder))]
    if job in SHORT_JOBS:
        kept = [_short(override) for override in kept]
    words = [shlex.quote(word) for word in (*folders, *kept)]
    return " ".join([*([f"SIM_PLUGINS={shlex.quote(plugins)}"] if plugins else []), "python -m", f"experiments.{job}", *words])


def long_forms(arguments: Sequence[str]) -> list[str]:
    """The short forms of a file and its columns as Hydra wants them: its groups have their own way of being chosen.

    What stands after ``data=``, ``table=``, ``query=`` and ``sheet=`` is a text as the shell passed it, with whatever blanks and
    signs it has. ``data=[a.csv,b.csv]`` is a list of files unless one file is called so. A query is a way to say a table.
    ``columns=FILE.yaml`` is a mapping of the team's own; ``columns.timezone=…`` may be said whatever the mapping says.
    """
    words = []
    for argument in arguments:
        key, given, value = argument.partition("=")
        if key in TEXTS and given:
            is_list = key == "data" and value[:1] == "[" and value[-1:] == "]" and not _is_there(value)
            text = f"[{','.join(map(hydra_text, ITEM.findall(value[1:-1])))}]" if is_list else hydra_text(value)
            words.append(f"{TEXTS[key]}={text}")
        elif key == "columns" and given:
            words.append(f"columns_file={hydra_text(value)}" if value.endswith((".yaml", ".yml")) else f"data@{argument}")
        else:
            words.append(f"++{argument}" if key.startswith("columns.") else argument)
    return words


TEXTS = {"data": "file", "table": "table", "query": "table", "sheet": "sheet"}
"""By short form: the key of the configuration."""
ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]*[^,\s])\s*(?:,|$)""")
PLAIN = re.compile(r"(?:\.{0,2}/)*[A-Za-z_][A-Za-z0-9_./-]*")
NOT_TEXT = ("null", "true", "false", "nan", "inf", "yes", "no", "on", "off")
"""Words that a yaml takes for something else."""


def _is_there(path: str) -> bool:
    """Whether a text is the path of something; a long query is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def hydra_text(text: str) -> str:
    """A text as Hydra's own language has it, in quotation marks unless it is plain; marks around it are not part of it.

    Examples
    --------
    >>> print(hydra_text("bookings.csv"), hydra_text("bookings (1).csv"), hydra_text("'a b.csv'"))
    bookings.csv "bookings (1).csv" "a b.csv"
    """
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and not _is_there(text):
        text = text[1:-1]
    if not text or (PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT):
        return text
    # a backslash counts only before a quotation mark or the end, where it is doubled
    escaped = re.sub(r'(\\*)("|$)', lambda found: 2 * found[1] + (r"\"" if found[2] else ""), text)
    return f'"{escaped}"'


SHORT = {"file": "data", "data@columns": "columns", "columns_file": "columns"}
"""By key of the configuration: the short form."""


def _short(argument: str) -> str:
    """An argument as it was typed, from its long form."""
    key, given, value = argument.removeprefix("++").partition("=")
    if key not in SHORT and key not in TEXTS.values() and not key.startswith("columns."):
        return argument
    if key in (*TEXTS.values(), "columns_file") and len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'(\\+)(?="|$)', lambda found: found[1][: len(found[1]) // 2], value[1:-1])
    return f"{SHORT.get(key, key)}{given}{value}"
