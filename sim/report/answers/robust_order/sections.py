"""The section of the study ``experiment=robust_order``."""

from sim.report.answers.kind import CONTROL, MAIN, OTHER_CONTROL, Need, Role, SectionKind
from sim.report.answers.robust_order.order import order_section

ONE_FACTOR = Need("exactly one factor", lambda part, _: len(part.factors) == 1)
SAME_ARMS = Need(
    "the arms, studied arm and control of the first part of the section",
    lambda part, first: first is None or (part.arms, part.studied, part.control) == (first.arms, first.studied, first.control),
)

SECTIONS = (SectionKind("order", order_section, {MAIN: Role((CONTROL, OTHER_CONTROL, ONE_FACTOR, SAME_ARMS), many=True)}),)
