"""The section of the study ``experiment=threshold_map``."""

from sim.report.answers.kind import CONTROL, FACTORS, MAIN, OTHER_CONTROL, Role, SectionKind
from sim.report.answers.threshold_map.regimes import regimes_section

SECTIONS = (SectionKind("threshold_map", regimes_section, {MAIN: Role((CONTROL, OTHER_CONTROL, FACTORS))}),)
