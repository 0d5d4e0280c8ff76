import html
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import experiments
from experiments.execution import keys
from experiments.execution.runner import RunError
from experiments.execution.store import load_run
from sim.allocators.uniform import Uniform
from sim.config import ConfigError
from tests.commands import run
from tests.markets import arm

pytestmark = pytest.mark.usefixtures("sketched")

ROOT = Path(experiments.__file__).resolve().parent.parent
SMALL = (
    "market.horizon_days=460",
    "market.warmup_days=60",
    "longest_window_months=12",
    "market.clients.arrivals_per_day=3",
    "market.pros.n=20",
    "executor=serial",
)
NO_THRESHOLD = {"like": "wecasa_2025", "score.min_sessions": 0}


@dataclass(frozen=True)
class Newcomers:
    """Pros with few sessions are shown more."""

    boost: float = 3.0

    def visibility(self, pros, now_days):
        return np.where(pros.completed_sessions < 30, self.boost, 1.0)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("api") / "store"


@pytest.fixture(scope="module")
def compared(store):
    arms = {"uniform": "uniform", "<b>today</b>": "wecasa_2025", "no threshold": NO_THRESHOLD, "oracle": "oracle"}
    return experiments.compare(arms, replications=3, overrides=SMALL, store=store, quiet=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A comparison made by the command line: its folder, with the out folder and the store in it."""
    folder = tmp_path_factory.mktemp("finished")
    arguments = ["arm=[uniform,wecasa_2025]", "arms.wecasa_2025.score.min_sessions=0", "replications=3", *SMALL]
    assert run("compare", [*arguments, f"out={folder / 'out'}", f"store={folder / 'store'}"]) == 0
    return folder


def rows(table, **where):
    return [row for row in table.to_pylist() if all(row[key] == value for key, value in where.items())]


def test_everything_that_the_package_offers_is_there_and_nothing_else_is():
    for name in experiments.__all__:
        assert getattr(experiments, name) is not None
        assert name in dir(experiments)
    with pytest.raises(AttributeError, match="module 'experiments' has no attribute 'simualte'"):
        _ = experiments.simualte


def test_python_and_the_command_line_give_the_same_numbers(finished, compared):
    loaded = experiments.load(finished / "out")
    ours = rows(compared.summary, arm="no threshold", metric="return_rate_6m")[0]
    theirs = rows(loaded.summary, arm="wecasa_2025", metric="return_rate_6m")[0]
    assert ours | {"arm": ""} == theirs | {"arm": ""}
    # the files that the command wrote say the same as the result that is read back
    written = (finished / "out" / "differences.csv").read_text().splitlines()
    assert len(written) - 1 == loaded.differences.num_rows
    assert loaded.decision in html.unescape((finished / "out" / "report.html").read_text())


def test_runs_of_named_arms_are_in_the_store_and_not_repeated(compared, store):
    again = experiments.compare(["uniform", "oracle"], replications=3, overrides=SMALL, store=store, quiet=True)
    assert (compared.runs.simulated, again.runs.simulated) == (12, 0)
    key = again.runs.keys["oracle", 2]
    assert (
        rows(again.values, arm="oracle", replication=2, metric="fill_rate")[0]["value"] == load_run(store, key).metrics["fill_rate"]
    )


def test_the_tables_are_tidy(compared):
    n_metrics = len(compared.plan.metrics)
    # the share of the oracle's gain has no value a run
    assert compared.summary.num_rows == 4 * n_metrics + 4
    assert compared.differences.num_rows == 3 * n_metrics
    assert rows(compared.values, arm="uniform", metric="fill_rate", replication=3) == []
    mean = rows(compared.summary, arm="uniform", metric="fill_rate")[0]["mean"]
    assert np.mean([row["value"] for row in rows(compared.values, arm="uniform", metric="fill_rate")]) == pytest.approx(mean)
    lorenz = rows(compared.curves, arm="oracle", curve="exposure_lorenz", replication=1)
    assert [row["point"] for row in lorenz] == list(range(101))
    assert lorenz[70]["value"] == compared.comparison.curves["oracle"]["exposure_lorenz"][1, 70]
    assert compared.mean("uniform", "fill_rate") == mean


def test_arrow_tables_are_one_call_away_from_data_frames(compared):
    frame = pytest.importorskip("pandas") and compared.summary.to_pandas()
    assert list(frame.columns) == ["arm", "metric", "mean", "half_width", "n"]
    assert len(frame) == compared.summary.num_rows


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def test_a_notebook_shows_the_decision_and_the_table_with_names_escaped(compared):
    page = Text()
    page.feed(compared._repr_html_())
    assert "b" not in page.tags
    assert "<b>today</b>" in page.words
    assert compared.decision in page.words
    assert page.tags.count("tr") == 1 + 4
    assert "oracle *" in page.words or {"oracle", " *"} <= set(page.words)


def test_every_chart_shows_itself_with_words(compared, tmp_path):
    assert {"differences", "payback", "exposure", "headline_differences"} <= set(compared.charts)
    shown = compared.plot("payback")._repr_html_()
    assert shown.count("<img alt=") == 1
    assert "<b>" not in compared.plot("differences")._repr_html_()
    compared.plot("payback").save(tmp_path / "payback.svg")
    assert (tmp_path / "payback.svg").stat().st_size > 1000
    with pytest.raises(KeyError, match="chart = 'pie', must be one of: differences"):
        compared.plot("pie")


def test_a_trade_off_draws_a_line_a_family(compared):
    chart = compared.trade_off({"today": ["no threshold", "<b>today</b>"]})
    line = chart.figure.axes[0].lines[0]
    expected = [100 * (compared.mean(arm) - compared.mean("uniform")) for arm in ("no threshold", "<b>today</b>")]
    assert line.get_ydata() == pytest.approx(expected)
    assert "numbers: strength" in "".join(text.get_text().replace("\n", " ") for text in chart.figure.axes[0].texts)
    with pytest.raises(KeyError, match="arm = 'rating', must be one of"):
        compared.trade_off({"x": ["rating"]})
    with pytest.raises(KeyError, match="metric = 'joy', must be one of"):
        compared.trade_off(cost="joy")


def test_a_policy_that_is_an_object_is_simulated_here_and_never_stored(compared, store):
    before = sorted(path.name for path in store.iterdir())
    own = {"uniform": "uniform", "mine": Newcomers(), "same": Uniform(), "arm": arm("oracle")}
    result = experiments.compare(own, replications=3, overrides=SMALL, store=store, quiet=True)
    assert result.arms == ("uniform", "mine", "same", "arm")
    assert sorted(path.name for path in store.iterdir()) == before
    assert {name for name, _ in result.runs.keys} == {"uniform"}
    # in this process and in the store alike: the same policy gives the same bits, under another name
    assert result.mean("same") == compared.mean("uniform")
    assert result.mean("arm") == compared.mean("oracle")
    assert result.comparison.references == {"arm"}
    assert result.mean("mine", "new_pro_days_to_30_sessions") != compared.mean("uniform", "new_pro_days_to_30_sessions")


def test_a_class_that_was_changed_is_simulated_as_it_is_now(store):
    # a key made from the class's name and parameters would serve the first answer twice
    def policy(boost):
        @dataclass(frozen=True)
        class Mine:
            def visibility(self, pros, now_days):
                return np.where(pros.completed_sessions < 30, boost, 1.0)

        return Mine()

    def days(boost):
        result = experiments.compare({"mine": policy(boost)}, replications=1, overrides=SMALL, store=store, quiet=True)
        return result.mean("mine", "exposure_gini")

    assert days(1.0) != days(8.0)
    assert days(1.0) == days(1.0)


def test_a_session_whose_source_was_edited_is_told_to_start_again(store, monkeypatch):
    monkeypatch.setattr(keys, "shared_digest", lambda: "edited since")
    with pytest.raises(ConfigError, match="sim has been edited since this session loaded it: restart Python"):
        experiments.compare(["uniform"], replications=1, overrides=SMALL, store=store, quiet=True)


def test_one_run_has_tables_metrics_and_the_numbers_of_the_comparison(compared):
    run = experiments.simulate("oracle", seed=1, replication=2, overrides=SMALL)
    assert run.metrics["fill_rate"] == rows(compared.values, arm="oracle", metric="fill_rate", replication=2)[0]["value"]
    for name in ("bookings", "clients", "pros", "scores", "truth", "offers"):
        assert isinstance(getattr(run, name), pa.Table)
    assert run.bookings.num_rows == len(run.log.bookings["client"]) > 1000
    assert set(run.bookings["outcome"].unique().to_pylist()) >= {"completed"}
    assert run.pros.num_rows == run.truth.num_rows == 20
    assert repr(run).startswith("Run of oracle in personal_care, seed 1, replication 2: ")


def test_overrides_are_the_same_as_lines_and_as_a_mapping():
    lines = experiments.simulate("uniform", "minimal", overrides=["market.horizon_days=60", "seed=5"])
    mapping = {"market.horizon_days": np.int64(60), "market.name": "it's \\'odd'", "seed": 5}
    named = experiments.simulate("uniform", "minimal", overrides=mapping)
    assert lines.log.digest() == named.log.digest()
    assert (named.seed, named.market) == (5, "it's \\'odd'")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "k=null"),
        (True, "k=true"),
        (0.25, "k=0.25"),
        ("true", "k='true'"),
        ("a b", "k='a b'"),
        ("personal_care", "k=personal_care"),
        ([1, "x"], "k=[1,x]"),
        ({"fill_rate": 0.01}, "k={fill_rate:0.01}"),
        (Path("out/x"), "k=out/x"),
    ],
)
def test_a_value_is_written_as_on_the_command_line(value, line):
    from experiments.api.settings import as_override

    assert as_override("k", value) == line


@dataclass
class Thawed:
    def visibility(self, pros, now_days):
        return np.ones(pros.n_pros)


@dataclass(frozen=True)
class Silent:
    x: int = 1


@dataclass(frozen=True)
class Short:
    weights_: list = field(default_factory=list)

    def visibility(self, pros, now_days):
        return np.ones(3)


BAD = {
    "an unknown arm": ({"arms": ["uniform", "wecasa_2052"]}, "arm = 'wecasa_2052', unknown arm; did you mean wecasa_2025?"),
    "an unknown key": (
        {"arms": {"a": {"like": "uniform", "score.min_session": 0}}},
        "arms.a.score.min_session, unknown key; did you",
    ),
    "nothing it is like": ({"arms": {"a": {"score.min_sessions": 0}}}, "arms.a.like = None, must be the name of the arm"),
    "no arms": ({"arms": []}, "arms, must name at least one"),
    "arms twice": ({"arms": ["uniform", "uniform"]}, "arms = ['uniform', 'uniform'], must be distinct"),
    "a policy without a name": ({"arms": [Uniform()]}, "a policy of your own needs one: {'mine': policy}"),
    "a class": ({"arms": {"m": Newcomers}}, "arms.m = Newcomers, must be a policy, not its class: Newcomers(...)"),
    "nothing": ({"arms": {"m": None}}, "arms.m = None, must be the name of an arm, changes to one, or a policy"),
    "not a policy": ({"arms": {"m": Silent()}}, "arms.m.allocator = Silent, must have the method visibility or weights"),
    "not frozen": ({"arms": {"m": Thawed()}}, "arms.m.allocator = Thawed, must be a frozen dataclass"),
    "a text of overrides": ({"overrides": "seed=1"}, "overrides = 'seed=1', must be a list of key=value, or a mapping"),
    "arm as an override": ({"overrides": ["arm=[rating]"]}, "overrides hold arm, must be given as arms"),
    "an odd value": ({"overrides": {"seed": object}}, "must be made of numbers, texts, lists and mappings"),
    "a wrong market": ({"market": "minmal"}, "market = 'minmal', unknown market; did you mean minimal?"),
    "a wrong control": ({"control": "oracle"}, "control = 'oracle', must be one of the arms: uniform, rating"),
    "no replications": ({"replications": 0}, "replications = 0"),
    "a wrong metric": ({"overrides": {"equivalence_margin": {"joy": 1}}}, "equivalence_margin = 'joy'"),
    "a precision of own policies": (
        {"arms": {"uniform": "uniform", "m": Newcomers()}, "overrides": ["precision=.01"]},
        "precision = 0.01, must be null with policies passed as objects: m",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_as_on_the_command_line(case, tmp_path):
    arguments, message = BAD[case]
    given = {"arms": ["uniform", "rating"], "store": tmp_path / "store", "quiet": True} | arguments
    with pytest.raises(ConfigError) as refused:
        experiments.compare(**given)
    assert message in str(refused.value)
    assert not (tmp_path / "store").exists()


def test_a_policy_that_answers_nonsense_is_named_with_the_run(tmp_path):
    message = r"^arm=m replication=0 seed=1 failed: PolicyError: visibility at day 0 has shape \(3,\), must be \(20,\)"
    with pytest.raises(RunError, match=message):
        experiments.compare({"m": Short()}, replications=1, overrides=SMALL, store=tmp_path, quiet=True)
    with pytest.raises(RunError, match=message):
        experiments.simulate(arm("uniform").__class__("m", arm("uniform").score, Short()), overrides=SMALL)
    with pytest.raises(ConfigError, match="replication = -1, must be a whole number >= 0"):
        experiments.simulate("uniform", "minimal", replication=-1)


def test_only_a_finished_comparison_whose_runs_are_there_can_be_loaded(tmp_path, store, compared, finished):
    with pytest.raises(ConfigError, match=r"holds no results, must be the out folder of a comparison. For a store"):
        experiments.load(store)
    out, moved = tmp_path / "out", tmp_path / "store"
    shutil.copytree(finished / "out", out)
    shutil.copytree(finished / "store", moved)
    manifest = json.loads((out / "manifest.json").read_text()) | {"store": str(moved)}
    (out / "manifest.json").write_text(json.dumps(manifest))
    run = moved / manifest["runs"]["uniform/0"]
    (run / "result.json").write_bytes(b"torn")
    with pytest.raises(ConfigError, match=r"differs from its checksum: run the command of .*manifest.json again"):
        experiments.load(out)
    run.rename(tmp_path / "moved")
    with pytest.raises(ConfigError, match=r"the run of arm uniform, replication 0, is not in .* any more; run the command again"):
        experiments.load(out)
    (tmp_path / "moved").rename(run)
    (run / "result.json").write_bytes((finished / "store" / run.name / "result.json").read_bytes())
    whole, config = json.dumps(manifest), (out / "config.yaml").read_text()
    experiments.load(out)
    runs = manifest["runs"]
    for harm, message in (
        ("[]", r"cannot be read as a finished comparison \(TypeError"),
        ('{"runs": ', r"cannot be read as a finished comparison \(JSONDecodeError"),
        (json.dumps(manifest | {"runs": []}), r"\(AttributeError"),
        (
            json.dumps(manifest | {"runs": runs | {"uniform/0": "../../etc"}}),
            r"runs.uniform/0 = '../../etc', must be 32 hex",
        ),
        (json.dumps(manifest | {"runs": runs | {"uniform/9": "0" * 32}}), r"must be 0 to 3, as of every arm"),
        (json.dumps(manifest | {"runs": {}}), "has runs of no arm, must be those of uniform, wecasa_2025"),
    ):
        (out / "manifest.json").write_text(harm)
        with pytest.raises(ConfigError, match=message):
            experiments.load(out)
    (out / "manifest.json").write_text(whole)
    for harm, message in (("[1", "ParserError"), ("- 1", "must hold the settings of a comparison")):
        (out / "config.yaml").write_text(harm)
        with pytest.raises(ConfigError, match=message):
            experiments.load(out)
    (out / "config.yaml").unlink()
    with pytest.raises(ConfigError, match="FileNotFoundError"):
        experiments.load(out)
    (out / "config.yaml").write_text(config)
    (out / "manifest.json").unlink()
    with pytest.raises(ConfigError, match=r"has no manifest.json, must be the folder of a command that was finished"):
        experiments.load(out)
    (out / ".mission-dispatch-sim").write_text("study\n")
    with pytest.raises(ConfigError, match="holds the results of study, must be the out folder of a comparison"):
        experiments.load(out)


def test_a_store_is_one_table(compared, store, tmp_path):
    table = experiments.runs(store)
    assert {"arm", "market", "seed", "replication", "return_rate_6m"} <= set(table.column_names)
    assert table.num_rows == len([path for path in store.iterdir() if (path / "result.json").is_file()])
    with pytest.raises(ConfigError, match="must be a folder of results"):
        experiments.runs(tmp_path / "nowhere")


def test_the_catalogues_say_when_to_choose_what():
    arms, markets, measures = experiments.arms().to_pylist(), experiments.markets().to_pylist(), experiments.measures().to_pylist()
    assert {row["name"] for row in arms} >= {"uniform", "wecasa_2025", "softmax"}
    assert len({row["name"] for row in arms}) == len(arms)
    assert "personal_care" in {row["name"] for row in markets}
    assert all(len(row["when"]) > 20 for row in arms + markets)
    (primary,) = [row for row in measures if row["name"] == "return_rate_6m"]
    assert primary["better"] == "higher"
    assert "book again" in primary["label"]


def test_a_market_is_calibrated_and_used(tmp_path):
    bookings = experiments.simulate(
        "uniform", "minimal", overrides=["market.horizon_days=430", "market.clients.arrivals_per_day=1"]
    ).bookings
    start = np.datetime64("2023-01-02")
    days = (start + np.floor(bookings["start_days"].to_numpy()).astype(int)).astype(str)
    rows = "".join(f"{c},{d},25\n" for c, d in zip(bookings["client"], days, strict=True))
    (tmp_path / "b.csv").write_text("client,date,eur\n" + rows)
    fitted = experiments.calibrate(
        tmp_path / "b.csv",
        name="mine",
        market="minimal",
        replications=2,
        overrides={"columns.left_censored_days": 0, "columns.price": "eur", "worlds": 8},
        out=tmp_path / "out",
        quiet=True,
    )
    assert fitted.report.is_file()
    assert fitted.worlds == tmp_path / "out" / "worlds" / "mine.yaml"
    assert fitted.worlds.is_file()
    assert fitted.quality.num_rows > 0
    assert fitted.forecasts.num_rows == 0
    # everybody in the file is older than none: new clients arrive about once a day
    (arrivals,) = [row for row in fitted.findings.to_pylist() if row["key"] == "clients.arrivals_per_day"]
    assert float(arrivals["value"]) == pytest.approx(1.0, abs=0.2)
    assert set(fitted.figures) >= {"ladder"}
    # every visit costs 25 EUR, and there is one at least; without channels only all new clients have a value
    year, two = fitted.value.to_pylist()
    assert (year["channel"], year["months"], two["months"]) == ("", 12, 24)
    assert 25 <= year["estimate"] <= two["estimate"]
    assert year["visit_eur"] == pytest.approx(25)
    assert year["n"] == int(fitted.value["n"][1].as_py()) > 200
    assert (tmp_path / "out" / "value.csv").read_text().startswith("channel,months,estimate,low,high,n,paid_share,visit_eur\n,12,")
    assert "What a new client is worth" in fitted.report.read_text()
    assert fitted._repr_html_().count("<li>") == len(fitted.sentences) > 0
    small = ["market.horizon_days=300", "market.warmup_days=30"]
    run = experiments.simulate("uniform", fitted.name, config_dir=fitted.config_dir, overrides=small)
    assert run.market == "mine"
    with pytest.raises(KeyError, match="chart = 'pie', must be one of"):
        fitted.plot("pie")


def test_it_works_from_any_folder_without_a_display(tmp_path):
    program = (
        "from experiments import compare\n"
        f"r = compare(['uniform', 'oracle'], 'minimal', replications=2, overrides={['longest_window_months=6', *SMALL[-1:]]!r})\n"
        "print(r.plot('payback')._repr_html_()[:7], len(r.values) > 0)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().endswith("<figure True"), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_experiments_are_not_made_with_policies_passed_as_objects(store):
    arms = {"uniform": "uniform", "mine": Newcomers()}
    with pytest.raises(ConfigError, match="lab = true, must be false with policies passed as objects: mine"):
        experiments.compare(arms, replications=2, worlds=0, overrides=[*SMALL, "lab=true"], store=store, quiet=True)
    with pytest.raises(ConfigError, match="must be a name, or changes to one"):
        experiments.lab(arms, overrides=SMALL, store=store, quiet=True)


def test_the_lab_gives_a_row_a_design_and_what_to_run(store):
    few = {"market.horizon_days": 330, "market.warmup_days": 60, "market.clients.arrivals_per_day": 3, "market.pros.n": 20}
    few |= {"days": 60, "executor": "serial", "shares": [], "loads": [], "bolder": None}
    found = experiments.lab(["uniform", "oracle"], designs=["client"], replications=3, overrides=few, store=store, quiet=True)
    assert rows(found.designs, design="client")[0]["experiments"] == 3
    assert found.recommended in (None, "client")
    # the written worlds are not of a market with other keys
    assert found.value.column_names[:3] == ["design", "weeks", "value_eur"]
    assert repr(found).splitlines() == list(found.sentences)


def test_comparing_is_ready_before_anything_is_loaded_that_only_some_analyses_need():
    late = ("scipy.stats", "scipy.optimize", "scipy.interpolate", "dask", "duckdb", "pandas", "optuna", "streamlit")
    code = f"import sys, experiments; experiments.compare; print([name for name in {late} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
