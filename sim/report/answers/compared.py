"""Any comparison of arms: every arm against the control on the headline metrics."""

from sim.charts import style
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import METRICS, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    PageSection,
    Table,
    cell,
    judged,
    rows_in_words,
    runs_of,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.format import inert_words, runs
from sim.report.part import Part, only
from sim.words.language import configured, listed, t, tn
from sim.words.units import label


def compared_section(part: Part) -> PageSection:
    """Any other comparison: every arm against the control on the headline metrics."""
    control = part.control or part.arms[0]
    names = only(part, tuple(one.name for one in METRICS if one.headline))
    others = [arm for arm in part.arms if arm != control]
    answers = [
        judged(part, part.name, arm, name, control, part.gain(arm, control, name)[0], len(others))
        for name in names
        for arm in others
    ]
    rows = [
        (arm, tuple(cell(one) for name in names for one in answers if one.what == arm and one.metric == name)) for arm in others
    ]
    caption = t("Against {control}; {runs}.", control=control, runs=runs_of(part))
    table = Table(caption, (t("Arm"), *(label(metric(name)) for name in names)), rows)
    mine = [one for one in answers if one.metric == names[0]]
    better = [one for one in mine if one.verdict == "better"]
    first = label(metric(names[0]))
    words = (
        tn(
            "{arms} is clearly better than {control} in: {metric}",
            "{arms} are clearly better than {control} in: {metric}",
            len(better),
            arms=listed([one.what for one in better]),
            control=control,
            metric=first,
        )
        if better
        else t("No arm is clearly better than {control} in: {metric}", control=control, metric=first)
    )
    sentences = [t("{what}: {rows}.", what=one.what, rows=spoken(one)) for one in mine]
    inert = [arm for arm in others if all(one.verdict == "identical" for one in answers if one.what == arm)]
    if inert:
        sentences.append(inert_words(inert, control))
    answer = t("{found} ({runs}).", found=words, runs=runs_of(part))
    figures = [arms_figure(part.name, part, mine, names[0])]
    return PageSection(part.name, configured(part.question), answer, sentences, figures, [table], (), answers)


def arms_figure(section: str, part: Part, answers: list[Answer], name: str) -> ReportFigure:
    """Differences of arms to the control, in a metric."""
    rows = [Row(style.shortened(one.what), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in answers]
    control = answers[0].against if answers else part.control
    note = t("difference to {control}, 95 % intervals together, {runs}", control=style.short(control), runs=runs(part.n))
    ax = plot_rows(rows, name, label(metric(name)), note)
    return ReportFigure(
        f"{section}_{name}",
        style.figure_of(ax),
        t("Filled: can be told from the control. Hollow: cannot."),
        t("{metric}. {rows}.", metric=label(metric(name)), rows=rows_in_words(answers)),
    )
