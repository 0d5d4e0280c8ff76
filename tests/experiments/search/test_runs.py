import pytest

from experiments.search.finals import run_finals
from experiments.search.loop import run_search
from sim.config import ConfigError
from tests.experiments.search.fakes import FakeRunner, tuning

pytest.importorskip("optuna")

WORLDS = ("worlds=8", "budget=120")
SAID = {
    "market": "personal_care",
    "numbers": {"clients.one_time_share": {"uniform": {"low": 0.2, "high": 0.5}, "source": "assumption"}},
}
TWO = ("objectives=[return_rate_6m,exposure_gini]", *WORLDS)
ONE = ("maximise=return_rate_6m", *WORLDS)


def curve(strength: float) -> dict[str, float]:
    return {"return_rate_6m": 0.30 + 0.01 * strength, "exposure_gini": 0.27 + 0.002 * strength, "fill_rate": 0.9}


@pytest.mark.parametrize("overrides", [TWO, ONE])
def test_searching_choosing_and_confirming_lie_in_worlds_of_their_own(overrides: tuple[str, ...], tmp_path) -> None:
    asked, runner = tuning(*overrides, uncertain=SAID | {"targets": {}}), FakeRunner(curve)
    run_finals(asked, runner, run_search(asked, runner, tmp_path / "search.json"))  # type: ignore[arg-type]
    worlds: dict[int, dict[int, set[str]]] = {0: {}, 1: {}, 2: {}}
    for job in runner.jobs:
        purpose, r = divmod(job.replication, 1_000_000)
        worlds[purpose].setdefault(r, set()).add(job.market.model_dump_json())
    # all arms of a replication in one world, and no world for two fresh replications
    assert all(len(found) == 1 for one in worlds.values() for found in one.values())
    used = {purpose: set.union(set(), *one.values()) for purpose, one in worlds.items()}
    assert len(used[0]) <= 8
    assert all(len(used[purpose]) == len(worlds[purpose]) for purpose in (1, 2))
    assert bool(used[1]) == (overrides is ONE)
    assert not used[0] & used[1]
    assert not (used[0] | used[1]) & used[2]


@pytest.mark.parametrize("overrides", [TWO, ONE])
def test_a_larger_budget_has_the_same_worlds_and_more(overrides: tuple[str, ...]) -> None:
    small, large = (tuning(*overrides, *more, uncertain=SAID | {"targets": {}}) for more in ((), ("budget=400",)))
    assert small.markets == large.markets
    for confirming in (False, True):
        same = [one.fresh_market(r, confirming) for one in (small, large) for r in range(10)]
        assert same[:10] == same[10:]


def test_worlds_that_are_not_written_down_are_refused() -> None:
    with pytest.raises(ConfigError, match="worlds = 8, needs worlds that are written down"):
        tuning("worlds=8", uncertain=SAID)
