from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.calibration.worlds import GIVEN, SPREAD, Worlds, spread_mass, worlds_of
from sim.calibration.redrawn import Redrawn
from sim.worlds.prior import make_prior
from tests.markets import market

BASE = market(preset="personal_care")
SAID: dict[str, Any] = {
    "market": "personal_care",
    "numbers": {
        "clients.one_time_share": {"uniform": {"low": 0.4, "high": 0.6}, "source": "assumption"},
        "clients.flexible_share": {"uniform": {"low": 0.5, "high": 0.9}, "source": "assumption"},
        "spread": {
            "log_normal": {"median": 1, "log_sd": 0.25},
            "scales": ["stay.skill", "stay.warmth", "stay.advocacy"],
            "source": "assumption",
        },
        "services.0.price_eur": {"uniform": {"low": 50, "high": 60}, "source": "assumption"},
    },
    "switches": {
        "leaving": {
            "source": "assumption",
            "on": {"probability": 0.5},
            "off": {"probability": 0.5, "set": {"pros.leaving.enabled": False}},
        },
        "leakage": {
            "source": "assumption",
            "off": {"probability": 0.6},
            "on": {"probability": 0.4, "set": {"clients.leakage.share_per_session": 0.05}},
        },
    },
    "correlations": [{"of": ["clients.one_time_share", "clients.flexible_share"], "is": 0.5}],
    "measurements": {"log": {"what": "a log", "share": "pros.late_share", "n": 100}},
}
N = 64
GENERATOR = np.random.default_rng(1)
FACTOR = np.exp(0.1 * GENERATOR.standard_normal(N))
DRAWS = Redrawn(
    {
        "clients.arrivals_per_day": 10 * np.exp(0.05 * GENERATOR.standard_normal(N)),
        "pros.late_share": 0.2 + 0.01 * GENERATOR.standard_normal(N),
        "stay.late": -1 + 0.3 * GENERATOR.standard_normal(N),
        **{f"stay.{name}": FACTOR * getattr(BASE.stay, name) for name in ("skill", "warmth", "advocacy")},
    }
)
KEYS = [*DRAWS.values, "clients.one_time_share", "services", "pros.leaving.enabled"]


def job(**said: Any) -> Any:
    """As much of a calibration as is looked at."""
    uncertain = {**SAID, **said}
    return SimpleNamespace(
        uncertain=uncertain,
        prior=make_prior(uncertain, BASE),
        base=BASE,
        bookings=SimpleNamespace(name="book${x}ings.csv"),
        visits=SimpleNamespace(day=np.array([19_000])),
        until_day=19_900,
        worlds_path=Path("worlds.yaml"),
    )


def found(draws: Redrawn = DRAWS) -> Worlds:
    return worlds_of(job(), BASE, KEYS, draws)


def test_what_the_file_gives_is_no_assumption_any_more() -> None:
    worlds = found()
    # one-time clients were found, services as a whole, and whether pros leave
    assert set(worlds.left_out) == {"clients.one_time_share", "services.0.price_eur", "leaving", "spread"}
    assert set(worlds.left_out.values()) == {GIVEN}
    assert worlds.names_assumed == ("clients.flexible_share", "leakage")
    # what was correlated with what is gone is left free; what a team could measure stays
    assert "correlations" not in worlds.said
    assert worlds.said["measurements"] == SAID["measurements"]
    assert worlds.said["targets"] == {}


def test_an_assumption_that_the_fitted_market_cannot_have_is_left_out_with_the_reason() -> None:
    fitted = BASE.model_copy(update={"services": BASE.services[:1]})
    said = {"numbers": {"services.2.price_eur": {"uniform": {"low": 40, "high": 50}, "source": "assumption"}}, "correlations": []}
    worlds = worlds_of(job(**said), fitted, ["pros.n"], DRAWS)
    assert "services.2.price_eur" in worlds.left_out["services.2.price_eur"]


def test_numbers_that_move_together_are_one_factor() -> None:
    drawn = {one.name: one for one in found().drawn}
    assert drawn[SPREAD].scales
    assert drawn[SPREAD].values == pytest.approx(FACTOR, rel=1e-5)
    assert "stay.skill" not in drawn
    # of a market whose pros do not differ no factor says more
    fitted = BASE.model_copy(update={"stay": BASE.stay.model_copy(update=dict.fromkeys(("skill", "warmth", "advocacy"), 0.0))})
    apart = {one.name for one in worlds_of(job(), fitted, KEYS, DRAWS).drawn}
    assert SPREAD not in apart
    assert {"stay.skill", "stay.warmth", "stay.advocacy"} <= apart


def test_each_number_has_the_distribution_of_its_draws() -> None:
    numbers = found().said["numbers"]
    assert numbers["clients.arrivals_per_day"]["log_normal"]["median"] == pytest.approx(10, rel=0.03)
    assert numbers["clients.arrivals_per_day"]["log_normal"]["log_sd"] == pytest.approx(0.05, rel=0.3)
    # .01 / (.2 * .8) on the logit scale
    assert numbers["pros.late_share"]["logit_normal"]["logit_sd"] == pytest.approx(0.0625, rel=0.3)
    values = DRAWS.values["stay.late"]
    cut = numbers["stay.late"]["normal"]
    assert (cut["low"], cut["high"]) == (pytest.approx(values.min(), rel=1e-5), pytest.approx(values.max(), rel=1e-5))
    # a name of the file refers to nothing else in a yaml
    assert "${" not in numbers["stay.late"]["source"]


def test_a_tail_that_the_market_may_not_have_is_cut_off() -> None:
    # a loading is 1 at most, which a log-normal around .9 is not
    values = np.linspace(0.85, 0.95, N)
    numbers = worlds_of(job(), BASE, KEYS, Redrawn({"pros.trait_loadings.skill": values})).said["numbers"]
    assert numbers["pros.trait_loadings.skill"]["normal"]["high"] == 0.95
    assert "log_normal" not in numbers["pros.trait_loadings.skill"]
    make_prior({"market": "mine", "numbers": numbers}, BASE)


def test_what_is_known_of_the_spread_beforehand_is_that_of_the_base_market() -> None:
    mass = spread_mass(job().prior)
    assert mass is not None
    # log-normal around 1: half below, two thirds within one standard deviation of the logarithm
    assert mass(np.array([1e-6, 1.0, 1e6])) == pytest.approx([0.5, 0.5], abs=0.001)
    assert mass(np.exp([-0.25, 0.25])) == pytest.approx([0.683], abs=0.002)
    numbers = {name: one for name, one in SAID["numbers"].items() if name != "spread"}
    assert spread_mass(job(numbers=numbers).prior) is None
    assert spread_mass(None) is None


def test_without_a_word_on_the_base_market_there_are_only_draws() -> None:
    bare = SimpleNamespace(**{**vars(job()), "uncertain": None, "prior": None})
    worlds = worlds_of(bare, BASE, KEYS, DRAWS)  # type: ignore[arg-type]
    assert worlds.names_assumed == ()
    assert worlds.n == N
    assert replace(worlds, drawn=()).n == 0
