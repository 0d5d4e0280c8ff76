"""What every score, allocator, programme, arm and design promises; found by the yaml, so that a new one is tested with no edit."""

from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from omegaconf import OmegaConf

from experiments.plans.compose import CONFIGS
from sim.allocators.base import Allocator, Request, RequestAllocator, traits
from sim.arrays import Floats, Ints
from sim.designs.base import Design, Unit, Units
from sim.engine.platform import check_scores, check_visibility
from sim.engine.run import simulate
from sim.plugins import build
from sim.programmes.base import KINDS, Programme
from sim.programmes.record import PARAMETERS
from sim.rules import OFFER_ORDERS
from sim.scores.base import Score
from sim.views import History, ProView
from tests.markets import arms, market, run
from tests.views import history, pro_view

N_PROS = 30
NOW = 400.0


@dataclass(frozen=True)
class NewestFirst:
    """A policy for every single request, as a team may write one: the longer on the platform, the less visible."""

    def weights(self, request: Request, candidates: Ints, pros: ProView) -> Floats:
        return 1.0 / (1.0 + request.request_days - pros.joined_days[candidates])


def built(group: str) -> list[Any]:
    """Each plug-in of a group, built from its yaml and named after it."""
    return [
        pytest.param(build(OmegaConf.to_container(OmegaConf.load(path)), group, path.stem), id=path.stem)
        for path in sorted((CONFIGS / group).glob("*.yaml"))
    ]


every_score = pytest.mark.parametrize("score", built("score"))
every_allocator = pytest.mark.parametrize("allocator", [*built("allocator"), pytest.param(NewestFirst(), id="per_request")])
ARMS = sorted(path.stem for path in (CONFIGS / "arm").glob("*.yaml"))
PROGRAMMES = sorted(path.stem for path in (CONFIGS / "programme").glob("*.yaml"))
SEEDS = range(5)


def some_view(allocator: object, seed: int, order: NDArray[np.int64] | None = None, **changes: Any) -> ProView:
    """A random but possible view, optionally with the pros relabelled; the truth only for those who declare that they see it."""
    luck = np.random.default_rng(seed)
    completed, ratings = luck.integers(0, 80, N_PROS), luck.integers(0, 30, N_PROS)
    counted = (completed >= 30) & (luck.random(N_PROS) < 0.8)
    columns: dict[str, Any] = {
        "value": np.where(counted | (luck.random(N_PROS) < 0.5), luck.beta(6, 14, N_PROS), np.nan),
        "counted": counted,
        "active": luck.random(N_PROS) < 0.8,
        "joined_days": luck.uniform(0, NOW, N_PROS),
        "weekly_hours": luck.uniform(18, 66, N_PROS),
        "completed_sessions": completed,
        "cancelled_sessions": luck.binomial(completed, 0.05),
        "late_sessions": luck.binomial(completed, 0.15),
        "n_ratings": ratings,
        "rating_sum": luck.binomial(4 * ratings, 0.8) + ratings,
        "true_return_propensity": luck.beta(20, 46, N_PROS),
        "standard_error": luck.uniform(0, 0.2, N_PROS),
        "new_clients": luck.binomial(completed, 0.5),
        "recent_offers": luck.integers(0, 40, N_PROS),
        "recent_bookings": luck.integers(0, 20, N_PROS),
        "uniforms": luck.random(N_PROS),
    } | changes
    for attribute, name in (("sees_truth", "true_return_propensity"), ("needs_uniforms", "uniforms")):
        if not getattr(allocator, attribute, False):
            columns.pop(name)
    if order is not None:
        columns = {name: values[order] for name, values in columns.items()}
    return pro_view(columns.pop("value"), columns.pop("counted"), **columns)


def weigh(allocator: Any, view: ProView) -> Floats:
    """Its weights; a policy for single requests weighs all pros as the candidates of one."""
    if isinstance(allocator, Allocator):
        return np.asarray(allocator.visibility(view, NOW))
    request = Request(request_days=NOW, start_days=NOW + 2, zone=0, service=0, stage=0, attempt=0)
    return np.asarray(allocator.weights(request, np.arange(view.n_pros), view))


def columns_of(seen: ProView | History) -> list[bytes]:
    """All columns as bytes, to see whether anybody wrote into them."""
    columns = [*vars(seen).values(), *vars(getattr(seen, "score", seen)).values()]
    return [column.tobytes() for column in columns if isinstance(column, np.ndarray)]


