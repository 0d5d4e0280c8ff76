"""What plausible markets said about an effect before a real experiment, and what they say with it."""

from sim.metrics.catalogue import Unit
from sim.report.format import difference
from sim.words.language import t
from sim.words.units import percent, shift
from sim.worlds.learning import OUTCOME, Learned

SURE = 0.99


def learned_sentences(found: Learned, unit: Unit) -> list[str]:
    """Before and after, in the current language."""
    before, after = (
        {
            "effect": difference(known.interval(OUTCOME), unit),
            "matters": shift(found.matters, unit),
            "share": _probability(probability),
        }
        for known, probability in zip((found.before, found.after), found.probabilities, strict=True)
    )
    return [
        t(
            "Before the experiment, simulation in {n} plausible markets said {effect}, and that it is better than {matters} with a"
            " probability of {share}.",
            n=found.before.n,
            **before,
        ),
        t(
            "With the experiment it is {effect}, and better than {matters} with a probability of {share}; the bias of its design is"
            " taken off, and trusted to its own size.",
            **after,
        ),
    ]


def _probability(p: float) -> str:
    """Never certain: ``> 99 %``."""
    if p > SURE:
        return f"> {percent(SURE)}"
    return f"< {percent(1 - SURE)}" if p < 1 - SURE else percent(round(p, 2))
