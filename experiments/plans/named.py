"""Arms that a key of the configuration names beside those of ``arm``, such as the one that a rollout must catch."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

NAMING = ("bolder", "rollout.bad")
"""Keys of the lab that name one arm each, or none."""
LISTING = ("landmarks",)
"""Keys of a search for settings that list several."""
NAMED_ARMS = "named_arms"
"""Key of composed settings under which these arms are, by name."""


class Change(Protocol):
    """An override as Hydra has parsed it."""

    key_or_group: str

    def value(self) -> Any:
        """What it sets."""
        ...


def named_in(defaults: Mapping[str, Any], overrides: Sequence[Change]) -> dict[str, str]:
    """By key of ``NAMING``, the name of an arm that it has; of ``LISTING``, by key and place as in ``landmarks[0]``.

    Keys that name none are left out.

    Parameters
    ----------
    defaults
        What the configuration says before it is changed.
    overrides
        Changes, the last of which holds: of the key itself, or of a section above it.
    """
    keys = [key for key in (*NAMING, *LISTING) if key.split(".")[0] in defaults]
    found = {key: _within(defaults, key.split(".")) for key in keys}
    for override in overrides:
        for key in keys:
            below = key.removeprefix(override.key_or_group)
            if not below:
                found[key] = override.value()
            elif below != key and below[0] == "." and (value := _within(override.value(), below[1:].split("."))) is not None:
                found[key] = value
    every: dict[str, Any] = {}
    for key, value in found.items():
        every |= {f"{key}[{i}]": one for i, one in enumerate(value)} if isinstance(value, list) else {key: value}
    return {key: value for key, value in every.items() if isinstance(value, str)}


def _within(node: Any, path: Sequence[str]) -> Any:
    """What is at a path of mappings; None where there is nothing."""
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node
