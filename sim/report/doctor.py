"""What was understood of a file of bookings, as one page: before anything is fitted or simulated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.rows import Issue
from sim.calibration.fitness import Fitness
from sim.charts import style
from sim.charts.bookings import plot_calendar, plot_hours
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.report.replayed import quality_lines
from sim.said import Said, say
from sim.words.aligned import aligned
from sim.words.language import t, told, word
from sim.words.units import rounded, whole, with_unit

State = Literal["reads", "look first", "cannot be read"]
TONES: Mapping[State, str] = {"reads": "better", "look first": "not-distinguishable", "cannot be read": "worse"}
"""Class of a state in the style sheet."""


@dataclass(frozen=True)
class MeaningLine:
    """One column of the file and what it was taken as."""

    meaning: str
    heading: str
    example: str
    sure: Said | str
    readable: float
    """Share of the rows that have a value."""


@dataclass(frozen=True)
class Tally:
    """How often each value of a column occurs."""

    column: str
    values: Sequence[tuple[str, str, int]]
    """Value, what it was taken as (or nothing), rows."""
    more: int
    """Values that are not listed."""


@dataclass(frozen=True)
class DoctorPage:
    """What the page says."""

    source: str
    state: State
    refusal: str
    """Why the file cannot be read; empty otherwise."""
    quality: Mapping[str, Any]
    """As ``quality.json`` has it; empty where nothing can be read."""
    columns: Sequence[MeaningLine]
    issues: Sequence[Issue]
    warnings: Sequence[Said]
    gaps: Sequence[tuple[str, str, int]]
    """First and last day without a visit, and how many, of the longest such times."""
    tallies: Sequence[Tally]
    fitness: Sequence[Fitness]
    command: str
    following: str
    """What to type next."""


@dataclass(frozen=True)
class DoctorRecord:
    """All that the page is made of."""

    page: DoctorPage
    first_day: int
    by_day: Ints
    """(n_days,) visits on each day from ``first_day`` on."""
    hours: Floats
    """(24,) visits by the hour of the start; empty without times of day."""


def doctor_document(record: DoctorRecord) -> Document:
    """The page of a doctor's visit."""
    figures = []
    if len(record.by_day):
        n = int(record.by_day.sum())
        figures = [
            ReportFigure(
                "calendar",
                style.figure_of(plot_calendar(record.first_day, record.by_day)),
                t("A grey weekday is a day of rest; a grey stretch is a time that the file does not cover."),
                t("{n} visits by day, a column a week.", n=whole(n)),
            ),
            ReportFigure(
                "hours",
                style.figure_of(plot_hours(record.hours)),
                t("Hours at which nobody works point to a wrong zone."),
                t("Share of visits by the hour of their start."),
            ),
        ]
    page = record.page
    html = render(
        "doctor.html.j2",
        page=page,
        tone=TONES[page.state],
        summary=summary(page),
        figures_of=key_figures(page.quality),
        lines=quality_lines(page.issues),
        charts=figures,
        rounded=rounded,
        with_unit=with_unit,
    )
    return Document(html, short_markdown(title(), summary(page), figures, page.command), figures)


def title() -> str:
    """What the page is called."""
    return t("What is in this file of bookings?")


def summary(page: DoctorPage) -> list[str]:
    """The findings in plain sentences."""
    if page.refusal:
        return [t("The file cannot be read as it is."), page.refusal]
    quality = page.quality
    dropped = sum(quality["left_out"].values())
    sentences = [
        t(
            "{used} of {rows} rows are used: {visits} visits of {clients} clients, {first} to {last}.",
            used=whole(quality["rows_used"]),
            rows=whole(quality["rows"]),
            visits=whole(quality["visits"]),
            clients=whole(quality["clients"]),
            first=quality["first_day"],
            last=quality["last_day"],
        )
    ]
    if dropped:
        sentences.append(t("{n} rows are left out, each for the reason given below.", n=whole(dropped)))
    if quality["followed"]:
        sentences.append(
            t(
                "{share} of {n} new clients who can be followed for 183 days came again within them.",
                share=with_unit(rounded(100 * quality["return_rate_6m"], 1), "%"),
                n=whole(quality["followed"]),
            )
        )
    missing = [told(one.what) for one in page.fitness if not one.can]
    if missing:
        sentences.append(t("Cannot be fitted: {what}.", what="; ".join(missing)))
    return sentences


def key_figures(quality: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of the numbers that every command writes."""
    if not quality:
        return []
    labels = (
        ("price_median", say("Median price of a visit")),
        ("rating_mean", say("Mean rating")),
        ("lead_days_mean", say("Mean days from request to visit")),
        ("return_rate_6m", say("New clients who came again within 183 days")),
        ("followed", say("New clients followed for 183 days")),
    )
    found = []
    for key, label in labels:
        value = quality[key]
        if value is not None:
            text = with_unit(rounded(100 * value, 1), "%") if key == "return_rate_6m" else rounded(float(value), 2)
            found.append((told(label), whole(value) if key == "followed" else text))
    return found


def lines_of(page: DoctorPage) -> list[str]:
    """The page in a terminal."""
    lines = [f"{page.source}: {word(page.state)}", *(f"- {sentence}" for sentence in summary(page))]
    if page.columns:
        rows = [(one.meaning, one.heading, one.example, told(one.sure), f"{100 * one.readable:.0f} %") for one in page.columns]
        lines += ["", *aligned([(t("taken as"), t("column"), t("example"), t("how sure"), t("readable")), *rows])]
    if page.issues:
        lines += ["", *aligned([(many, what, done) for what, many, done in quality_lines(page.issues)])]
    if page.warnings:
        lines += ["", t("Look at:"), *(f"- {told(warning)}" for warning in page.warnings)]
    return lines


def longest_gaps(day: Ints, most: int = 5, shortest: int = 7) -> list[tuple[int, int, int]]:
    """First and last day without any, and how many, of the longest such times of at least a week."""
    there = np.unique(day)
    without = np.diff(there) - 1
    order = np.argsort(-without, kind="stable")[:most]
    return [(int(there[i]) + 1, int(there[i + 1]) - 1, int(without[i])) for i in order if without[i] >= shortest]
