"""The page of policies judged by a log: what it says, when not to believe it, and what else to ask."""

from collections.abc import Iterator, Sequence

from sim.charts.offpolicy import plot_clipping, plot_estimates, plot_weights
from sim.charts.style import figure_of
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference
from sim.report.offpolicy_beside import beside_section, exploring_section
from sim.report.offpolicy_record import EstimatorSays, OffpolicyRecord, PolicyJudged
from sim.report.offpolicy_words import estimator_name, policy_name, refusal, sentences, verdict_name
from sim.report.sheet import Sheet, SheetSection, SheetTable, sheet_document
from sim.words.language import t
from sim.words.units import NOT_DEFINED, percent, rounded, whole


def offpolicy_document(record: OffpolicyRecord) -> Document:
    """The report of a judgement by logs, in the current language."""
    spread = [(policy_name(one), one.quantiles) for one in record.policies if len(one.quantiles)]
    figures = []
    if spread:
        figures.append(
            ReportFigure(
                "weights",
                figure_of(plot_weights(spread)),
                t("The steeper a line at its right end, the fewer clients decide what the log says about the policy."),
                " ".join(sentences(record)[:2]),
            )
        )
    return sheet_document(offpolicy_sheet(record), figures)


def offpolicy_sheet(record: OffpolicyRecord) -> Sheet:
    """Sentences and tables of a judgement by logs, in the current language."""
    return Sheet(
        title=t("What would another policy have done?"),
        about=_about(record),
        sentences=sentences(record),
        caption=t(
            "Differences to the log in the share of new clients who come back; 95 % intervals for these pros and other clients."
        ),
        header=(
            t("Policy"),
            t("Doubly robust"),
            t("Weights, normalised"),
            t("Weighs like"),
            t("Largest weight"),
            t("Without support"),
            t("Other pros"),
            *(() if record.source else (t("Simulated"),)),
            t("Verdict"),
        ),
        rows=[_row(one, bool(record.source)) for one in record.policies],
        notes=_notes(bool(record.source)),
        command=record.command,
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
        sections=tuple(_sections(record)),
    )


def _about(record: OffpolicyRecord) -> str:
    if record.source:
        return t("{source}, from {start} to {end}.", source=record.source, start=record.period[0], end=record.period[1])
    return t("Market {market}: {n} simulated logs of {control}.", market=record.market, n=record.logs, control=record.control)


def _row(one: PolicyJudged, from_file: bool) -> Sequence[str]:
    first, weights = one.headline, one.line("self_normalised", "mature")
    truth = NOT_DEFINED if one.true_difference is None else difference(one.true_difference, "share")
    # nobody knows what is true about a file
    true = () if from_file else (truth,)
    if first is None or weights is None:
        return (policy_name(one), *[NOT_DEFINED] * 4, _share(one.unsupported_share), NOT_DEFINED, *true, verdict_name(one))
    return (
        policy_name(one),
        difference(first.difference, "share"),
        difference(weights.difference, "share"),
        whole(first.effective_n),
        rounded(first.largest_weight, 1),
        _share(first.unsupported_share),
        difference(first.other_pros, "share"),
        *true,
        verdict_name(one),
    )


def _share(value: float) -> str:
    return NOT_DEFINED if value != value else percent(round(value, 3))


def _notes(from_file: bool) -> tuple[str, ...]:
    notes = (
        t("Weighs like: so many choices of the new policy would say as much. Largest weight: what one client of the log counts."),
        t("Without support: the new policy's choices of pros whom the log could not have chosen; about these it says nothing."),
        t("Other pros: doubly robust, with an interval for other pros such as these, too."),
        t("Simulated: the same market and luck under the new policy, which makes its own calendars and scores."),
    )
    return notes[:-1] if from_file else notes


def _sections(record: OffpolicyRecord) -> Iterator[SheetSection]:
    for i, one in enumerate(record.policies):
        yield _of_policy(one, record, i)
    yield beside_section(record)
    if any(one.explorations for one in record.policies):
        yield exploring_section(record)


def _of_policy(one: PolicyJudged, record: OffpolicyRecord, number: int) -> SheetSection:
    """Every estimator of a policy, or why there is none."""
    title = t("Every estimator: {arm}", arm=policy_name(one))
    if one.refused:
        return SheetSection(title, [refusal(one, record)], (), ())
    mature = [line for line in one.says if line.outcomes == "mature"]
    header = (
        t("Estimator"),
        t("Time is over"),
        t("All, weighted"),
        t("Other pros"),
        t("Any outcomes"),
        t("Weighs like"),
        t("Largest weight"),
    )
    table = SheetTable("", header, [_line(line, one) for line in mature])
    notes: tuple[str, ...] = (
        t("Time is over: only clients who have had the whole time. All, weighted: those known count for those not known yet."),
        t(
            "Any outcomes: a bound (empirical Bernstein) that holds for any outcomes if propensities are right. None where the log"
            " lacks any propensity, where any choice lacks support, and for weights that are cut, normalised or give way to"
            " the model."
        ),
        t("Offer by offer: the propensities of all offers made, without a model of who accepts."),
        t("Model alone: no interval, since how far the model of returns is off is not known."),
    )
    if not any(line.estimator.startswith("offers") for line in mature):
        notes = (*notes[:2], notes[3])
    return SheetSection(title, (), (table,), notes, _figures(one, mature, number))


def _line(line: EstimatorSays, one: PolicyJudged) -> Sequence[str]:
    every = one.line(line.estimator, "weighted")
    return (
        estimator_name(line.estimator),
        difference(line.difference, "share"),
        NOT_DEFINED if every is None else difference(every.difference, "share"),
        difference(line.other_pros, "share"),
        difference(line.bernstein, "share") if line.bernstein.n else NOT_DEFINED,
        whole(line.effective_n),
        rounded(line.largest_weight, 1),
    )


def _figures(one: PolicyJudged, lines: Sequence[EstimatorSays], number: int) -> tuple[ReportFigure, ...]:
    drawn = [(estimator_name(line.estimator), line.difference) for line in lines]
    return (
        ReportFigure(
            f"estimates_{number + 1}",
            figure_of(plot_estimates(one.arm, drawn, one.true_difference)),
            t("Lines: 95 % intervals for these pros and other clients."),
            "; ".join(f"{name}: {difference(found, 'share')}" for name, found in drawn),
        ),
        ReportFigure(
            f"clipping_{number + 1}",
            figure_of(plot_clipping(one.tried, one.clipped, one.error, one.bias_bound, one.threshold)),
            t("Letting larger weights through brings more noise, cutting them more bias; on the right nothing is cut."),
            t("{arm}: weights are cut at {weight}.", arm=one.arm, weight=rounded(one.threshold, 2)),
        ),
    )
