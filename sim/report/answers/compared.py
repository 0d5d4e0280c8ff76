"""Arms against a control on several metrics: who pays, and whether one rule improved on another."""

from collections.abc import Mapping

from sim.charts import style
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import METRICS, PRIMARY, metric
from sim.report.answers.base import CLEAR, PRICE, Answer, Cell, Section, Table, amount, cell, judged, listed, runs_of, spoken
from sim.report.figures import ReportFigure
from sim.report.part import Part, level_of, only


def scores_section(parts: Mapping[str, Part]) -> Section:
    """Definitions of the score against the one of today: what clients gain, and what pros pay."""
    part = parts["scores"]
    names = (PRIMARY, *(name for name in PRICE if name in part.values[part.studied]))
    others = [arm for arm in part.arms if arm != part.control]
    answers = [
        judged("scores", arm, name, part.control, part.gain(arm, part.control, name)[0], len(others))
        for name in names
        for arm in others
    ]
    rows: list[tuple[str, tuple[Cell, ...]]] = [
        (part.control, tuple(Cell(amount(level_of(part.of(part.control, name)[0]), metric(name).unit)) for name in names))
    ]
    rows += [
        (arm, tuple(cell(one) for name in names for one in answers if one.what == arm and one.metric == name)) for arm in others
    ]
    table = Table(
        f"Each definition against {part.control}; {runs_of(part)}, intervals hold for all definitions of a number together.",
        ("Score", *(metric(name).label for name in names)),
        rows,
    )
    figures = [
        _figure(part, [one for one in answers if one.metric == name], name)
        for name in (PRIMARY, "false_demotion_share")
        if name in names
    ]
    notes = [
        "False demotions: pros whose score counts and who are truly above the average, shown less than the average pro. Each"
        " definition is used at the strength of its own file; where that differs, exposure does too: compare it beside returns.",
        "The spread of true quality between pros, and that quality does not change over time, are assumptions.",
    ]
    return Section(
        "scores",
        part.question,
        _who_pays(part, answers, others),
        _by_metric(answers, names, part),
        figures,
        [table],
        notes,
        answers,
    )


def _who_pays(part: Part, answers: list[Answer], others: list[str]) -> str:
    costless = []
    for arm in others:
        mine = {one.metric: one.verdict for one in answers if one.what == arm}
        if mine[PRIMARY] == "better" and "worse" not in mine.values():
            costless.append(arm)
    better = [
        arm for arm in others if any(one.what == arm and one.metric == PRIMARY and one.verdict == "better" for one in answers)
    ]
    base = (
        amount(level_of(part.of(part.control, "false_demotion_share")[0]), "share")
        if "false_demotion_share" in part.values[part.control]
        else ""
    )
    first = (
        f"Under {part.control} {base} of the truly good pros whose score counts are shown less than the average"
        if base
        else f"Against {part.control}"
    )
    if not better:
        return f"{first}; no other definition brings clearly more clients back ({runs_of(part)})."
    if costless:
        return (
            f"{first}; {listed(costless)} bring{'s' if len(costless) == 1 else ''} more clients back at no clear cost to pros"
            f" ({runs_of(part)})."
        )
    return (
        f"{first}; {listed(better)} bring{'s' if len(better) == 1 else ''} more clients back, each at a clear cost to pros"
        f" ({runs_of(part)})."
    )


def _by_metric(answers: list[Answer], names: tuple[str, ...], part: Part) -> list[str]:
    sentences = []
    for name in names:
        mine = [one for one in answers if one.metric == name]
        found = {word: [one for one in mine if one.verdict == word] for word in ("better", "worse")}
        label = metric(name).label
        if not found["better"] and not found["worse"]:
            sentences.append(f"{label}: no definition can be told from {part.control}.")
            continue
        parts = []
        for word, rows in found.items():
            if rows:
                most = max(rows, key=lambda one: abs(one.estimate))
                parts.append(f"{word} with {listed([one.what for one in rows])} (most: {most.what}, {spoken(most)})")
        sentences.append(f"{label}: {'; '.join(parts)}.")
    return sentences


