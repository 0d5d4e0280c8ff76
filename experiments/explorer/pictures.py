"""Charts as files: the report's own, and those of one run, each with its words."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.explorer.gather import Finished
from sim.charts import style
from sim.report.figures import draw_figures
from sim.report.worlds_section import world_figures
from sim.scores.base import traits

MORE = "differences_"
"""Begins the names of charts that show one metric each of those in the table."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A chart and its words."""

    name: str
    figure: Figure
    caption: str
    alt: str
    """Alternative text: what it shows."""

    def svg(self) -> str:
        """The drawing, letters as outlines; the same bytes as in the ``figures`` folder of a report."""
        return style.element(style.svg_text(self.figure, self.name))

    def png(self) -> bytes:
        """The drawing at 200 dots an inch; the same bytes as in the ``figures`` folder of a report."""
        with tempfile.TemporaryDirectory() as folder:
            style.save(self.figure, Path(folder), self.name)
            return (Path(folder) / f"{self.name}.png").read_bytes()


def title_of(shown: Mapping[str, Picture]) -> Callable[[str], str]:
    """What the chart of a name is called on the chart itself."""
    return lambda name: " ".join(shown[name].figure.axes[0].get_title(loc="left").split())


def picture(name: str, ax: Axes, caption: str, alt: str) -> Picture:
    """A chart of our own."""
    return Picture(name, style.figure_of(ax), caption, alt)


@lru_cache(maxsize=8)
def pictures(finished: Finished) -> tuple[Picture, ...]:
    """The charts of the report, in its order."""
    score = finished.plan.arms[finished.plan.studied].score if finished.plan.studied else None
    plan, min_sessions = finished.plan, traits(score).min_sessions or 0
    drawn = draw_figures(finished.comparison, min_sessions, plan.studied, plan.strict, finished.decided.rule.primary)
    over = world_figures(finished.over, finished.decided)
    return tuple(Picture(figure.name, figure.figure, figure.caption, figure.alt) for figure in (*drawn, *over))


@lru_cache(maxsize=256)
def drawn(shown: Picture) -> str:
    """The SVG of a picture, made once."""
    return shown.svg()


@lru_cache(maxsize=4)
def pictures_alike(a: Finished, b: Finished) -> tuple[dict[str, Picture], dict[str, Picture]]:
    """The charts that two comparisons share, by name, on the same axes: drawn anew, since those of ``pictures`` are shown, too."""
    ours, theirs = ({each.name: each for each in pictures.__wrapped__(side)} for side in (a, b))
    for name in ours.keys() & theirs.keys():
        for left, right in zip(ours[name].figure.axes, theirs[name].figure.axes, strict=False):
            _same_scale(left, right)
    return {name: ours[name] for name in ours if name in theirs}, theirs


def _same_scale(left: Axes, right: Axes) -> None:
    """Give two axes the same range. Rows of names that grow downwards have no scale, and stay."""
    low, high = min(left.get_xlim()[0], right.get_xlim()[0]), max(left.get_xlim()[1], right.get_xlim()[1])
    for each in (left, right):
        each.set_xlim(low, high)
    if left.yaxis_inverted() or right.yaxis_inverted():
        return
    low, high = min(left.get_ylim()[0], right.get_ylim()[0]), max(left.get_ylim()[1], right.get_ylim()[1])
    for each in (left, right):
        each.set_ylim(low, high)


def as_zip(shown: Sequence[Picture]) -> bytes:
    """All charts as SVG and as PNG at 200 dots an inch, the same bytes for the same charts."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for each in shown:
            style.save(each.figure, Path(folder), each.name)
        for path in sorted(Path(folder).iterdir()):
            # a date of its own would make each download differ
            files.writestr(zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
