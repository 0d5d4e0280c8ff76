"""The sections of the study ``experiment=programmes``, in the order of the page."""

from sim.report.answers.kind import CONTROL, MAIN, ONE_POINT, RIVAL, Need, Role, SectionKind
from sim.report.answers.programmes.budget import budget_section
from sim.report.answers.programmes.interaction import interaction_section, pairs_of

PAIR = Need(
    "two arms NAME and CONTROL_NAME of a programme without and with the control",
    lambda part, _: bool(pairs_of(part.arms, part.control)),
)

SECTIONS = (
    SectionKind("budget", budget_section, {MAIN: Role((CONTROL, ONE_POINT, RIVAL)), "acquisition": Role((ONE_POINT,))}),
    SectionKind("interaction", interaction_section, {MAIN: Role((CONTROL, ONE_POINT, PAIR))}),
)
