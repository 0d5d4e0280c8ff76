"""What the public functions give back: Arrow tables with a row a thing, and something to look at in a notebook."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from matplotlib.figure import Figure

from experiments.comparison.analysis import Compared
from experiments.comparison.tables import DIFFERENCES, SUMMARY, difference_rows, summary_rows
from sim.arrays import Floats
from sim.charts.differences import plot_headline_differences
from sim.charts.style import figure_of
from sim.charts.trade_off import Line, plot_trade_off
from sim.log import RunLog
from sim.metrics.catalogue import RETURN_RATE
from sim.report.decision import decision_sentence
from sim.report.figures import draw_figures
from sim.report.format import MARKS, headline_metrics, text_table, verdict_line
from sim.report.rule import references_of
from sim.report.settling import precision_sentence
from sim.scores.base import traits
from sim.words.levels import mean


def table_of(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as an Arrow table; undefined numbers stay nan."""
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(header)})


@dataclass(frozen=True)
class Chart:
    """A chart that a notebook shows by itself, with its caption and alternative text."""

    figure: Figure
    caption: str = ""
    alt: str = ""

    def _repr_html_(self) -> str:
        image = io.BytesIO()
        self.figure.savefig(image, format="png", dpi=160, bbox_inches="tight", facecolor="white")
        data = base64.b64encode(image.getvalue()).decode()
        width = round(self.figure.get_size_inches()[0] * 96)
        # the page behind may be dark: the chart brings its own ground
        return (
            f'<figure style="margin:0;max-width:{width}px"><img alt="{escape(self.alt)}" style="width:100%;background:#fff"'
            f' src="data:image/png;base64,{data}"><figcaption>{escape(self.caption)}</figcaption></figure>'
        )

    def save(self, path: str | Path) -> None:
        """Write it to a file: PNG, SVG or PDF, by the name's ending."""
        self.figure.savefig(path, dpi=200, bbox_inches="tight")


@dataclass(frozen=True)
class Run:
    """One simulated run: tables of what happened, and the metrics worked out from them."""

    arm: str
    market: str
    seed: int
    replication: int
    log: RunLog
    """The tables as NumPy columns, with the names behind codes; ``sim/log.py`` says what each holds."""
    metrics: Mapping[str, float]
    """By name (``measures()`` explains them); nan where undefined."""
    curves: Mapping[str, Floats]
    """By name, such as ``payback``: net contribution of a new client by month, (25,)."""

    @property
    def bookings(self) -> pa.Table:
        """One row a request, in order: who, when, stage, offers, pro, outcome, lateness, rating, money."""
        return self.log.arrow("bookings")

    @property
    def clients(self) -> pa.Table:
        """One row a client who was acquired."""
        return self.log.arrow("clients")

    @property
    def pros(self) -> pa.Table:
        """One row a pro."""
        return self.log.arrow("pros")

    @property
    def scores(self) -> pa.Table:
        """One row a weekly refresh and active pro: score, whether it counts, clients behind it, visibility."""
        return self.log.arrow("scores")

    @property
    def offers(self) -> pa.Table:
        """One row an offer; empty unless ``market.log_offers=true``."""
        return self.log.arrow("offers")

    @property
    def choices(self) -> pa.Table:
        """One row a candidate of each choice of the platform's: weight, asked or not; empty unless ``market.log_choices=true``."""
        return self.log.arrow("choices")

    @property
    def truth(self) -> pa.Table:
        """One row a pro: latent traits and the true share of new clients who would return; no policy sees it."""
        return self.log.arrow("truth_pros")

    def __repr__(self) -> str:
        rows = len(self.log.bookings["client"])
        return f"Run of {self.arm} in {self.market}, seed {self.seed}, replication {self.replication}: {rows:,} requests"


