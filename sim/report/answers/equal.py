"""Differences that are too small to matter, and those that are not known: two things, never one."""

from collections.abc import Sequence

from sim.metrics.catalogue import metric
from sim.report.answers.base import Answer
from sim.report.format import reach
from sim.report.part import Part
from sim.words.language import joined, t


def verdict_counts(answers: Sequence[Answer]) -> str:
    """How many of some differences are of each kind: ``2 clearly better, 3 practically equal and 1 not known``."""
    kinds = {
        t("{n} clearly better", n=_count(answers, "better")): _count(answers, "better"),
        t("{n} clearly worse", n=_count(answers, "worse")): _count(answers, "worse"),
        t("{n} practically equal", n=_count(answers, "practically equal", "identical")): _count(
            answers, "practically equal", "identical"
        ),
        t("{n} not known", n=_count(answers, "not distinguishable", "not defined")): _count(
            answers, "not distinguishable", "not defined"
        ),
    }
    return joined(words for words, n in kinds.items() if n) or t("nothing was compared")


def _count(answers: Sequence[Answer], *verdicts: str) -> int:
    return sum(one.verdict in verdicts for one in answers)


def margin_words(part: Part, name: str) -> str:
    """The margin within which a difference is too small to matter: ``practically equal: surely within ± 0.20 points``; or empty."""
    margin = part.margins.get(name)
    return "" if margin is None else t("practically equal: surely within ± {margin}", margin=reach(margin, metric(name).unit))
