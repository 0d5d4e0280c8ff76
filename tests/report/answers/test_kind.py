"""What sections need of parts before anything is simulated."""

import inspect
from pathlib import Path

import pytest

from sim.report import answers
from sim.report.answers.kind import CONTROL, MAIN, Outline, Role, SectionKind, problem
from sim.report.answers.page import KINDS
from tests.report.parts import made

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "experiment"


def outline(name: str = "mine", *sections: str, control: str = "uniform") -> Outline:
    return Outline(name, sections, ("uniform", "today"), "today", control, (), ())


KIND = SectionKind("tour", lambda **roles: roles, {MAIN: Role((CONTROL,)), "stops": Role(many=True), "guide": Role()})


def test_a_role_is_spelt_with_its_section_and_the_main_one_by_the_section_alone() -> None:
    assert [KIND.spelling(role) for role in KIND.roles] == ["tour", "tour.stops", "tour.guide"]


def test_parts_are_cast_in_the_roles_they_name_and_given_by_role() -> None:
    main, stop, both = (
        made({"uniform": 0.3, "today": 0.3}, name=name, sections=sections)
        for name, sections in (("a", ("tour",)), ("b", ("tour.stops", "other")), ("c", ("tour.stops", "tour.guide")))
    )
    cast = KIND.cast([main, stop, both])
    assert {role: [part.name for part in parts] for role, parts in cast.items()} == {
        MAIN: ["a"],
        "stops": ["b", "c"],
        "guide": ["c"],
    }
    given = KIND.written(cast)
    # a role of many is a list, any other a part
    assert (given[MAIN].name, [part.name for part in given["stops"]], given["guide"].name) == ("a", ["b", "c"], "c")
    assert KIND.cast([stop]).keys() == {"stops"}


def test_one_part_has_one_role_unless_the_role_is_of_many() -> None:
    assert problem([KIND], [outline("a", "tour"), outline("b", "tour.stops"), outline("c", "tour.stops")]) is None
    found = problem([KIND], [outline("a", "tour"), outline("b", "tour")])
    assert found == ("b", "tour", "is what parts.a serves already, must be of one part")


def test_what_a_part_lacks_is_named() -> None:
    assert problem([KIND], [outline("a", "tour", control="")]) == ("a", "tour", "needs a control, which the part lacks")
    # what is needed of the main part is not needed in another role
    assert problem([KIND], [outline("a", "tour.guide", control="")]) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_section_takes_its_parts_by_role(kind: SectionKind) -> None:
    assert set(inspect.signature(kind.write).parameters) == set(kind.roles)
    assert set(kind.enough) <= set(kind.roles)


def test_no_two_sections_have_one_name() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_each_folder_of_answers_is_of_a_study() -> None:
    folders = {path.parent.name for path in Path(answers.__file__).parent.glob("*/sections.py")}
    assert folders <= {path.stem for path in CONFIGS.glob("*.yaml")}
    assert folders == {"interplay", "programmes", "robust_order", "threshold_map"}
