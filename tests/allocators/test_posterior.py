import numpy as np
import pytest
from scipy import stats

from sim.allocators.posterior import posterior_quantiles
from sim.views import ScoreTable


def quantiles(
    value: list[float], error: list[float] | None, level: float | list[float], counted: list[bool] | None = None
) -> list[float]:
    n = len(value)
    table = ScoreTable(
        np.array(value),
        np.array(counted or [True] * n),
        np.ones(n, np.int64),
        None if error is None else np.array(error),  # type: ignore[arg-type]
    )
    return posterior_quantiles(table, np.broadcast_to(level, n).astype(float), "a policy").tolist()


@pytest.mark.parametrize("level", [0.01, 0.5, 0.9])
@pytest.mark.parametrize(("returned", "lost"), [(5, 3), (0.4, 2), (300, 700), (20, 1)])
def test_a_share_is_believed_to_be_beta(returned: float, lost: float, level: float) -> None:
    belief = stats.beta(returned, lost)
    assert quantiles([belief.mean()], [belief.std()], level) == pytest.approx([belief.ppf(level)], rel=1e-6)


@pytest.mark.parametrize(("mean", "error"), [(71.5, 6.0), (4.6, 0.2), (0.5, 0.6), (-1.0, 0.1), (0.3, 1e-5)])
def test_what_no_beta_distribution_fits_is_believed_to_be_normal(mean: float, error: float) -> None:
    assert quantiles([mean], [error], 0.9) == pytest.approx([stats.norm(mean, error).ppf(0.9)])


def test_a_score_without_error_is_known() -> None:
    assert quantiles([0.3, 0.0, 1.0, 50.0], [0.0] * 4, 0.9) == [0.3, 0.0, 1.0, 50.0]


def test_scores_that_do_not_count_are_not_read() -> None:
    found = quantiles([np.nan, 0.3], [np.nan, 0.0], 0.9, counted=[False, True])
    assert np.isnan(found[0])
    assert found[1] == 0.3


def test_a_score_that_does_not_say_how_sure_it_is_is_refused() -> None:
    with pytest.raises(ValueError, match="standard_error of pro 0 = nan, must be finite where the score counts: a policy needs"):
        quantiles([0.3, 0.4], None, 0.5)


def test_a_higher_level_gives_a_higher_quantile() -> None:
    values = quantiles([0.3] * 9, [0.05] * 9, [0.1 * i for i in range(1, 10)])
    assert values == sorted(values)
    assert len(set(values)) == 9
