"""What a report consists of, whatever job it is of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.figure import Figure

from sim.charts import style
from sim.report.figures import ReportFigure


@dataclass(frozen=True)
class Document:
    """A report in one language, the same to the byte for the same results."""

    html: str
    """The page: one file that needs nothing else."""
    markdown: str
    """The short form, for a pull request."""
    figures: Sequence[ReportFigure] = ()
    scorecard: str | None = None
    """JSON, for programs; None where there is nothing to decide on."""
    sheets: dict[str, Callable[[], Figure]] = field(default_factory=dict)
    """Further drawings for slides that the page does not show, by name."""

    def texts(self) -> dict[str, str]:
        """Contents by file name."""
        found = {"report.html": self.html, "report.md": self.markdown}
        return found | ({} if self.scorecard is None else {"scorecard.json": self.scorecard})

    def draw(self, folder: Path) -> None:
        """Write every figure into an existing folder, as PNG (200 dots per inch) and as SVG."""
        for figure in self.figures:
            style.save(figure.figure, folder, figure.name, figure.drawing)
        for name, make in self.sheets.items():
            style.save(make(), folder, name)
