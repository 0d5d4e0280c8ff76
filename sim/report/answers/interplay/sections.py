"""The sections of the study ``experiment=interplay``, in the order of the page."""

from sim.report.answers.interplay.gate import gate_section
from sim.report.answers.interplay.ladder import ladder_section
from sim.report.answers.interplay.markets import markets_section
from sim.report.answers.interplay.noise import RAW, noise_section
from sim.report.answers.interplay.orders import ARMS, ORDER
from sim.report.answers.interplay.payback import payback_section
from sim.report.answers.interplay.rules import rules_section
from sim.report.answers.interplay.scores import scores_section
from sim.report.answers.interplay.sensitivity import sensitivity_section
from sim.report.answers.interplay.surface import surface_section
from sim.report.answers.kind import (
    CONTROL,
    FACTORS,
    MAIN,
    ONE_POINT,
    OTHER_CONTROL,
    RIVAL,
    Need,
    Role,
    SectionKind,
    arm,
    factor,
)

STEP = Need("an arm with a step", lambda part, _: bool(part.steps))
LAST_STEP = Need("the arm of the last step of the ladder", lambda part, ladder: ladder is None or ladder.steps[-1] in part.arms)

SECTIONS = (
    SectionKind(
        "ladder",
        ladder_section,
        {
            MAIN: Role((CONTROL, ONE_POINT, STEP)),
            "capacity": Role((CONTROL, ONE_POINT, LAST_STEP)),
            "orders": Role((CONTROL, factor(ORDER), *(arm(name) for name in ARMS))),
        },
    ),
    SectionKind(
        "surface",
        surface_section,
        {
            MAIN: Role((CONTROL, factor("strength"), factor("min_sessions"))),
            "shrinkage": Role((CONTROL, factor("strength"))),
        },
    ),
    SectionKind("gate", gate_section, {MAIN: Role((CONTROL, factor("min_sessions"), factor("min_clients_behind")))}),
    SectionKind("markets", markets_section, {MAIN: Role((CONTROL, factor("market"), OTHER_CONTROL, RIVAL))}),
    SectionKind(
        "payback",
        payback_section,
        {MAIN: Role((CONTROL, ONE_POINT)), "settings": Role(many=True), "growth": Role((FACTORS,)), "stages": Role()},
        enough=(MAIN, "growth", "stages"),
    ),
    SectionKind("scores", scores_section, {MAIN: Role((CONTROL, ONE_POINT, RIVAL))}),
    SectionKind("rules", rules_section, {MAIN: Role((CONTROL, ONE_POINT, OTHER_CONTROL))}),
    SectionKind("sensitivity", sensitivity_section, {MAIN: Role((FACTORS,))}),
    SectionKind("noise", noise_section, {MAIN: Role((ONE_POINT, arm(RAW)))}),
)
