"""A decision over plausible worlds, from the yaml of what is uncertain to tables and page: on small markets, as a user runs it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments import compare as compare_from_python
from experiments import load
from experiments.compare import main
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from experiments.studies.plan import make_study
from experiments.study import main as study
from experiments.uncertain import matching
from experiments.uncertain.measuring import measurements_of
from experiments.uncertain.sample import first_sample
from experiments.worlds import main as worlds
from sim.config import ConfigError
from sim.worlds.prior import market_digest

FEW = (
    "market=minimal",
    "market.horizon_days=240",
    "market.warmup_days=30",
    "market.clients.arrivals_per_day=4",
    "market.pros.n=16",
)
RUN = ("longest_window_months=6", "executor=serial")
SMALL = (
    *FEW,
    *RUN,
    *("replications=5", "decision.search_within=false", "arm=[uniform,least_loaded,oracle]"),
)
PRIOR = {
    "market": "minimal",
    "targets": {},
    "numbers": {
        "clients.one_time_share": {"uniform": {"low": 0.2, "high": 0.5}, "source": "assumption"},
        "pros.late_share": {"uniform": {"low": 0.05, "high": 0.4}, "source": "assumption"},
    },
    "switches": {
        "order": {
            "source": "assumption",
            "sampled": {"probability": 0.5},
            "ranked": {"probability": 0.5, "set": {"requests.offer_order": "ranked"}},
        }
    },
    "measurements": {
        "lateness": {"what": "a month of lateness logs", "share": "pros.late_share", "n": 500},
        "return": {"what": "who comes back", "share": "return_rate_6m", "n": 200},
        "test": {"what": "a test", "experiment": "return_rate_6m", "days": 60},
    },
}


def files_in(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def folder(tmp_path: Path, **changes: object) -> Path:
    """A folder of configurations in which the worlds around the minimal market are described."""
    (tmp_path / "configs" / "worlds").mkdir(parents=True, exist_ok=True)
    (tmp_path / "configs" / "worlds" / "minimal.yaml").write_text(yaml.safe_dump({**PRIOR, **changes}))
    return tmp_path / "configs"


def run(tmp_path: Path, *words: str, out: str = "out", **changes: object) -> tuple[int, Path]:
    where = folder(tmp_path, **changes)
    code = main(["--config-dir", str(where), *SMALL, f"out={tmp_path / out}", f"store={tmp_path / 'store'}", *words])
    return code, tmp_path / out


@pytest.fixture(autouse=True)
def few_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    """History matching with fewer runs and candidates than it takes for fifty numbers."""
    monkeypatch.setattr(matching, "N_WAVE", 24)
    monkeypatch.setattr(matching, "N_CANDIDATES", 512)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, sketched: None) -> tuple[Path, Path]:
    tmp_path = tmp_path_factory.mktemp("worlds")
    code, out = run(tmp_path, "worlds=20", "world_replications=2")
    assert code == 0
    return tmp_path, out


def test_tables_have_a_row_a_world_and_a_row_a_number_and_measurement(whole: tuple[Path, Path]) -> None:
    _, out = whole
    rows = rows_of(out / "worlds.csv")
    assert len(rows) == 20
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1)
    for row in rows:
        assert 0.2 <= float(row["clients.one_time_share"]) <= 0.5
        assert row["order"] in ("sampled", "ranked")
        assert float(row["least_loaded_low"]) <= float(row["least_loaded"]) <= float(row["least_loaded_high"])
        assert 0 <= float(row["least_loaded_worth"]) <= 1
        assert row["decision"] in ("roll_out", "discuss", "do_not_roll_out")
    values = rows_of(out / "voi.csv")
    assert values[0]["measurement"] == "everything"
    assert {row["measurement"] for row in values} >= {"clients.one_time_share", "pros.late_share", "order", "lateness", "return"}
    assert all(float(row["eur_low"]) <= float(row["eur"]) <= float(row["eur_high"]) for row in values)
    # nobody can know more than everything
    assert all(float(row["eur"]) <= float(values[0]["eur"]) + 1e-6 or row["kind"] == "evsi" for row in values)


def test_the_scorecard_says_how_far_the_decision_carries(whole: tuple[Path, Path]) -> None:
    found = json.loads((whole[1] / "scorecard.json").read_text())["robustness"]
    assert (found["worlds"], found["replications"], found["origin"], found["robust_share"]) == (20, 2, "prior", 0.9)
    assert set(found["arms"]) == {"least_loaded", "oracle"}
    arm = found["arms"]["least_loaded"]
    assert arm["predictive_low"] <= arm["mean_low"] <= arm["mean"] <= arm["mean_high"] <= arm["predictive_high"]
    assert 0 <= arm["share_roll_out_low"] <= arm["share_roll_out"] <= arm["share_roll_out_high"] <= 1
    # the oracle is a reference: nobody loses against what nobody can run
    assert found["arms"]["oracle"]["regret"] is None


def test_the_page_and_the_folder_hold_it_and_python_reads_it_back(whole: tuple[Path, Path]) -> None:
    _, out = whole
    page = (out / "report.html").read_text()
    assert "In other plausible markets" in page
    assert "Over plausible markets least_loaded" in page
    assert {"worlds.png", "worlds_shares.png", "worlds_along_1.png", "worlds_information.png"} <= {
        path.name for path in (out / "figures").iterdir()
    }
    result = load(out)
    assert result.over is not None
    assert result.over.n_worlds == 20
    assert result.decided.arms["least_loaded"].share == result.over.arms["least_loaded"].share


def test_the_same_command_again_simulates_nothing_and_writes_the_same(
    whole: tuple[Path, Path], sketched: None, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path, out = whole
    before = files_in(out)
    code, _ = run(tmp_path, "worlds=20", "world_replications=2")
    assert code == 0
    assert "0 of 15 runs simulated now" in capsys.readouterr().out
    after = files_in(out)
    assert {name for name in before if before[name] != after[name]} <= {"manifest.json"}


def test_a_prior_of_one_point_gives_the_bytes_of_a_plain_comparison(tmp_path: Path, sketched: None) -> None:
    one = {"market": "minimal", "numbers": {"pros.late_share": {"uniform": {"low": 0.1, "high": 0.1}, "source": "known"}}}
    code, plain = run(tmp_path, "worlds=0", out="plain")
    assert code == 0
    where = tmp_path / "configs" / "worlds" / "minimal.yaml"
    where.write_text(yaml.safe_dump(one))
    words = [*SMALL, f"store={tmp_path / 'store'}", f"out={tmp_path / 'point'}", "worlds=20"]
    assert main(["--config-dir", str(tmp_path / "configs"), *words]) == 0
    ours, theirs = files_in(tmp_path / "point"), files_in(plain)
    assert set(ours) == set(theirs)
    own = {"manifest.json", "config.yaml", "report.html", "report.md", "scorecard.json", "report.npz"}
    assert {name for name in ours if ours[name] != theirs[name]} <= own
    # the four that name the command differ in it alone
    for name in ("report.html", "scorecard.json"):
        command = (b" worlds=20", b" worlds=0", b"/point", b"/plain")
        left, right = (ours[name], theirs[name])
        for piece in command:
            left, right = left.replace(piece, b""), right.replace(piece, b"")
        assert left == right


def test_a_look_simulates_the_recommended_arm_once_in_each_world(tmp_path: Path) -> None:
    found = compare_from_python(
        ["uniform", "least_loaded", "oracle"],
        "minimal",
        replications=5,
        worlds=8,
        config_dir=folder(tmp_path),
        overrides=[*FEW[1:], *RUN, "decision.primary=return_rate_6m", "decision.smallest_effect=0", "decision.guardrails={}"],
        store=tmp_path / "store",
        quiet=True,
    )
    assert found.over is None or (set(found.over.arms) == {"least_loaded"} and found.over.n_replications == 1)
    if found.decided.arm:
        assert found.over is not None
        assert found.over.dependence is None


def test_every_replication_of_a_study_lies_in_a_world_of_its_own(tmp_path: Path) -> None:
    words = [*FEW, *RUN, "arm=[wecasa_2025]", "worlds=12", "metrics=[return_rate_6m]", "market.requests.max_offers=4"]
    settings = compose_settings("study", [*words, "factors={clients.one_time_share: [.1, .6]}"], [folder(tmp_path)])
    made = make_study(settings)
    low, high = (point.markets(12) for point in made.points)
    # what is studied is the same in all worlds, the rest differs between them and not between points
    assert {market.clients.one_time_share for market in low} == {0.1}
    assert {market.clients.one_time_share for market in high} == {0.6}
    assert len({market.pros.late_share for market in low}) == 12
    assert [market.pros.late_share for market in low] == [market.pros.late_share for market in high]
    assert made.plan.options.replications == 12


def test_a_study_runs_in_worlds(tmp_path: Path, sketched: None, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*FEW, *RUN, "arm=[wecasa_2025]", "worlds=8", "metrics=[return_rate_6m]", "factors={requests.max_offers: [1, 5]}"]
    code = study(["--config-dir", str(folder(tmp_path)), *words, f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"])
    assert code == 0
    assert "2 points x 8 replications" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "words", "message"),
    [
        ({}, ["worlds=3"], "worlds = 3, must be 0 or >= 8"),
        ({}, ["worlds=many"], "worlds = 'many'"),
        ({}, ["worlds=20", "plausible=nowhere"], "plausible = 'nowhere', unknown worlds"),
        (
            {"numbers": {"pros.lateness": {"uniform": {"low": 0, "high": 1}, "source": "x"}}},
            ["worlds=20"],
            "market.pros.lateness, unknown key",
        ),
        (
            {"numbers": {"pros.late_share": {"normal": {"mean": 0.1, "sd": 1}, "source": "x"}}},
            ["worlds=20"],
            "worlds.numbers.pros.late_share, reaches -4.65342: market.pros.late_share = -4.65342",
        ),
        ({"switches": {"a": {"source": "x", "off": {"probability": 0.4}}}}, ["worlds=20"], "sum to 0.4, must sum to 1"),
        ({"targets": {"return_rate_9m": [0.1, 0.2]}}, ["worlds=20"], "worlds.targets.return_rate_9m"),
        ({"measurements": {"a": {"what": "x", "share": "pros.late_share"}}}, ["worlds=20"], "worlds.measurements.a, must have n"),
        ({"measurements": {"a": {"what": "x", "share": "pros.none", "n": 5}}}, ["worlds=20"], "worlds.measurements.a"),
    ],
)
def test_what_cannot_be_is_one_message_before_anything_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict, words: list[str], message: str
) -> None:
    code, out = run(tmp_path, *words, **changes)
    assert code == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
    assert not (tmp_path / "store").exists()


def test_targets_that_no_world_meets_name_target_number_and_nearest_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(tmp_path, "worlds=20", targets={"return_rate_6m": [0.95, 0.97]})
    assert code == 2
    said = capsys.readouterr().err
    assert "return_rate_6m: 0.95 to 0.97 is out of reach" in said
    assert "it hangs on clients.one_time_share" in said
    assert "the nearest world: clients.one_time_share = 0.2" in said
    assert not out.exists()


def test_plausible_worlds_are_written_with_the_yaml_and_taken_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # only the default horizon: what is changed on the command line is another market
    (tmp_path / "configs" / "market").mkdir(parents=True)
    few = {"clients": {"arrivals_per_day": 4}, "pros": {"n": 16}}
    market = {"defaults": ["minimal", "_self_"], "name": "small", "horizon_days": 240, "warmup_days": 30, **few}
    (tmp_path / "configs" / "market" / "small.yaml").write_text(yaml.safe_dump(market))
    (tmp_path / "configs" / "worlds").mkdir()
    prior = PRIOR | {"market": "small", "targets": {"return_rate_6m": [0.5, 0.6]}}
    (tmp_path / "configs" / "worlds" / "small.yaml").write_text(yaml.safe_dump(prior))
    words = ["market=small", "longest_window_months=6", "executor=serial", f"store={tmp_path / 'store'}"]
    code = worlds(["--config-dir", str(tmp_path / "configs"), *words, "worlds=16", f"out={tmp_path / 'out'}"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    written = yaml.safe_load((tmp_path / "out" / "worlds" / "small.yaml").read_text())
    draws = written.pop("draws")
    assert len(draws["rows"]) == 16
    assert len(draws["survived"]) == 3
    assert written["numbers"].keys() == prior["numbers"].keys()
    assert "spread left" in printed.out
    dirs = [tmp_path / "out", tmp_path / "configs"]
    plan = make_plan(compose_settings("compare", [*words[:3], "worlds=16"], dirs), CompareOptions)
    assert draws["market"] == market_digest(plan.market)
    sample = first_sample(plan)
    assert sample is not None
    assert sample.origin == "posterior"
    assert [world[0] for world in sample.worlds] == [row[0] for row in draws["rows"]]
    # of another market it says nothing: a look is left out, and more would be matched first
    other = make_plan(compose_settings("compare", [*words[:3], "worlds=16", "market.pros.n=30"], dirs), CompareOptions)
    assert first_sample(other) is None


def test_measurements_are_checked_against_the_market_and_the_metrics(tmp_path: Path) -> None:
    plan = make_plan(compose_settings("compare", [*SMALL, "worlds=20"], [folder(tmp_path)]), CompareOptions)
    found = {one.name: one for one in measurements_of(plan, "least_loaded")}
    assert set(found) == {"lateness", "return", "test"}
    # half of the new clients of 60 days
    assert found["test"].n == round(60 * plan.market.clients.arrivals_per_day / 2)
    assert "test" not in {one.name for one in measurements_of(plan)}


def test_worlds_are_refused_where_one_market_is_all_there_is() -> None:
    with pytest.raises(ConfigError, match="worlds = 20, unknown key: select looks at one market"):
        compose_settings("select", ["worlds=20"])
    with pytest.raises(ConfigError, match="needs a yaml that says what is uncertain about market=thin"):
        make_plan(compose_settings("compare", ["market=thin", "worlds=20"]), CompareOptions)


def test_the_yaml_of_the_default_market_is_one_that_its_market_takes() -> None:
    plan = make_plan(compose_settings("compare", []), CompareOptions)
    sample = first_sample(plan)
    assert sample is not None
    assert sample.origin == "posterior"
    assert len(sample.markets) == 16
    assert plan.prior is not None
    drawn = np.array([market.clients.one_time_share for market in sample.markets])
    assert drawn.std() > 0.02
    assert measurements_of(plan, "least_loaded")
