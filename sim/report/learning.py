"""What an experiment is worth against deciding now: a part of the lab's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.arrays import Floats
from sim.charts.learning import plot_worth
from sim.charts.style import figure_of
from sim.report.figures import ReportFigure
from sim.report.format import lasting
from sim.report.sheet import SheetSection, SheetTable
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import percent, plain, rounded, whole, with_unit


@dataclass(frozen=True)
class DesignWorth:
    """What an experiment of a design brings and costs, in EUR over the time for which is decided."""

    name: str
    """Of design and estimator."""
    weeks: float
    """The length at which it brings most."""
    value: Interval
    """Of deciding when its data are in, instead of at once, at that length; over which worlds were drawn, as the next."""
    cost: float
    """Of what is shown until then."""
    net: Interval
    nets: Floats
    """(n_weeks,) value less cost by length."""


@dataclass(frozen=True)
class Learning:
    """What is known from plausible worlds, and what experiments would add."""

    treated: str
    control: str
    n_worlds: int
    years: float
    """For which is decided."""
    payoff: Interval
    """Of the treated arm against the control, EUR a year, over worlds."""
    probability: float
    """That it is positive."""
    certain: float
    """What knowing it for certain would be worth, in EUR over the time for which is decided."""
    weeks: Floats
    """(n_weeks,) lengths of ``DesignWorth.nets``."""
    designs: tuple[DesignWorth, ...]

    @property
    def best(self) -> DesignWorth:
        """The design that brings most."""
        return max(self.designs, key=lambda one: one.net.estimate)


def now_sentence(found: Learning) -> str:
    """What deciding by the simulation alone means."""
    known = {
        "n": found.n_worlds,
        "payoff": _with_interval(found.payoff),
        "share": percent(round(found.probability, 2)),
        "treated": found.treated,
        "control": found.control,
    }
    if found.payoff.estimate > 0:
        return t(
            "Deciding now, by the simulation alone, is to roll out {treated}: over {n} plausible markets it brings {payoff} a year"
            " against {control}, and is better with a probability of {share}.",
            **known,
        )
    return t(
        "Deciding now, by the simulation alone, is to keep {control}: over {n} plausible markets {treated} brings {payoff} a year"
        " against it, and is better with a probability of {share}.",
        **known,
    )


def worth_sentence(found: Learning) -> str:
    """What an experiment is worth, and whether to run it first."""
    best = found.best
    said = {
        "value": _eur(best.value.estimate),
        "design": best.name,
        "time": lasting(best.weeks),
        "years": plain(found.years),
        "cost": _eur(best.cost),
        "net": _eur(abs(best.net.estimate)),
    }
    if best.net.estimate > 0:
        return t(
            "An experiment is worth {value} within {years} years ({design}, {time}) and costs {cost} while it runs and is followed:"
            " deciding now is worse by {net}.",
            **said,
        )
    return t(
        "An experiment is worth {value} within {years} years ({design}, {time}) and costs {cost} while it runs and is followed:"
        " deciding now is better by {net}.",
        **said,
    )


def certain_sentence(found: Learning) -> str:
    """What no experiment can be worth more than."""
    return t(
        "Whoever knew today for certain which arm is better would gain {value} within {years} years: no experiment is worth more.",
        value=_eur(found.certain),
        years=plain(found.years),
    )


def learning_section(found: Learning) -> SheetSection:
    """Table and chart, in the current language."""
    figure = ReportFigure(
        "worth",
        figure_of(plot_worth(found.designs, found.weeks)),
        t("Above 0: worth running first. Left: little is learnt; right: little time is left to use it."),
        worth_sentence(found),
    )
    return SheetSection(
        title=t("What is an experiment worth?"),
        sentences=(certain_sentence(found),),
        tables=(
            SheetTable("", (t("Design"), t("Best length"), t("Value"), t("Cost"), t("Net")), [_row(one) for one in found.designs]),
        ),
        notes=(
            t(
                "Value: what deciding when the data are in brings more than deciding now, by what a new client brings within six"
                " months, until {years} years from now; brackets: had other plausible worlds been drawn.",
                years=plain(found.years),
            ),
            t(
                "Cost: what is lost until the analysis, 183 days after the end, against what would be shown if one decided now. The"
                " bias of a design is taken off and trusted to its own size, since it was found in one market."
            ),
        ),
        figures=(figure,),
    )


def _row(one: DesignWorth) -> Sequence[str]:
    return one.name, lasting(one.weeks), _with_interval(one.value), _eur(one.cost), _with_interval(one.net)


def _eur(amount: float) -> str:
    return with_unit(whole(amount), "EUR")


def _with_interval(amount: Interval) -> str:
    """Without cents, which none of it is known to."""
    middle, low, high = (rounded(number, 0, signed=True) for number in (amount.estimate, amount.low, amount.high))
    return f"{with_unit(middle, 'EUR')} {t('[{low}, {high}]', low=low, high=high)}"
