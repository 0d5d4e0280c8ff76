"""What a search for settings found, in sentences: what to choose, how sure that is, and what it costs."""

from collections.abc import Iterator

from sim.metrics.catalogue import metric
from sim.report.decision import limit_text
from sim.report.format import difference
from sim.report.rule import Guardrail
from sim.report.tune import Setting, TunedPoint, TunedPrice, TuneRecord, unit_of
from sim.statistics.intervals import Interval
from sim.words.language import joined, t, told, within_sentence, word
from sim.words.units import brief, label, percent, shift, signed_with_interval, whole


def named(record: TuneRecord, point: TunedPoint) -> str:
    """A policy's name, with what it is here."""
    if point.name == record.recommended:
        return t("{arm} (recommended)", arm=point.name)
    return {
        "control": t("{arm} (control)", arm=point.name),
        "today": t("{arm} (today)", arm=point.name),
        "landmark": t("{arm} (knows the truth)", arm=point.name) if point.sees_truth else point.name,
        "setting": point.name,
    }[point.kind]


def setting(value: Setting) -> str:
    """A value of a setting."""
    return brief(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def settings_of(point: TunedPoint) -> str:
    """All settings of a policy."""
    return joined(f"{key.removeprefix('arm.')} = {setting(value)}" for key, value in point.settings.items())


def limit_named(one: Guardrail) -> str:
    """A guardrail with its metric."""
    return f"{within_sentence(label(metric(one.metric)))}, {limit_text(one)}"


def sentences(record: TuneRecord) -> list[str]:
    """What was found, the most important first."""
    return [
        line for line in (*_recommendation(record), *_today(record), *map(price_sentence, record.prices), *_curse(record)) if line
    ]


def _recommendation(record: TuneRecord) -> Iterator[str]:
    best, first = record.best, record.objectives[0]
    if best is None:
        yield t(
            "No setting that was tried surely enough keeps the guardrails, so nothing is recommended: {guardrails}.",
            guardrails=_limits(record),
        )
        return
    yield t(
        "{head}: {metric} {change} against {control}, and {today} against today's {varied}.",
        head=_head(record, best),
        metric=within_sentence(label(metric(first))),
        change=difference(record.difference(best, 0), unit_of(first)),
        control=record.control,
        today=difference(record.difference(best, 0, record.today), unit_of(first)),
        varied=record.varied,
    )
    yield _guardrails(record, best)
    if record.choice is not None:
        yield _chosen(record)


def _head(record: TuneRecord, best: TunedPoint) -> str:
    """What to do, only as surely as it is known."""
    settings, varied = settings_of(best), record.varied
    if record.surely_better:
        if record.keeps:
            return t("Choose {settings}", settings=settings)
        return t("Better, but not sure to keep the guardrails, is {settings}", settings=settings)
    metric_ = within_sentence(label(metric(record.objectives[0])))
    if record.keeps:
        return t(
            "Nothing to choose is surely better than today's {varied} in {metric}; closest is {settings}",
            varied=varied,
            metric=metric_,
            settings=settings,
        )
    return t(
        "Nothing to choose is surely better than today's {varied} in {metric}; closest, and not sure to keep the guardrails, is"
        " {settings}",
        varied=varied,
        metric=metric_,
        settings=settings,
    )


def _guardrails(record: TuneRecord, best: TunedPoint) -> str:
    checks = record.checks(best)
    if not checks:
        return t("No guardrail was set.")
    if open_ := [(one, test) for one, test in checks if test.verdict != "within limit"]:
        return t(
            "On fresh random numbers it is not surely within: {guardrails}. Compare it with more replications before it is used.",
            guardrails=joined(f"{limit_named(one)}, {word(test.verdict)}" for one, test in open_),
        )
    return t("On fresh random numbers it is surely within every guardrail: {guardrails}.", guardrails=_limits(record))


def _limits(record: TuneRecord) -> str:
    return joined(limit_named(one) for one in record.guardrails)


def _chosen(record: TuneRecord) -> str:
    choice = record.choice
    assert choice is not None  # noqa: S101
    within = t("surely within the guardrails") if choice.sure else t("within the guardrails on average")
    if choice.guarantee is None:
        return t(
            "It was the only one of {all} finalists {within} after a first look of {look} runs each. The values here are of further"
            " runs.",
            all=choice.n_finalists,
            within=within,
            look=choice.first_look,
        )
    return t(
        "It was chosen in {runs} fresh runs among {n} of {all} finalists, those {within} after a first look of {look} runs each:"
        " {guarantee}. The values here are of further runs.",
        runs=whole(choice.runs),
        n=choice.raced,
        all=choice.n_finalists,
        within=within,
        look=choice.first_look,
        guarantee=told(choice.guarantee),
    )


def _today(record: TuneRecord) -> Iterator[str]:
    today = record.today
    if today.kind != "today" or not record.of_front:
        return
    better, n_all = record.dominating, sum(not one.sees_truth for one in record.points)
    if len(record.objectives) == 1:
        yield t(
            "{n} of {all} finalists surely beat today's {varied}, the error of 5 % shared out among them.",
            n=len(better),
            all=len(record.of_front),
            varied=record.varied,
        )
    elif better:
        names = joined(
            t(
                "{arm} ({changes})",
                arm=one.name,
                changes=joined(
                    f"{within_sentence(label(metric(name)))} {difference(record.difference(one, column, today), unit_of(name))}"
                    for column, name in enumerate(record.objectives)
                ),
            )
            for one in better[:2]
        )
        yield t(
            "Among the {policies} policies run here, today's {varied} is on the front with a probability of {share}; {n} of {all}"
            " finalists beat it: surely better in one objective, the error of 5 % shared out among them, and on average no worse in"
            " the others. For example {names}.",
            policies=n_all,
            varied=record.varied,
            share=percent(round(today.chance, 2)),
            n=len(better),
            all=len(record.of_front),
            names=names,
        )
    else:
        yield t(
            "Among the {policies} policies run here, today's {varied} is on the front with a probability of {share}; no finalist"
            " surely beats it.",
            policies=n_all,
            varied=record.varied,
            share=percent(round(today.chance, 2)),
        )


def price_sentence(price: TunedPrice) -> str:
    """What one objective changes along the front where another gets better by a step."""
    step = shift(price.step, unit_of(price.per)).lstrip("+")
    return t(
        "Along the front, where {per} is better by {step}, {gain} changes by {slope} ({n} settings).",
        per=within_sentence(label(metric(price.per))),
        step=step,
        gain=within_sentence(label(metric(price.gain))),
        slope=_exact(price.slope, price.gain),
        n=price.n_points,
    )


def _exact(found: Interval, name: str) -> str:
    """With one more decimal: a price is small."""
    return signed_with_interval(found.estimate, found.low, found.high, unit_of(name), more=1)


def _curse(record: TuneRecord) -> Iterator[str]:
    best, first = record.best, record.objectives[0]
    found = None if best is None else record.confirmed(best, 0)
    if best is not None and found is not None:
        yield t(
            "While searching, {arm} seemed to change {metric} by {searched}; on fresh random numbers it is {confirmed}. The best of"
            " many noisy values is too good, so believe the second.",
            arm=best.name,
            metric=within_sentence(label(metric(first))),
            searched=shift(found.searched, unit_of(first)),
            confirmed=difference(found.value, unit_of(first)),
        )