@dataclass(frozen=True)
class Result(Compared):
    """A comparison of arms over replications with common random numbers."""

    @property
    def precision(self) -> str:
        """Where the number of replications comes from; empty unless a precision was asked for."""
        return precision_sentence(self.wanted) if self.wanted else ""

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in order."""
        return self.comparison.arms

    @property
    def replications(self) -> int:
        """Runs of each arm."""
        return self.comparison.n_replications

    @cached_property
    def summary(self) -> pa.Table:
        """One row an arm and metric: mean, half-width of the arm's own 95 % interval, n."""
        return table_of(SUMMARY, summary_rows(self.comparison, self.gains))

    @cached_property
    def differences(self) -> pa.Table:
        """One row an arm and metric: paired difference to the control, simultaneous interval, p-value, verdict."""
        return table_of(DIFFERENCES, difference_rows(self.comparison))

    @cached_property
    def values(self) -> pa.Table:
        """One row an arm, metric and replication: the value in that run."""
        rows = [
            (arm, metric, replication, float(value))
            for arm, metrics in self.comparison.values.items()
            for metric, column in metrics.items()
            for replication, value in enumerate(column)
        ]
        return table_of(("arm", "metric", "replication", "value"), rows)

    @cached_property
    def curves(self) -> pa.Table:
        """One row an arm, curve, replication and point: its number from 0 on (week, month, pro, percent of pros), and the value."""
        columns: dict[str, list[Any]] = {"arm": [], "curve": [], "replication": [], "point": [], "value": []}
        for arm, curves in self.comparison.curves.items():
            for name, runs in curves.items():
                n_runs, n_points = runs.shape
                columns["arm"] += [arm] * runs.size
                columns["curve"] += [name] * runs.size
                columns["replication"].append(np.repeat(np.arange(n_runs), n_points))
                columns["point"].append(np.tile(np.arange(n_points), n_runs))
                columns["value"].append(runs.ravel())
        whole = {name: np.concatenate(columns[name]) for name in ("replication", "point", "value")}
        return pa.table({"arm": columns["arm"], "curve": columns["curve"], **whole})

    @property
    def decision(self) -> str:
        """What follows by the decision rule, in one to three sentences: those at the top of the report."""
        return decision_sentence(self.comparison, self.decided)

    def verdict(self, arm: str) -> str:
        """One sentence or two on an arm: level, difference to the control, and what it is worse in."""
        self._known(arm)
        return verdict_line(self.comparison, arm)

    def mean(self, arm: str, metric: str = RETURN_RATE) -> float:
        """Mean of a metric in an arm."""
        self._known(arm)
        self._measured(metric)
        return self.comparison.summary(arm, metric).mean

    def table(self) -> str:
        """Arms by headline metrics as text, as on the command line."""
        return text_table(self.comparison)

    @cached_property
    def _charts(self) -> dict[str, Chart]:
        score = self.plan.arms[self.plan.studied].score if self.plan.studied else None
        figures = draw_figures(
            self.comparison, traits(score).min_sessions or 0, self.plan.studied, self.plan.strict, self.rule.primary
        )
        charts = {known.name: Chart(known.figure, known.caption, known.alt) for known in figures}
        return charts | {"headline_differences": Chart(plot_headline_differences(self.comparison), "", self.decision)}

    @property
    def charts(self) -> tuple[str, ...]:
        """Names that ``plot`` takes."""
        return tuple(self._charts)

    def plot(self, name: str = "differences") -> Chart:
        """A chart of the report.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        if name not in self._charts:
            raise KeyError(f"chart = {name!r}, must be one of: {', '.join(self._charts)}")
        return self._charts[name]

    def trade_off(
        self,
        lines: Mapping[str, Mapping[str, str] | Sequence[str]] | None = None,
        cost: str = "exposure_gini",
        gain: str = RETURN_RATE,
        marks: str = "strength",
    ) -> Chart:
        """What a gain over the control costs in another metric.

        Parameters
        ----------
        lines
            By name of a line its arms, weakest first, or by mark (such as the strength) the arm; None: each arm a line.
        cost, gain
            Names of metrics; ``gain`` is shown as a difference to the control.
        marks
            What the marks along a line are.

        Raises
        ------
        KeyError
            An arm or a metric that is not there.
        """
        control = self.comparison.control
        chosen = lines if lines is not None else {arm: {"": arm} for arm in self.arms if arm != control}
        self._measured(cost)
        self._measured(gain)
        drawn = []
        for label, members in chosen.items():
            along = dict(members) if isinstance(members, Mapping) else {arm: arm for arm in members}
            for arm in along.values():
                self._known(arm)
            values = self.comparison.values
            paid = np.array([values[arm][cost] for arm in along.values()])
            gained = np.array([values[arm][gain] - values[control][gain] for arm in along.values()])
            drawn.append(Line(label, list(along), paid, gained))
        ax = plot_trade_off(drawn, cost, gain, control, marks=marks if lines else "")
        note = "Further up at the same place along the axis is better."
        return Chart(figure_of(ax), note, f"{gain} against {cost} of {', '.join(chosen)}")

    def _known(self, arm: str) -> None:
        if arm not in self.arms:
            raise KeyError(f"arm = {arm!r}, must be one of: {', '.join(self.arms)}")

    def _measured(self, metric: str) -> None:
        measured = self.comparison.values[self.arms[0]]
        if metric not in measured:
            raise KeyError(f"metric = {metric!r}, must be one of: {', '.join(measured)}")

    def __repr__(self) -> str:
        return f"{self.decision}\n\n{self.table()}"

    def _repr_html_(self) -> str:
        comparison, known = self.comparison, references_of(self.comparison)
        shown = headline_metrics(comparison)
        right, left = "text-align:right;padding:2px 8px", "text-align:left;white-space:nowrap"
        top = f"{right};white-space:normal;max-width:8em;vertical-align:bottom"
        head = "".join(f'<th style="{top}">{escape(metric.label)}</th>' for metric in shown)
        body = ""
        for arm in self.arms:
            cells = ""
            for metric in shown:
                row = comparison.difference(arm, metric.name)
                mark, title = (MARKS[row.verdict], f' title="{escape(row.verdict)}"') if row else ("", "")
                text = escape(f"{mean(comparison.summary(arm, metric.name))} {mark}")
                cells += f'<td style="{right};white-space:nowrap"{title}>{text}</td>'
            body += f'<tr><th style="{left}">{escape(arm)}{" *" if arm in known else ""}</th>{cells}</tr>'
        legend = escape(self.table().rsplit("\n\n", 1)[-1]).replace("\n", "<br>")
        return (
            f"<p><strong>{escape(self.decision)}</strong></p><table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody>"
            f"</table><p><small>{legend}</small></p>"
        )


@dataclass(frozen=True)
class Calibrated:
    """A market fitted to a file of bookings."""

    name: str
    """Of the market: ``compare(..., market=name, config_dir=config_dir)``."""
    config_dir: Path
    worlds: Path | None
    """What the file leaves open, for ``compare(..., worlds=64)`` with the same market and folder; None where nothing was asked."""
    report: Path
    """The page, with all of this."""
    sentences: tuple[str, ...]
    """What to make of it."""
    quality: pa.Table
    """One row a finding on the file: how many rows, what was wrong, what was done."""
    findings: pa.Table
    """One row a number of the market that the file gave: key, value (as JSON), source."""
    realism: pa.Table
    """One row a figure: in the file, simulated, their distance, and the distance that luck explains."""
    forecasts: pa.Table
    """One row a forecast of the hold-out; empty without one."""
    value: pa.Table
    """What new clients pay, in EUR, one row a channel (empty: all of them) and horizon in months: mean and 95 % interval, clients,
    the share that is already paid, and the price of a visit; no rows where the file has no prices."""
    figures: Mapping[str, Chart]
    """By name; ``plot`` shows one."""

    def plot(self, name: str = "ladder") -> Chart:
        """A chart of the page.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        if name not in self.figures:
            raise KeyError(f"chart = {name!r}, must be one of: {', '.join(self.figures)}")
        return self.figures[name]

    def __repr__(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self.sentences)

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in self.sentences)}</ul>"
