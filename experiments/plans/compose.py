"""From yaml files and command-line overrides to a validated experiment.

Configurations are composed by Hydra. Each *arm* is composed on its own, under ``arms.<name>``, from ``configs/arm/<name>.yaml``, or
from ``configs/allocator/<name>.yaml`` with the default score, so that a new policy needs one yaml. A name such as
``wecasa_2025+points`` is that arm with the programme ``configs/programme/points.yaml``; ``programme=[points]`` gives it to all
arms. Nothing is simulated before everything here is valid.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import ConfigCompositionException, HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from experiments.plans.named import NAMED_ARMS, named_in
from experiments.plans.suggest import did_you_mean, dotted_keys, nearest
from sim import config

_PACKAGE = Path(__file__).resolve().parent.parent
CONFIGS = next(folder for folder in (_PACKAGE / "configs", _PACKAGE.parent / "configs") if (folder / "compare.yaml").is_file())
"""Inside the package where it is installed, beside it in a checkout."""

DEFAULT_SCORE = "wecasa_2025"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\+[A-Za-z][A-Za-z0-9_]*)*")
PLUS_KEY = re.compile(r"([+~]*arms\.)([A-Za-z]\w*(?:\+[A-Za-z]\w*)+)")
MINUS_KEY = re.compile(r"\barms\.[A-Za-z]\w*(?:-[A-Za-z]\w*)+")
RESOLVERS = (
    "oc.env",
    "oc.decode",
    "oc.create",
    "oc.deprecated",
    "oc.dict.keys",
    "oc.dict.values",
    "oc.select",
    "hydra",
    "now",
    "python_version",
)


def is_arm(name: str, folders: Sequence[Path] = (CONFIGS,)) -> bool:
    """Whether there is a yaml of that arm, or of an allocator of that name, and of each programme added to it."""
    base, *programmes = name.split("+")
    named = any((folder / group / f"{base}.yaml").is_file() for folder in folders for group in ("arm", "allocator"))
    return named and all(_is_programme(programme, folders) for programme in programmes)


def _is_programme(name: str, folders: Sequence[Path]) -> bool:
    return any((folder / "programme" / f"{name}.yaml").is_file() for folder in folders)


def _config_key(name: str) -> str:
    """Key of an arm while Hydra composes it: Hydra's keys have no plus, names of arms no minus."""
    return name.replace("+", "-")


def _unknown_name(key: str, name: str, group: str, paths: Iterator[Path]) -> config.ConfigError:
    known = sorted({path.stem for path in paths})
    near = nearest(name, known)
    meant = f"did you mean {near}? There" if near else "there"
    return config.ConfigError(f"{key} = {name!r}, unknown {group}; {meant} are: {', '.join(known)}")


def _programme_names(names: Any, folders: Sequence[Path]) -> list[str]:
    """What ``programme=`` asks for, for every arm."""
    names = [names] if isinstance(names, str) else names or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise config.ConfigError(f"programme = {names!r}, must be a list of programmes such as [points,recovery]")
    if len(set(names)) < len(names):
        raise config.ConfigError(f"programme = {names}, must be distinct")
    for name in names:
        if not _is_programme(name, folders):
            paths = (path for folder in folders for path in (folder / "programme").glob("*.yaml"))
            raise _unknown_name("programme", name, "programme", paths)
    return names


