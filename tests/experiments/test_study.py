import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.plans.compose import compose_settings
from experiments.studies.plan import make_study
from experiments.study import main
from sim.config import ConfigError

pytestmark = pytest.mark.usefixtures("sketched")

TINY = (
    "market=minimal",
    "market.clients.arrivals_per_day=0.6",
    "market.pros.n=8",
    "market.horizon_days=500",
    "market.warmup_days=90",
    "longest_window_months=6",
    "metrics=[return_rate_6m,fill_rate]",
    "replications=3",
    "executor=serial",
    "arms.wecasa_2025.score.rebook_days=28",
)


def study(*overrides: str):
    return make_study(compose_settings("study", [*TINY, *overrides]))


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_factorial_study_from_the_command_line(tmp_path, capsys):
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    factors = "factors={arm.allocator.strength: [0, 2], arm.score.min_sessions: [0, 20], economics.payback_bookings: [2, 3]}"
    assert main([*TINY, factors, *folders, f"export={tmp_path / 'tables'}"]) == 0
    out = tmp_path / "out"
    effects = rows(out / "effects.csv")
    exported = pq.read_table(tmp_path / "tables" / "effects.parquet").to_pylist()
    assert [row["level_a"] for row in exported] == [row["level_a"] for row in effects]
    # two metrics, each 3 factors x 2 levels and 3 pairs x 4 cells
    assert len(effects) == 2 * (6 + 12)
    payback = [row for row in effects if "economics.payback_bookings" in (row["factor_a"], row["factor_b"])]
    assert {row["verdict"] for row in payback} == {"identical"}, "the payback changes nothing that is simulated here"
    runs = pq.read_table(out / "runs.parquet")
    assert runs.num_rows == 8 * 3
    assert pq.read_table(tmp_path / "tables" / "runs.parquet").equals(runs)
    points = rows(out / "points.csv")
    assert len(points) == 2 * 8
    # the tables agree: the mean of a point is that of its runs, a main effect that of its half of the runs
    rate = runs["return_rate_6m"].to_numpy()
    assert float(points[0]["mean"]) == pytest.approx(rate[:3].mean())
    strong = runs["arm.allocator.strength"].to_numpy() == 2
    first = next(row for row in effects if row["factor_a"] == "arm.allocator.strength" and row["level_a"] == "2")
    assert float(first["estimate"]) == pytest.approx(rate[strong].mean() - rate.mean())
    page = (out / "report.html").read_text()
    assert "payback bookings moves none of the numbers measured here" in page.lower()
    printed = capsys.readouterr().out
    assert "full factorial, 2 x 2 x 2: 8 points x 3 replications" in printed
    assert len(list((out / "figures").glob("*.png"))) == 2, "a map and lines of the one pair that acts"

    # a further level simulates only what is new
    more = factors.replace("[0, 20]", "[0, 20, 40]").replace(", economics.payback_bookings: [2, 3]", "")
    assert main([*TINY, more, *folders]) == 0
    assert "6 runs simulated now" in capsys.readouterr().out


def test_responses_are_differences_when_there_is_a_control(tmp_path):
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    factors = "factors={arm.allocator.strength: [0, 2], market.clients.one_time_share: [0.2, 0.5]}"
    assert main([*TINY, "arm=[uniform,wecasa_2025]", "control=uniform", factors, *folders]) == 0
    runs = pq.read_table(tmp_path / "out" / "runs.parquet")
    none = runs["arm.allocator.strength"].to_numpy() == 0
    np.testing.assert_array_equal(runs["return_rate_6m"].to_numpy()[none], 0.0, err_msg="strength 0 is uniform to the bit")
    assert "difference to uniform" in (tmp_path / "out" / "report.html").read_text()


def test_a_latin_hypercube_gives_shares_of_the_variance(tmp_path):
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    ranges = "factors={arm.allocator.strength: {low: 0, high: 4}, market.clients.one_time_share: {low: 0.1, high: 0.8}}"
    assert main([*TINY, "design=latin_hypercube", "points=8", ranges, *folders]) == 0
    table = rows(tmp_path / "out" / "sensitivity.csv")
    of_returns = {(row["index"], row["factor"]): float(row["estimate"]) for row in table if row["metric"] == "return_rate_6m"}
    # who has no second need cannot return: that dominates
    assert of_returns["total", "market.clients.one_time_share"] > 0.8 > of_returns["total", "arm.allocator.strength"]


def test_a_range_stays_whole_only_where_the_key_takes_nothing_else():
    ranges = "factors={arm.allocator.strength: {low: 0, high: 4}, arm.score.min_sessions: {low: 0, high: 60}}"
    points = study("design=latin_hypercube", "points=20", ranges).design.points
    assert all(isinstance(point["arm.score.min_sessions"], int) for point in points)
    assert any(point["arm.allocator.strength"] % 1 > 0 for point in points)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "factors = None, must name a key"),
        (["factors={pros.n: [0, 5]}"], "at pros.n=0: market.pros.n = 0, input should be greater than or equal to 1"),
        (["factors={pros.n: {low: 1, high: 3}}"], "factors.pros.n, must be a list of values with design=full"),
        (["design=latin_hypercube", "factors={pros.n: [1, 3]}"], "factors.pros.n, must be {low: a, high: b}"),
        (["design=latin_hypercube", "points=3", "factors={pros.n: {low: 1, high: 9}}"], "points = 3, must be > 3 for a quadratic"),
        (["design=latin_hypercube", "factors={pros.n: {low: 5, high: 8}}"], "factors.pros.n, must have 5 whole values at least"),
        (["design=fractional_5", "factors={pros.n: [1, 2, 3]}"], "factors.pros.n has 3 levels, must be 2"),
        (["control=wecasa_2025", "factors={pros.n: [5, 6]}"], "must be another arm than the studied one"),
        (["studied=uniform", "factors={pros.n: [5, 6]}"], "studied = 'uniform', must be one of the arms: wecasa_2025"),
        (["metrics=[zz]", "factors={pros.n: [5, 6]}"], "metrics = 'zz', must be a metric"),
        (["metrics=[fill_rate,fill_rate]", "factors={pros.n: [5, 6]}"], "must be distinct"),
        (["equivalence_margin={zz: 1}", "factors={pros.n: [5, 6]}"], "equivalence_margin = 'zz', must be a metric"),
        (["factors={arm.allocator._target_: [os.system, os.remove]}"], "must be a class of sim"),
    ],
)
def test_bad_input_is_one_error_before_anything_is_simulated(overrides, message):
    with pytest.raises(ConfigError) as error:
        study(*overrides)
    assert message in str(error.value)


def test_a_folder_of_another_command_is_refused_and_charts_of_an_earlier_study_go(tmp_path, capsys):
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    factors = "factors={arm.allocator.strength: [0, 2], arm.score.min_sessions: [0, 20]}"
    assert main([*TINY, factors, *folders]) == 0
    assert (tmp_path / "out" / "figures" / "map_strength_min_sessions.svg").is_file()
    assert main([*TINY, "factors={arm.allocator.strength: [0, 2]}", *folders]) == 0
    assert {path.stem for path in (tmp_path / "out" / "figures").iterdir()} == {"levels_strength"}
    (tmp_path / "out" / ".mission-dispatch-sim").write_text("compare\n")
    assert main([*TINY, factors, *folders]) == 2
    assert "holds results of compare, must be a new or empty folder, or one of study" in capsys.readouterr().err