def rules_section(parts: Mapping[str, Part]) -> Section:
    """One rule against another on every headline metric, all read together."""
    part = parts["rules"]
    names = only(part, tuple(known.name for known in METRICS if known.headline or known.name in PRICE))
    answers = [
        judged("rules", part.studied, name, part.control, part.gain(part.studied, part.control, name)[0], len(names))
        for name in names
    ]
    return _pair_section("rules", part, answers, names)


def _pair_section(name: str, part: Part, answers: list[Answer], names: tuple[str, ...]) -> Section:
    rows = [
        (
            metric(one.metric).label,
            (
                Cell(amount(level_of(part.of(part.control, one.metric)[0]), metric(one.metric).unit)),
                Cell(amount(level_of(part.of(part.studied, one.metric)[0]), metric(one.metric).unit)),
                cell(one),
                Cell(str(one.n)),
            ),
        )
        for one in answers
    ]
    caption = f"{part.studied} against {part.control}; {runs_of(part)}, intervals hold for all rows together."
    table = Table(caption, ("Metric", part.control, part.studied, "Difference", "n"), rows)
    better, worse, other = ([one for one in answers if one.verdict == word] for word in ("better", "worse", "not distinguishable"))
    primary = next(one for one in answers if one.metric == PRIMARY) if PRIMARY in names else answers[0]
    first = f"{part.studied} against {part.control}, new clients who book again: {spoken(primary)}"
    counts = (
        f"of {len(answers)} metrics {len(better)} clearly better, {len(worse)} clearly worse,"
        f" {len(answers) - len(better) - len(worse)} not"
    )
    sentences = [
        f"{word}: {'; '.join(f'{metric(one.metric).label}, {spoken(one)}' for one in rows)}."
        for word, rows in (("Better", better), ("Worse", worse))
        if rows
    ]
    if other:
        sentences.append(f"Not distinguishable: {'; '.join(metric(one.metric).label for one in other)}.")
    figure = _figure(part, [primary], primary.metric)
    notes = [" ".join(f"{arm}: {part.descriptions[arm]}" for arm in (part.control, part.studied) if arm in part.descriptions)]
    return Section(
        name,
        part.question,
        f"{first}; {counts} ({runs_of(part)}).",
        sentences,
        [figure],
        [table],
        [note for note in notes if note],
        answers,
    )


def compared_section(part: Part) -> Section:
    """Any other comparison: every arm against the control on the headline metrics."""
    control = part.control or part.arms[0]
    names = only(part, tuple(known.name for known in METRICS if known.headline))
    others = [arm for arm in part.arms if arm != control]
    answers = [
        judged(part.name, arm, name, control, part.gain(arm, control, name)[0], len(others)) for name in names for arm in others
    ]
    rows = [
        (arm, tuple(cell(one) for name in names for one in answers if one.what == arm and one.metric == name)) for arm in others
    ]
    table = Table(f"Against {control}; {runs_of(part)}.", ("Arm", *(metric(name).label for name in names)), rows)
    mine = [one for one in answers if one.metric == names[0]]
    better = [one for one in mine if one.verdict == "better"]
    words = (
        f"{listed([one.what for one in better])} {'is' if len(better) == 1 else 'are'} clearly better than {control} in:"
        f" {metric(names[0]).label}"
        if better
        else f"No arm is clearly better than {control} in: {metric(names[0]).label}"
    )
    sentences = [f"{one.what}: {spoken(one)}." for one in mine]
    return Section(
        part.name, part.question, f"{words} ({runs_of(part)}).", sentences, [_figure(part, mine, names[0])], [table], (), answers
    )


def _figure(part: Part, answers: list[Answer], name: str) -> ReportFigure:
    rows = [Row(style.shortened(one.what), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in answers]
    control = answers[0].against if answers else part.control
    note = f"difference to {style.short(control)}, 95 % intervals together, {part.n} replications"
    ax = plot_rows(rows, name, metric(name).label, note)
    alt = "; ".join(f"{one.what} {spoken(one)}" for one in answers)
    return ReportFigure(
        f"{part.name}_{name}",
        style.figure_of(ax),
        "Filled: can be told from the control. Hollow: cannot.",
        f"{metric(name).label}. {alt}.",
    )