def _arm_overrides(names: Any, programmes: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Overrides that put each arm under its key in ``arms``, with these programmes and those that its name adds."""
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise config.ConfigError(f"arm = {names!r}, must be a list of arm names such as [uniform,wecasa_2025]")
    if len(set(names)) < len(names):
        raise config.ConfigError(f"arm = {names}, must be distinct")
    return [line for name in names for line in _overrides_of_arm("arm", name, programmes, folders)]


def _named_overrides(
    named: Mapping[str, str], names: Sequence[str], programmes: Sequence[str], folders: Sequence[Path]
) -> list[str]:
    """The same for the arms that other keys name, by key, as far as they are not among the arms."""
    overrides, there = [], set(names)
    for key, name in named.items():
        if not NAME.fullmatch(name):
            raise config.ConfigError(f"{key} = {name!r}, must be the name of an arm, or null")
        if name not in there:
            overrides += _overrides_of_arm(key, name, programmes, folders)
            there.add(name)
    return overrides


def _overrides_of_arm(said: str, name: str, programmes: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Overrides that put an arm under its key in ``arms``; ``said``: the key that names it."""
    base, *own = name.split("+")
    key = _config_key(name)
    if any((folder / "arm" / f"{base}.yaml").is_file() for folder in folders):
        overrides = [f"+arm@arms.{key}={base}"]
    elif any((folder / "allocator" / f"{base}.yaml").is_file() for folder in folders):
        overrides = [f"+score@arms.{key}.score={DEFAULT_SCORE}", f"+allocator@arms.{key}.allocator={base}"]
    else:
        paths = (path for folder in folders for group in ("arm", "allocator") for path in (folder / group).glob("*.yaml"))
        raise _unknown_name(said, base, "arm", paths)
    if len(set(own)) < len(own):
        raise config.ConfigError(f"{said} = {name!r}, must add each programme once")
    for programme in own:
        if not _is_programme(programme, folders):
            paths = (path for folder in folders for path in (folder / "programme").glob("*.yaml"))
            raise _unknown_name(f"{said} = {name!r}: programme", programme, "programme", paths)
    every = dict.fromkeys([*own, *programmes])
    return [*overrides, *(f"+programme@arms.{key}.programmes.{programme}={programme}" for programme in every)]


def _refuse_code(node: Any, path: str) -> None:
    """Refuse every interpolation that calls a resolver, such as ``${oc.env:HOME}``."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            _refuse_code(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            _refuse_code(value, f"{path}[{i}]")
    elif isinstance(node, str) and "${" in node and ":" in node[node.index("${") :]:
        raise config.ConfigError(f"{path} = {node!r}, must not call a resolver; a config reads neither the environment nor code")


@contextmanager
def _without_resolvers() -> Iterator[None]:
    """No resolver exists while configurations are composed and read; afterwards the defaults are back."""
    for name in RESOLVERS:
        OmegaConf.clear_resolver(name)
    try:
        yield
    finally:
        OmegaConf.clear_resolvers()


@contextmanager
def _search_path(extra: Sequence[Path]) -> Iterator[None]:
    """Make further folders of configurations known to Hydra."""

    class Extra(SearchPathPlugin):
        def manipulate_search_path(self, search_path: Any) -> None:
            for folder in extra:
                search_path.prepend("extra", f"file://{folder}")

    registered = Plugins.instance().class_name_to_class
    before = dict(registered)
    if extra:
        Plugins.instance().register(Extra)
    try:
        yield
    finally:
        for name in set(registered) - set(before):
            del registered[name]
            Plugins.instance().plugin_type_to_subclass_list[SearchPathPlugin].remove(Extra)


def compose_settings(job: str, overrides: Sequence[str] = (), config_dirs: Sequence[Path] = ()) -> dict[str, Any]:
    """Compose ``configs/<job>.yaml`` with overrides into a plain mapping, arms included.

    Parameters
    ----------
    job
        Name of the yaml at the top of ``configs/``.
    overrides
        Hydra overrides, such as ``market.clients.one_time_share=.5``; ``arm=[a,b+points]`` chooses arms, ``programme=[points]``
        adds a programme to each of them.
    config_dirs
        Further folders with the same groups as ``configs/``, searched first.

    Raises
    ------
    ConfigError
        Unknown key, group or arm, a syntax error, or an interpolation that calls a resolver.
    """
    folders = [Path(folder).resolve() for folder in config_dirs]
    for folder in folders:
        if not folder.is_dir():
            raise config.ConfigError(f"--config-dir {folder}, must be a folder")
    try:
        with _without_resolvers(), _search_path(folders):
            overrides = [PLUS_KEY.sub(lambda key: key.group(1) + _config_key(key.group(2)), line) for line in overrides]
            parsed = OverridesParser.create().parse_overrides(list(overrides))
            chosen: dict[str, Any] = {}
            held: dict[str, Any] = {}
            rest = []
            for override in parsed:
                if override.is_sweep_override():
                    raise config.ConfigError(f"{override.input_line}, sweeps are not supported; a list is written [a,b]")
                if override.key_or_group.split(".")[0].split("/")[0] == "hydra":
                    raise config.ConfigError(f"{override.input_line}, must not change Hydra itself; see --config-dir")
                if override.key_or_group in ("arm", "programme"):
                    key = override.key_or_group
                    if override.package is not None:
                        raise config.ConfigError(f"{override.input_line}, must be {key}=[...]: {key}s join by their names")
                    chosen[key] = override.value()
                elif override.key_or_group in ("worlds", "design"):
                    # Hydra takes the name of a folder for a choice of its files
                    held[override.key_or_group] = override.value()
                else:
                    rest.append(str(override.input_line))
            GlobalHydra.instance().clear()
            with initialize_config_dir(str(CONFIGS), version_base="1.3", job_name=job):
                asked = "arm" in chosen
                usual = _usual(job, parsed)
                chosen = {key: usual.get(key) for key in ("arm", "programme")} | chosen
                names, places = chosen["arm"], [*folders, CONFIGS]
                # a command that simulates nothing has no arms
                armed = asked or names is not None
                arms, named = [], named_in(usual, parsed) if armed else {}
                if armed:
                    programmes = _programme_names(chosen["programme"], places)
                    arms = _arm_overrides(names, programmes, places)
                    names = names if isinstance(names, list) else [names]
                    arms += _named_overrides(named, names, programmes, places)
                if "designs" in usual:
                    arms += _design_overrides(held.get("design", usual.get("design")), places)
                try:
                    composed = compose(job, overrides=[*arms, *rest])
                except ConfigCompositionException as error:
                    raise config.ConfigError(_unknown(error, overrides, _keys(job, arms, rest))) from None
            raw = OmegaConf.to_container(composed, resolve=False)
            _refuse_code(raw, "")
            settings = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except config.ConfigError as error:
        raise config.ConfigError(_with_plus(str(error))) from None
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise config.ConfigError(_with_plus(_first_lines(error))) from None
    plain = {str(key): value for key, value in dict(settings).items() if key != "programme"}  # type: ignore[arg-type]
    for key, why in (("worlds", "looks at one market"), ("design", "has no design")):
        if key in held and key not in plain:
            raise config.ConfigError(f"{key} = {held[key]}, unknown key: {job} {why}")
    plain |= held
    if "plausible" in plain and plain.get("worlds"):
        said = uncertain(plain, [override.key_or_group for override in parsed], [*folders, CONFIGS])
        plain |= {} if said is None else {"uncertain": said}
    if not armed:
        return plain
    others = dict.fromkeys(named.values())
    keys = {_config_key(name): name for name in (*names, *others)}
    if isinstance(plain.get("arms"), Mapping):
        every = {keys.get(key, key): arm for key, arm in plain["arms"].items()}
        plain["arms"] = {name: arm for name, arm in every.items() if name in names or name not in others}
        plain |= {NAMED_ARMS: {name: every.get(name) for name in others}} if others else {}
    return plain | {"arm": names}


@lru_cache(maxsize=8)
def _plain_yaml(text: str) -> Any:
    """A yaml as OmegaConf reads it, without a node for every number: a joint sample holds thousands."""
    return yaml.load(text, get_yaml_loader())  # noqa: S506 - a safe loader


def uncertain(settings: Mapping[str, Any], given: Sequence[str], folders: Sequence[Path]) -> dict[str, Any] | None:
    """What ``worlds/<name>.yaml`` says about the market, with the keys that were given for certain; None without such a file.

    Parameters
    ----------
    settings
        Composed; ``plausible`` names the file, or it is that of the market.
    given
        Keys of the command line.

    Raises
    ------
    ConfigError
        There is no file of the name that was asked for, or it cannot be read.
    """
    asked, market = settings["plausible"], settings.get("market")
    name = asked if asked is not None else market.get("name") if isinstance(market, Mapping) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        if asked is not None:
            raise config.ConfigError(f"plausible = {asked!r}, must be the name of a yaml of configs/worlds")
        return None
    path = next((path for folder in folders if (path := folder / "worlds" / f"{name}.yaml").is_file()), None)
    if path is None:
        if asked is not None:
            raise _unknown_name("plausible", name, "worlds", (path for one in folders for path in (one / "worlds").glob("*.yaml")))
        return None
    try:
        content = _plain_yaml(path.read_text(encoding="utf-8"))
    except (YAMLError, OSError, ValueError) as error:
        raise config.ConfigError(f"{path}: {_first_lines(error)}") from None
    if not isinstance(content, Mapping):
        raise config.ConfigError(f"{path}, must be a mapping")
    _refuse_code(content, "worlds")
    known = sorted({key.removeprefix("market.") for key in given if key.startswith("market.")})
    return {str(key): value for key, value in content.items()} | ({"known": known} if known else {})


def _with_plus(message: str) -> str:
    """A message that names arms as the user does."""
    return MINUS_KEY.sub(lambda key: key.group().replace("-", "+"), message)


def _design_overrides(names: Any, folders: Sequence[Path]) -> list[str]:
    """Overrides that put each experiment design under its key in ``designs``."""
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise config.ConfigError(f"design = {names!r}, must be a list of designs such as [client,switchback]")
    if len(set(names)) < len(names):
        raise config.ConfigError(f"design = {names}, must be distinct")
    known = [path for folder in folders for path in (folder / "design").glob("*.yaml")]
    for name in names:
        if name not in {path.stem for path in known}:
            raise _unknown_name("design", name, "design", iter(known))
    return [f"+design@designs.{name}={name}" for name in names]


def _usual(job: str, overrides: Sequence[Override]) -> dict[str, Any]:
    """What the job's yaml says, or an experiment's in its place."""
    experiment = [str(override.input_line) for override in overrides if override.key_or_group == "experiment"]
    composed = compose(job, overrides=experiment) if experiment else OmegaConf.load(CONFIGS / f"{job}.yaml")
    plain: Any = OmegaConf.to_container(composed, resolve=False)
    return dict(plain)


def _keys(job: str, arms: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """Keys that could have been changed; only overrides that choose a file of a group count."""
    groups = [line for line in overrides if (CONFIGS / line.partition("=")[0].strip()).is_dir()]
    try:
        return dotted_keys(OmegaConf.to_container(compose(job, overrides=[*arms, *groups]), resolve=False))
    except (HydraException, OmegaConfBaseException):
        return []


def _unknown(error: Exception, overrides: Sequence[str], keys: Sequence[str]) -> str:
    """What is wrong with overrides that do not fit the configuration."""
    unknown = re.search(r"Could not override '([^']+)'", str(error))
    if not unknown:
        return _first_lines(error)
    key = unknown.group(1)
    values = [value for name, _, value in (line.partition("=") for line in overrides) if name.strip() == key]
    given = f"{key} = {values[-1].strip()}" if values else key
    return f"{given}, unknown key{did_you_mean(key, keys)}"


def _first_lines(error: Exception) -> str:
    missing = re.search(
        r"Could not find '([^']+)/([^']+)'\s+Available options in '[^']+':\s+(.+?)\s*Config search path", str(error), re.S
    )
    if missing:
        group, name, known = missing.group(1), missing.group(2), missing.group(3).split()
        near = nearest(name, known)
        meant = f"did you mean {near}? There" if near else "there"
        return f"{group} = {name!r}, unknown {group}; {meant} are: {', '.join(known)}"
    twice = re.search(r"Multiple values for programme@(arms\.\S+)\.programmes\.(\w+)\.", str(error))
    if twice:
        return f"{twice.group(1)}.programmes.{twice.group(2)}, is there already: an arm has at most one programme of a kind"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(line for line in lines if not line.startswith(("full_key", "object_type", "set_struct")))


def as_yaml(settings: Mapping[str, Any]) -> str:
    """Composed settings as a yaml that composes to the same."""
    return OmegaConf.to_yaml(OmegaConf.create(dict(settings)))
