"""From a mapping with a ``_target_`` to what it names (score, allocator, programme, design), without running code of its choice.

A ``_target_`` must name a class of ``sim``, or of a package listed in the environment variable ``SIM_PLUGINS`` (names separated
by commas), and the class must be what its group's protocol asks for. Nothing else is ever imported.
"""

import dataclasses
import importlib
import inspect
import os
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from sim.allocators.base import traits as allocator_traits
from sim.config import ConfigError, OfferOrder, explain, located

METHODS: dict[str, tuple[str, ...]] = {
    "score": ("__call__",),
    "allocator": ("visibility", "weights"),
    "programme": ("fill",),
    "design": ("groups",),
}
"""The method, or one of the methods, that makes a class a member of a group."""


def allowed_packages() -> tuple[str, ...]:
    """Packages whose classes a config may name."""
    listed = (name.strip() for name in os.environ.get("SIM_PLUGINS", "").split(","))
    return ("sim", *(name for name in listed if name))


def find_class(target: Any, group: str, path: str) -> type[Any]:
    """The class a ``_target_`` names.

    Raises
    ------
    ConfigError
        Outside the allowed packages, not there, not a frozen dataclass, or without the group's method.
    """
    key = f"{path}._target_ = {target!r}"
    parts = target.split(".") if isinstance(target, str) else []
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise ConfigError(f"{key}, must be the dotted name of a class")
    packages = allowed_packages()
    if parts[0] not in packages:
        raise ConfigError(f"{key}, must be a class of {' or '.join(packages)}; other packages are listed in SIM_PLUGINS")
    try:
        module = importlib.import_module(".".join(parts[:-1]))
    except Exception as error:
        raise ConfigError(f"{key}, cannot be imported: {type(error).__name__}: {error}") from None
    found = vars(module).get(parts[-1])
    if found is None:
        raise ConfigError(f"{key}, must be the name of a class: {module.__name__} has no {parts[-1]}")
    if not inspect.isclass(found) or found.__module__.split(".")[0] not in packages:
        raise ConfigError(f"{key}, must be a class defined in {' or '.join(packages)}")
    check_class(found, group, key)
    return found


def check_class(found: type[Any], group: str, key: str) -> None:
    """Refuse a class that is not what its group asks for; ``key`` begins the message.

    Raises
    ------
    ConfigError
        Not a frozen dataclass, without the group's method, or with an unknown order of offers.
    """
    methods = METHODS[group]
    # looked up in the classes themselves: every class can be called, by way of its metaclass
    defined = {name for base in found.__mro__ for name, value in vars(base).items() if callable(value)}
    if not defined.intersection(methods) or getattr(found, "_is_protocol", False):
        raise ConfigError(f"{key}, must have the method {' or '.join(methods)} of the group {group}")
    parameters = getattr(found, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen:
        raise ConfigError(f"{key}, must be a frozen dataclass")
    order = allocator_traits(found).offer_order
    if group == "allocator" and order is not None and order not in get_args(OfferOrder):
        raise ConfigError(f"{key}: offer_order = {order!r}, must be one of {', '.join(get_args(OfferOrder))}")


def build(spec: Any, group: str, path: str) -> Any:
    """Build the score, allocator, programme or design that ``spec`` describes.

    Parameters
    ----------
    spec
        ``_target_`` and the class's fields.
    group
        "score", "allocator", "programme" or "design".
    path
        Where the mapping stands in the configuration, for messages.

    Raises
    ------
    ConfigError
        A target that is refused, an unknown or missing field, a wrong type, or a value that the class refuses.
    """
    if not isinstance(spec, Mapping):
        raise ConfigError(f"{path} = {spec!r}, must be a mapping with a _target_")
    if "_target_" not in spec:
        raise ConfigError(f"{path}._target_ is missing")
    found = find_class(spec["_target_"], group, path)
    values = {str(name): value for name, value in spec.items() if name != "_target_"}
    fields = {field.name: field for field in dataclasses.fields(found) if field.init}
    for name, value in values.items():
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise ConfigError(f"{path}.{name} = {value!r}, unknown key; {found.__name__} takes: {known}")
        if isinstance(value, bool) and "bool" not in str(fields[name].type):
            raise ConfigError(f"{path}.{name} = {value!r}, must not be a boolean")
        if isinstance(value, str) and fields[name].type in (int, float, "int", "float"):
            raise ConfigError(f"{path}.{name} = {value!r}, must be a number")
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{path}.{name} is missing")
    try:
        return TypeAdapter(found).validate_python(values)
    except ValidationError as error:
        raise ConfigError(explain(error, path)) from None
    except (TypeError, ValueError) as error:
        raise ConfigError(located(path, str(error))) from None
