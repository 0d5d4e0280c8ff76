"""The loyalty programmes of composed settings: built, checked against the market, and complained about before anything is run."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import config, plugins
from sim.programmes.base import KINDS, Programme
from sim.programmes.record import PARAMETERS


def load_programmes(specs: Any, path: str) -> dict[str, Programme]:
    """The programmes of an arm by the key that each has there, in a fixed order.

    Raises
    ------
    ConfigError
        One that cannot be built, or two of a kind.
    """
    if not isinstance(specs, Mapping):
        raise config.ConfigError(f"{path} = {specs!r}, must be a mapping of programmes, such as points: {{...}}")
    built: dict[str, Programme] = {}
    first: dict[str, str] = {}
    for key, spec in specs.items():
        programme = plugins.build(spec, "programme", f"{path}.{key}")
        kind = getattr(programme, "kind", None)
        if kind not in KINDS:
            raise config.ConfigError(f"{path}.{key}._target_: its kind = {kind!r}, must be one of {', '.join(KINDS)}")
        if kind in first:
            raise config.ConfigError(f"{path}.{key} = {kind}, overlaps {path}.{first[kind]}: an arm has at most one of a kind")
        first[kind] = str(key)
        built[str(key)] = programme
    return dict(sorted(built.items(), key=lambda item: KINDS.index(item[1].kind)))


def check_programmes(programmes_of: Mapping[str, Mapping[str, Programme]], market: config.Market) -> None:
    """Refuse programmes that do not fit the market, and warn on stderr of what nobody can reach.

    Parameters
    ----------
    programmes_of
        By arm, its programmes by their keys.

    Raises
    ------
    ConfigError
        An unknown service or channel, for example.
    """
    said = set()
    for name, programmes in programmes_of.items():
        path = f"arms.{name}.programmes"
        for key, programme in programmes.items():
            try:
                programme.fill(np.zeros(1, PARAMETERS)[0][programme.kind], market)
            except ValueError as error:
                raise config.ConfigError(config.located(f"{path}.{key}", str(error))) from None
            for warning in programme.warnings(market):
                if (key, warning) not in said:
                    print(f"Warning: {config.located(f'{path}.{key}', warning)}", file=sys.stderr)
                said.add((key, warning))
