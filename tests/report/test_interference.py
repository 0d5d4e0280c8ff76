"""What groups do to one another, in words and charts."""

from sim.report.interference import LoadFound, ShareFound, interference_figures, spill_over_sentence
from tests.charts.lab import exactly

SHARES = (ShareFound(0.1, exactly(-0.001), exactly(0.009)), ShareFound(0.5, exactly(-0.004), exactly(0.008)))
LOADS = tuple(LoadFound(load, 10 * load, exactly(0.006), {"client": exactly(0.002 * load)}) for load in (0.5, 1.0))


def test_the_share_nearest_to_one_half_is_told() -> None:
    text = spill_over_sentence(SHARES, exactly(0.006), "share")
    assert text.startswith("Where 50 % of clients are treated, the others fare by −0.40 points [−0.50, −0.30] otherwise")
    assert "the treated by +0.80 points" in text


def test_only_what_was_looked_at_has_a_chart() -> None:
    assert [one.name for one in interference_figures(SHARES, LOADS, exactly(0.006), "share")] == ["spill_over", "bias_by_load"]
    assert interference_figures((), (), exactly(0.006), "share") == []
