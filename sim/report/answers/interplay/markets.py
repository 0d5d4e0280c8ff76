"""Where thresholds, the treatment of the immature and shrinkage matter: the same arms in several markets."""

from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    PageSection,
    Table,
    capital,
    cell,
    interval_of,
    judged,
    runs_of,
    shift,
)
from sim.report.answers.equal import verdict_counts
from sim.report.format import runs
from sim.report.part import Part
from sim.words.language import configured, joined, t
from sim.words.units import label

DAYS = "new_pro_days_to_30_sessions"


def markets_section(part: Part) -> PageSection:
    """Every arm against the one it is compared with, in every market of the part, on returns and on the start of new pros."""
    markets = part.levels("market")
    others = [arm for arm in part.arms if arm not in (part.control, part.studied)]
    names = [name for name in (RETURN_RATE, DAYS) if name in part.values[part.studied]]
    answers: dict[tuple[str, str, str], Answer] = {}
    for name in names:
        for market in markets:
            here = part.at(market=market)
            for arm in (part.studied, *others):
                against = part.control if arm == part.studied else part.rival(arm)
                n = len(markets) * (1 if arm == part.studied else len(others))
                gap = part.gain(arm, against, name)[here][0]
                answers[name, market, arm] = judged(part, "markets", f"{market}: {arm}", name, against, gap, n)
    tables = [_table(part, answers, name, markets, others) for name in names]
    sentences = [_sentence(part, answers, arm, markets) for arm in others]
    gains = [answers[RETURN_RATE, market, part.studied] for market in markets]
    clear = [market for market, one in zip(markets, gains, strict=True) if one.verdict == "better"]
    answer = t(
        "{arm} is clearly ahead of {control} in {n} of {all} markets; {arms} ({runs}).",
        arm=part.studied,
        control=part.control,
        n=len(clear),
        all=len(markets),
        arms=joined(_short(part, answers, arm, markets) for arm in others),
        runs=runs_of(part),
    )
    notes = [
        t("Each market is a preset of configs/market; its first line says what it stands for."),
        t("Intervals hold for all markets and arms of a number together, and are over the luck of the draw within each market."),
    ]
    return PageSection("markets", configured(part.question), answer, sentences, (), tables, notes, list(answers.values()))


def _table(
    part: Part, answers: dict[tuple[str, str, str], Answer], name: str, markets: tuple[str, ...], others: list[str]
) -> Table:
    header = (
        t("Market"),
        t("{arm} against {control}", arm=part.studied, control=part.control),
        *(t("{arm} against {control}", arm=arm, control=part.rival(arm)) for arm in others),
    )
    rows = [(market, [cell(answers[name, market, arm]) for arm in (part.studied, *others)]) for market in markets]
    caption = t("{metric}; {runs} in each market, simultaneous intervals.", metric=label(metric(name)), runs=runs(part.n))
    return Table(caption, header, rows)


def _short(part: Part, answers: dict[tuple[str, str, str], Answer], arm: str, markets: tuple[str, ...]) -> str:
    mine = [answers[RETURN_RATE, market, arm] for market in markets]
    return t("{arm} against {other}: {counts}", arm=arm, other=part.rival(arm), counts=verdict_counts(mine))


def _sentence(part: Part, answers: dict[tuple[str, str, str], Answer], arm: str, markets: tuple[str, ...]) -> str:
    """Where an arm differs, by how much, and what it does to the start of new pros."""
    words = []
    for name in (RETURN_RATE, DAYS):
        clear = [(market, answers[name, market, arm]) for market in markets if (name, market, arm) in answers]
        clear = [(market, one) for market, one in clear if one.verdict in CLEAR]
        if clear:
            unit = metric(name).unit
            places = joined(f"{market} {shift(interval_of(one), unit)}" for market, one in clear)
            words.append(f"{label(metric(name))} {places}")
    found = joined(words) if words else t("no clear difference in any market")
    return capital(t("{arm} against {other}: {found}.", arm=arm, other=part.rival(arm), found=found))