@every_allocator
@pytest.mark.parametrize("seed", SEEDS)
def test_weights_are_usable(allocator: Any, seed: int) -> None:
    view = some_view(allocator, seed)
    # raises unless (n_pros,) or (n_stages, n_pros), finite, >= 0 and positive for somebody in each stage
    check_visibility(weigh(allocator, view), view.n_stages, N_PROS, NOW)


@every_allocator
def test_weights_are_usable_on_the_first_day(allocator: Any) -> None:
    nothing = {"value": np.full(N_PROS, np.nan), "counted": np.zeros(N_PROS, bool)}
    nothing |= {name: np.zeros(N_PROS, np.int64) for name in ("completed_sessions", "cancelled_sessions", "late_sessions")}
    nothing |= {name: np.zeros(N_PROS, np.int64) for name in ("n_ratings", "rating_sum")}
    nothing |= {name: np.zeros(N_PROS, np.int64) for name in ("new_clients", "recent_offers", "recent_bookings")}
    view = some_view(allocator, 0, **nothing)
    check_visibility(weigh(allocator, view), view.n_stages, N_PROS, NOW)


ones, odd = np.ones(N_PROS), np.arange(N_PROS) % 2 == 1
EXTREMES: dict[str, dict[str, Any]] = {
    "all equal": {"value": 0.3 * ones, "counted": ones, "active": ones},
    "one counted": {"value": 0.3 * ones, "counted": np.arange(N_PROS) == 7, "active": ones},
    "none counted": {"counted": 0 * ones},
    "counted but all gone": {"value": 0.3 * ones, "counted": odd, "active": ~odd},
    "nobody active": {"value": 0.3 * ones, "counted": ones, "active": 0 * ones},
    "all zero": {"value": 0 * ones, "counted": ones, "standard_error": 0 * ones},
    "all but one zero": {"value": np.arange(N_PROS) == 7, "counted": ones, "active": ones, "standard_error": 0 * ones},
    "tiny and huge": {"value": np.where(odd, 1e-300, 1e300), "counted": ones, "active": ones},
    "out of 100": {"value": np.linspace(0, 100, N_PROS), "counted": ones, "standard_error": 5 * ones},
    "no doubt": {"value": np.linspace(0.2, 0.4, N_PROS), "counted": ones, "standard_error": 1e-12 * ones},
    "huge counts": dict.fromkeys(
        ("completed_sessions", "n_ratings", "rating_sum", "new_clients", "recent_offers", "recent_bookings"), 10**15 * ones
    ),
    "one has all the work": {name: 10**6 * (np.arange(N_PROS) == 3) for name in ("recent_offers", "recent_bookings")},
    "all join today": {"joined_days": NOW * ones},
    "all to join": {"joined_days": (NOW + 5) * ones, "active": 0 * ones},
}


@pytest.mark.parametrize("allocator", built("allocator"))
@pytest.mark.parametrize("name", EXTREMES)
def test_weights_are_usable_whatever_the_view(allocator: Any, name: str) -> None:
    view = some_view(allocator, 3, **EXTREMES[name])
    with np.errstate(all="raise", under="ignore"):
        check_visibility(weigh(allocator, view), view.n_stages, N_PROS, NOW)


@pytest.mark.parametrize("field", ["strength", "strength_after", "fairness", "boost", "bonus"])
def test_the_largest_parameters_do_not_overflow(field: str) -> None:
    spread = {"value": np.where(odd, 1e-6, 1e6), "counted": ones, "active": ones, "joined_days": NOW * ones}
    tried = 0
    for parameter in built("allocator"):
        allocator = parameter.values[0]
        if hasattr(allocator, field):
            view = some_view(allocator, 4, **spread)
            for value in (100, 1e6, 1e300):
                # refused, or finite with somebody visible
                try:
                    extreme = replace(allocator, **{field: value})
                except ValueError:
                    with pytest.raises(ValueError, match=field):
                        replace(allocator, **{field: value})
                    continue
                check_visibility(weigh(extreme, view), view.n_stages, N_PROS, NOW)
            tried += 1
    assert tried


