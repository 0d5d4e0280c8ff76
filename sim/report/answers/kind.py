"""Kinds of sections of a page of answers: what writes each, which parts serve it, and what those must have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.report.answers.base import PageSection
from sim.report.part import Part

MAIN = "part"
"""The role of the part that a section is about."""


@dataclass(frozen=True)
class Outline:
    """What is known of a part before it is simulated."""

    name: str
    sections: tuple[str, ...]
    """What it serves, as its yaml says it: ``ladder``, or ``ladder.capacity`` in a role beside the main one."""
    arms: tuple[str, ...]
    studied: str
    control: str
    """Empty for none."""
    steps: tuple[str, ...]
    """Arms that remove an imperfection of the one before, in order."""
    factors: tuple[str, ...]
    """Keys."""


@dataclass(frozen=True)
class Need:
    """What a section needs of a part."""

    what: str
    """In words that follow "needs"."""
    met: Callable[[Outline, Outline | None], bool]
    """Of the part, and the part of the main role if there is one."""


CONTROL = Need("a control", lambda part, _: bool(part.control))
RIVAL = Need("an arm beside its control", lambda part, _: any(arm != part.control for arm in part.arms))
OTHER_CONTROL = Need("a control that is not the studied arm", lambda part, _: part.control != part.studied)
ONE_POINT = Need("a single point, without factors", lambda part, _: not part.factors)
FACTORS = Need("factors", lambda part, _: bool(part.factors))


def factor(ending: str) -> Need:
    """A factor whose key ends so."""
    return Need(f"a factor whose key ends in {ending}", lambda part, _: any(key.split(".")[-1] == ending for key in part.factors))


def arm(name: str) -> Need:
    """An arm of this name."""
    return Need(f"the arm {name}", lambda part, _: name in part.arms)


@dataclass(frozen=True)
class Role:
    """What a part can do for a section."""

    needs: tuple[Need, ...] = ()
    many: bool = False
    """Whether several parts may have it."""


@dataclass(frozen=True)
class SectionKind:
    """One question, whatever parts it is answered from."""

    name: str
    write: Callable[..., PageSection]
    """Its arguments are the roles: a part each, a list of them for a role of many; roles that nobody has are left out."""
    roles: Mapping[str, Role]
    enough: tuple[str, ...] = (MAIN,)
    """Roles of which one must be there for the section to be written."""

    def spelling(self, role: str) -> str:
        """The role as a yaml says it: the name of the section alone for the main one."""
        return self.name if role == MAIN else f"{self.name}.{role}"

    def cast(self, parts: Iterable[Part]) -> dict[str, list[Part]]:
        """The parts that serve the section, by role."""
        parts = list(parts)
        found = {role: [part for part in parts if self.spelling(role) in part.sections] for role in self.roles}
        return {role: serving for role, serving in found.items() if serving}

    def written(self, cast: Mapping[str, Sequence[Part]]) -> PageSection:
        """The section, from the parts by role."""
        return self.write(**{role: list(found) if self.roles[role].many else found[0] for role, found in cast.items()})


def problem(kinds: Iterable[SectionKind], parts: Sequence[Outline]) -> tuple[str, str, str] | None:
    """The first part that cannot serve the section it names: part, what it serves, and why not; None where all can.

    Every section that a part names must be one of ``kinds``.
    """
    for kind in kinds:
        serving = {role: [part for part in parts if kind.spelling(role) in part.sections] for role in kind.roles}
        main = next(iter(serving.get(MAIN, [])), None)
        for role, found in serving.items():
            if len(found) > 1 and not kind.roles[role].many:
                return found[1].name, kind.spelling(role), f"is what parts.{found[0].name} serves already, must be of one part"
            for part in found:
                for need in kind.roles[role].needs:
                    if not need.met(part, main):
                        return part.name, kind.spelling(role), f"needs {need.what}, which the part lacks"
    return None
