"""How a gain moves with what is assumed of the market."""

from dataclasses import replace

from sim.report.answers.base import PageSection
from sim.report.answers.factorial import factorial_section
from sim.report.part import Part


def sensitivity_section(part: Part) -> PageSection:
    """The gain of the studied arm at each level of each assumption, and at every point."""
    return factorial_section(replace(part, name="sensitivity"))