@every_allocator
@pytest.mark.parametrize("seed", SEEDS)
def test_relabelling_the_pros_permutes_their_weights(allocator: Any, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(N_PROS)
    before, after = weigh(allocator, some_view(allocator, seed)), weigh(allocator, some_view(allocator, seed, order))
    # a sum over pros in another order may differ in the last digits
    np.testing.assert_allclose(after, before[..., order], rtol=1e-12)


@every_allocator
def test_the_same_view_gives_the_same_weights_and_stays_as_it_was(allocator: Any) -> None:
    view = some_view(allocator, 1)
    before = columns_of(view)
    weights = weigh(allocator, view)
    assert columns_of(view) == before
    assert weigh(allocator, view).tobytes() == weights.tobytes()
    # whatever it saw in between
    weigh(allocator, some_view(allocator, 2))
    assert weigh(allocator, view).tobytes() == weights.tobytes()


@every_allocator
@pytest.mark.parametrize("seed", SEEDS)
def test_who_reads_scores_is_neutral_to_pros_who_are_not_counted(allocator: Any, seed: int) -> None:
    view = some_view(allocator, seed)
    weights = weigh(allocator, view)
    table = view.score
    twice = some_view(allocator, seed, value=np.where(np.arange(N_PROS) % 2, table.value * 2, table.value))
    reads_scores = not np.array_equal(weigh(allocator, twice), weights)
    uncounted = some_view(allocator, seed, value=np.where(table.counted, table.value, 0.99))
    # a score that does not count is not read
    assert np.array_equal(weigh(allocator, uncounted), weights)
    # who takes the promise back weighs such pros by something else
    if reads_scores and traits(allocator).neutral:
        others = weights[..., table.counted & view.active].mean(axis=-1, keepdims=True)
        np.testing.assert_allclose(weights[..., ~table.counted], np.broadcast_to(others, weights[..., ~table.counted].shape))
        nobody = weigh(allocator, some_view(allocator, seed, counted=np.zeros(N_PROS, bool)))
        assert len(np.unique(nobody)) == 1


@every_allocator
def test_a_declared_order_of_offers_exists(allocator: Any) -> None:
    assert traits(allocator).offer_order in (None, *OFFER_ORDERS)


def some_history(seed: int, order: NDArray[np.int64] | None = None, known_until: float = np.inf) -> History:
    """A random but possible history; ``order[new]`` is a pro's old label; bookings after ``known_until`` have not been made."""
    luck = np.random.default_rng(seed)
    n = 600
    first = np.sort(luck.uniform(0, NOW, n))
    rebooked = np.where(luck.random(n) < 0.5, first + luck.exponential(60, n), np.inf)
    same = np.where(luck.random(n) < 0.7, rebooked, rebooked + luck.exponential(60, n))
    pro = luck.integers(0, N_PROS, n)
    completed, cancelled = luck.integers(0, 80, N_PROS), luck.integers(0, 5, N_PROS)
    late, ratings = luck.binomial(completed, 0.15), luck.binomial(completed, 0.4)
    stars = np.stack([ratings, ratings + luck.binomial(4 * ratings, 0.8)], axis=1)
    service, channel = luck.integers(0, 4, n), luck.integers(0, 3, n)
    if order is not None:
        pro = np.argsort(order)[pro]
        completed, cancelled, late, stars = (column[order] for column in (completed, cancelled, late, stars))
    rebooked, same = (np.where(days <= known_until, days, np.inf) for days in (rebooked, same))
    firsts = list(zip(pro.tolist(), first, rebooked, same, strict=True))
    return history(firsts, N_PROS, completed, cancelled, late, stars, service, channel)


def rows(score: Any, past: History) -> list[list[float]]:
    """The score table as comparable lists."""
    table = check_scores(score(past, NOW), N_PROS, NOW)
    numbers = (np.nan_to_num(column, nan=-1).tolist() for column in (table.value, table.standard_error))
    return [*numbers, table.counted.tolist(), table.clients_behind.tolist()]


@every_score
@pytest.mark.parametrize("seed", SEEDS)
def test_a_score_table_is_usable_and_about_somebody(score: Any, seed: int) -> None:
    # raises unless each column is (n_pros,) and counted values are finite
    table = check_scores(score(some_history(seed), NOW), N_PROS, NOW)
    assert table.counted.any()
    assert (table.clients_behind >= 0).all()
    # a definition may leave open how sure it is, for everybody: then the column is nan throughout
    errors = table.standard_error[table.counted]
    assert np.isnan(table.standard_error).all() or (np.isfinite(errors) & (errors >= 0)).all(), "standard_error of a counted pro"


@every_score
@pytest.mark.parametrize("seed", SEEDS)
def test_relabelling_the_pros_permutes_their_scores(score: Any, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(N_PROS)
    before, after = rows(score, some_history(seed)), rows(score, some_history(seed, order))
    for old, new in zip(before, after, strict=True):
        assert new == pytest.approx([old[pro] for pro in order])


@every_score
def test_a_score_does_not_see_bookings_of_the_future(score: Any) -> None:
    assert rows(score, some_history(1)) == rows(score, some_history(1, known_until=NOW))


@every_score
def test_the_same_history_gives_the_same_scores_and_stays_as_it_was(score: Any) -> None:
    past = some_history(1)
    before = columns_of(past)
    first = rows(score, past)
    rows(score, some_history(2))
    assert rows(score, past) == first
    assert columns_of(past) == before


@every_score
@pytest.mark.parametrize("returns", [0.0, 1.0])
def test_a_score_is_usable_when_nobody_or_everybody_returns(score: Any, returns: float) -> None:
    # two thirds of a year and a third of a year ago, for those who look back a little and those who wait for long
    clients = [(first, first + 10.0 if returns else np.inf) for first in (200.0, 250.0) for _ in range(6)]
    past = history(
        [(pro, first, again, again) for pro in range(N_PROS) for first, again in clients], N_PROS, stars=[(6, 30)] * N_PROS
    )
    with np.errstate(all="raise"):
        table = check_scores(score(past, NOW), N_PROS, NOW)
    assert table.counted.all()
    # alike pros have alike scores
    assert np.ptp(table.value) == pytest.approx(0, abs=1e-12)


@every_score
def test_a_score_is_usable_with_one_pro_and_one_client(score: Any) -> None:
    with np.errstate(all="raise"):
        check_scores(score(history([(0, 100.0, 110.0, 110.0)], stars=[(1, 1)]), NOW), 1, NOW)


@every_score
def test_nobody_counts_before_anything_has_happened(score: Any) -> None:
    table = check_scores(score(history([], N_PROS, completed=0), 0.0), N_PROS, 0.0)
    assert not table.counted.any()
    assert not table.clients_behind.any()


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_has_a_score_and_an_allocator_and_runs(name: str) -> None:
    arm = arms(name)[name]
    assert arm.name == name
    assert isinstance(arm.score, Score)
    assert isinstance(arm.allocator, Allocator | RequestAllocator)
    log = run(market("horizon_days=60", "warmup_days=0", "clients.arrivals_per_day=5", "pros.n=20", preset="personal_care"), arm)
    # day 0 and the nine Wednesdays of days 2, 9, ..., 58
    assert len(np.unique(log.scores["refresh_days"])) == 10
    assert len(log.bookings["client"]) > 200


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_programme_fits_the_default_market_and_both_engines_agree_on_it(name: str) -> None:
    (programme,) = (added := arms(f"uniform+{name}")[f"uniform+{name}"]).programmes
    assert isinstance(programme, Programme)
    small = market("horizon_days=60", "warmup_days=0", "clients.arrivals_per_day=5", "pros.n=20", preset="personal_care")
    assert programme.warnings(market(preset="personal_care")) == []
    parameters = np.zeros(1, PARAMETERS)
    programme.fill(parameters[0][programme.kind], small)
    assert [kind for kind in KINDS if parameters[0][kind]["on"]] == [programme.kind]
    logs = [simulate(small, added, 2, 0, engine) for engine in ("compiled", "simpy")]
    assert logs[0].digest() == logs[1].digest()


@pytest.mark.parametrize("group", ["score", "allocator", "arm", "programme"])
def test_a_plug_in_opens_with_a_line_that_says_when_to_choose_it(group: str) -> None:
    for path in (CONFIGS / group).glob("*.yaml"):
        first_line = Path(path).read_text().splitlines()[0]
        assert first_line.startswith("# "), path.name
        assert len(first_line) > 20, path.name


every_design = pytest.mark.parametrize("design", built("design"))
UNITS = Units(seed=1, replication=0, n_clients=50, n_pros=N_PROS, n_zones=5, days=364.0)


@every_design
def test_a_design_assigns_everybody_everywhere_and_all_the_time(design: Any) -> None:
    assert isinstance(design, Design)
    assert design.unit in get_args(Unit)
    assert hasattr(design, "estimator")
    groups = design.groups(UNITS)
    assert groups.places.shape == (UNITS.n_clients,)
    assert ((groups.places >= 0) & (groups.places < 1)).all()
    assert groups.shares.shape == (UNITS.n_zones, UNITS.n_periods(groups.period_days))
    assert ((groups.shares >= 0) & (groups.shares <= 1)).all()
    assert (groups.pros.shape, groups.pros.dtype) == ((N_PROS,), bool)


@every_design
def test_a_design_gives_the_same_groups_again_and_has_a_treated_and_a_control_side(design: Any) -> None:
    groups = design.groups(UNITS)
    for one, other in zip(groups, design.groups(UNITS), strict=True):
        assert np.array_equal(one, other)
    treated = groups.places[:, None, None] < groups.shares
    assert treated.any()
    assert not (treated.all() and groups.pros.all())
    with pytest.raises(FrozenInstanceError):
        design.share = 0.5
