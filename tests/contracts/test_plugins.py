"""What every score, allocator and arm promises; found by the yaml, so that a new one is tested with no edit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from omegaconf import OmegaConf

from experiments.settings import CONFIGS
from sim.allocators.base import Allocator, Request, RequestAllocator
from sim.engine.platform import check_scores, check_visibility
from sim.plugins import build
from sim.rules import OFFER_ORDERS
from sim.scores.base import Score
from sim.views import Floats, History, Ints, ProView
from tests.views import history, pro_view
from tests.worlds import arms, market, run

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
    } | changes
    if not getattr(allocator, "sees_truth", False):
        columns.pop("true_return_propensity")
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
    nothing |= {"n_ratings": np.zeros(N_PROS, np.int64), "rating_sum": np.zeros(N_PROS, np.int64)}
    view = some_view(allocator, 0, **nothing)
    check_visibility(weigh(allocator, view), view.n_stages, N_PROS, NOW)


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
    if reads_scores:
        others = weights[..., table.counted & view.active].mean(axis=-1, keepdims=True)
        np.testing.assert_allclose(weights[..., ~table.counted], np.broadcast_to(others, weights[..., ~table.counted].shape))
        nobody = weigh(allocator, some_view(allocator, seed, counted=np.zeros(N_PROS, bool)))
        assert len(np.unique(nobody)) == 1


@every_allocator
def test_a_declared_order_of_offers_exists(allocator: Any) -> None:
    assert getattr(allocator, "offer_order", "sampled") in OFFER_ORDERS


def some_history(seed: int, order: NDArray[np.int64] | None = None, known_until: float = np.inf) -> History:
    """A random but possible history; ``order[new]`` is a pro's old label; bookings after ``known_until`` have not been made."""
    luck = np.random.default_rng(seed)
    n = 600
    first = np.sort(luck.uniform(0, NOW, n))
    rebooked = np.where(luck.random(n) < 0.5, first + luck.exponential(60, n), np.inf)
    same = np.where(luck.random(n) < 0.7, rebooked, rebooked + luck.exponential(60, n))
    pro = luck.integers(0, N_PROS, n)
    completed, cancelled = luck.integers(0, 80, N_PROS), luck.integers(0, 5, N_PROS)
    if order is not None:
        pro, completed, cancelled = np.argsort(order)[pro], completed[order], cancelled[order]
    rebooked, same = (np.where(days <= known_until, days, np.inf) for days in (rebooked, same))
    return history(list(zip(pro.tolist(), first, rebooked, same, strict=True)), N_PROS, completed, cancelled)


def rows(score: Any, past: History) -> list[list[float]]:
    """The score table as comparable lists."""
    table = check_scores(score(past, NOW), N_PROS, NOW)
    return [np.nan_to_num(table.value, nan=-1).tolist(), table.counted.tolist(), table.clients_behind.tolist()]


@every_score
@pytest.mark.parametrize("seed", SEEDS)
def test_a_score_table_is_usable_and_about_somebody(score: Any, seed: int) -> None:
    # raises unless each column is (n_pros,) and counted values are finite
    table = check_scores(score(some_history(seed), NOW), N_PROS, NOW)
    assert table.counted.any()
    assert (table.clients_behind >= 0).all()


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


@pytest.mark.parametrize("group", ["score", "allocator", "arm"])
def test_a_plug_in_opens_with_a_line_that_says_when_to_choose_it(group: str) -> None:
    for path in (CONFIGS / group).glob("*.yaml"):
        first_line = Path(path).read_text().splitlines()[0]
        assert first_line.startswith("# "), path.name
        assert len(first_line) > 20, path.name
