import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from experiments.execution.disk import StoreError
from experiments.execution.streams import load_stream, path_of, save_stream
from experiments.outputs.rebuild import read_record, rebuild
from experiments.plans.command_line import long_forms
from experiments.plans.compose import compose_settings
from experiments.replay import main
from experiments.replays.plan import EXOGENOUS_METRICS, make_replay
from sim.metrics.catalogue import METRICS
from sim.report.replayed import quality_lines
from sim.words.language import catalogue
from tests.markets import arm, market, run
from tests.replays import COLUMNS, write_bookings

pytestmark = pytest.mark.usefixtures("sketched")

SMALL = ("market.pros.n=20", "replications=2", "executor=serial", "warmup_days=60", "arm=[uniform,oracle]")


@pytest.fixture(scope="module")
def bookings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Requests of a simulated year."""
    small = market("horizon_days=330", "warmup_days=60", "clients.arrivals_per_day=3", "pros.n=20", preset="personal_care")
    return write_bookings(run(small, arm("uniform")), tmp_path_factory.mktemp("data") / "bookings.csv")


@pytest.fixture(scope="module", params=["first_requests", "all_requests"])
def done(request: pytest.FixtureRequest, bookings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, list[str]]:
    """A finished replay."""
    folder = tmp_path_factory.mktemp(request.param)
    arguments = [f"data={bookings}", *COLUMNS, *SMALL, f"mode={request.param}", f"store={folder / 'store'}"]
    assert main([*arguments, f"out={folder / 'out'}"]) == 0
    return request.param, folder, arguments


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    words = [*COLUMNS, *SMALL, f"store={folder / 'store'}", f"out={folder / 'out'}", *arguments]
    assert main(words) == 2
    assert not (folder / "out").exists()
    assert not (folder / "store").exists()
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error.removeprefix("error: ").strip()


def edited(path: Path, bookings: Path, change: Callable[[int, dict[str, str]], dict[str, str] | None]) -> Path:
    """The bookings with every row changed by a function of (number, row); None: left out."""
    with bookings.open(newline="") as file:
        found = list(csv.DictReader(file))
    changed = [new for i, row in enumerate(found) if (new := change(i, row)) is not None]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(changed)
    return path


def test_a_replay_leaves_what_a_comparison_leaves(done: tuple[str, Path, list[str]]) -> None:
    mode, folder, _ = done
    out = folder / "out"
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == {
        *("summary.csv", "differences.csv", "people.csv", "config.yaml", "manifest.json", "figures", "report.html"),
        *("report.md", "report.npz", "scorecard.json", "base.csv", "quality.json"),
    }
    page = (out / "report.html").read_text()
    assert "What was replayed" in page
    assert "conditional on these requests" in page
    assert "usable requests" in page
    measured = {row["metric"] for row in rows(out / "summary.csv")}
    charts = {path.stem for path in (out / "figures").iterdir()}
    if mode == "first_requests":
        assert {"return_rate_6m", "fill_rate"} <= measured
        assert "second_booking" in charts
        assert "not used: simulated under each policy" in page
    else:
        assert measured == set(EXOGENOUS_METRICS)
        assert "second_booking" not in charts
        assert "Left out, since clients come back as in the file" in page
        assert "<code>return_rate_6m</code>" in page
        assert "book again within 6 months" not in page
    scorecard = json.loads((out / "scorecard.json").read_text())
    assert scorecard["rule"]["primary"]["metric"] == {"first_requests": "return_rate_6m", "all_requests": "fill_rate"}[mode]
    guardrails = [one["metric"] for one in scorecard["rule"]["guardrails"]]
    assert guardrails == ["exposure_gini", *(["fill_rate"] if mode == "first_requests" else []), "net_contribution_per_year_eur"]
    assert "intervals are conditional on them" in scorecard["decision"]["text"][-1]


def test_the_manifest_names_the_file_by_its_content(done: tuple[str, Path, list[str]], bookings: Path) -> None:
    _, folder, _ = done
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["command"].startswith("python -m experiments.replay")
    assert len(manifest["file_sha256"]) == 64
    stream = load_stream(folder / "store", manifest["stream"])
    assert len(stream.client) == len(rows(bookings))


def test_a_second_call_simulates_nothing_and_gives_the_same_bytes(
    done: tuple[str, Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, folder, arguments = done
    assert main([*arguments, f"out={tmp_path / 'again'}"]) == 0
    assert "0 of 4 runs simulated now" in capsys.readouterr().out
    for name in ("summary.csv", "differences.csv", "base.csv", "quality.json", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / "out" / name).read_bytes()


def test_the_report_is_built_again_from_its_folder_to_the_byte_and_in_french(
    done: tuple[str, Path, list[str]], tmp_path: Path
) -> None:
    _, folder, _ = done
    shutil.copytree(folder / "out", tmp_path / "out")
    names = ("report.html", "report.md", "scorecard.json")
    first = {name: (tmp_path / "out" / name).read_bytes() for name in names}
    rebuild(tmp_path / "out", "fr")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Ce qui a été rejoué" in page
    assert "demandes utilisables" in page
    rebuild(tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names} == first


def test_every_line_of_the_data_quality_table_is_translated(done: tuple[str, Path, list[str]]) -> None:
    _, folder, _ = done
    for issue in read_record(folder / "out")[2].extras.replayed.issues:
        assert {said.text for said in (issue.what, issue.unit, issue.treatment) if said} <= set(catalogue("fr"))


def test_another_start_makes_another_stream_and_another_order_of_the_rows_does_not(bookings: Path, tmp_path: Path) -> None:
    def stream(path: Path) -> str | None:
        settings = compose_settings("replay", long_forms([f"data={path}", *COLUMNS, *SMALL]))
        return make_replay(settings).plan.stream

    first = stream(bookings)
    other = {"00:00": "30:00", "30:00": "00:00"}
    later = edited(
        tmp_path / "later.csv",
        bookings,
        lambda i, row: row | ({"date": row["date"][:-5] + other[row["date"][-5:]]} if i == 0 else {}),
    )
    shuffled = tmp_path / "shuffled.csv"
    lines = bookings.read_text().splitlines()
    order = np.random.default_rng(1).permutation(len(lines) - 1) + 1
    shuffled.write_text("\n".join([lines[0], *(lines[i] for i in order)]) + "\n")
    assert stream(later) != first
    assert stream(shuffled) == first


def test_a_kept_stream_that_was_changed_is_refused_and_written_again(bookings: Path, tmp_path: Path) -> None:
    stream = make_replay(compose_settings("replay", long_forms([f"data={bookings}", *COLUMNS, *SMALL]))).stream
    digest = save_stream(tmp_path, stream)
    load_stream.cache_clear()
    path = path_of(tmp_path, digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="differs from what was written"):
        load_stream(tmp_path, digest)
    assert save_stream(tmp_path, stream) == digest
    assert load_stream(tmp_path, digest).digest() == digest


def test_every_metric_either_depends_on_who_comes_back_or_is_measured_with_all_requests() -> None:
    returns = {
        *("return_rate_6m", "reach_3_in_12m", "payback_rate_12m", "contribution_per_client_12m_eur", "months_to_break_even"),
        *("net_contribution_per_client_24m_eur", "net_contribution_per_client_12m_eur"),
        *("contribution_per_client_24m_eur", "repeat_share_24m", "further_bookings_24m", "return_rate_6m_first_completed"),
        *("repeat_majority_share", "same_pro_return_share", "late_first_session_relative_risk", "one_star_relative_risk"),
        *("new_clients_per_month", "new_client_growth", "contribution_growth"),
        *("score_signal_share", "score_rank_correlation", "false_demotion_share", "days_until_counted"),
        *("threshold_delay_share", "true_propensity_sd"),
        *("retention_rate", "attrition_rate", "repurchase_rate_12m", "upsell_ratio_12m", "engagement_index_12m"),
        *("sales_per_client_12m_eur", "payback_clients_per_year", "reward_cost_per_retained_client_eur"),
    }
    # who comes and what winning them costs is the file's, and there are no programmes
    alike = {"acquisition_cost_per_year_eur", "programme_cost_per_year_eur"}
    assert (returns | alike).isdisjoint(EXOGENOUS_METRICS)
    assert returns | alike | set(EXOGENOUS_METRICS) == {known.name for known in METRICS}


def test_files_that_cannot_be_replayed_are_refused(bookings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def words(path: Path, *more: str) -> str:
        return refusal(capsys, tmp_path / "run", f"data={path}", *more)

    assert refusal(capsys, tmp_path / "run").startswith("data is missing")
    assert "must be a file" in words(tmp_path / "nowhere.csv")
    assert "columns.zone: place, must be a column of bookings.csv" in words(bookings, "columns.zone=place")
    empty = tmp_path / "empty.csv"
    empty.write_text(bookings.read_text().splitlines()[0] + "\n")
    assert words(empty).count("holds no rows")
    day = edited(tmp_path / "day.csv", bookings, lambda i, row: row if row["requested"] < "2023-01-03" else None)
    assert words(day).endswith("spans 1 days, must span at least 56")
    early = edited(tmp_path / "early.csv", bookings, lambda i, row: row | ({"date": "2023-01-01 08:00:00"} if i == 3 else {}))
    assert "row 4: asked for at 2023-01-0" in words(early)
    assert "must be before the start at 2023-01-01 08:00; 1 such rows" in words(early)
    service = edited(tmp_path / "service.csv", bookings, lambda i, row: row | ({"service": "Coupe"} if i == 3 else {}))
    assert "columns.service: 'Coupe' (1 rows) is no service of the market, must be one of hair, massage" in words(service)
    assert "services.Coupe = cut, must be a service of the market" in words(service, "services={Coupe: cut}")
    assert "services.Couppe = hair, must map a service of the file" in words(service, "services={Couppe: hair}")
    assert "other_services = cut, must be a service of the market" in words(service, "other_services=cut")
    assert "none of" in words(bookings, "columns.left_censored_days=9999")
    assert "until = 2030-01-01, must lie within 2023-01-0" in words(bookings, "until=2030-01-01")
    assert "until = 2023-02-01, must not be before since = 2023-03-01" in words(bookings, "since=2023-03-01", "until=2023-02-01")
    assert "since = 'May', must be a date" in words(bookings, "since=May")
    assert "new clients can be followed for 12 months" in words(bookings, "longest_window_months=12")
    assert "warmup_days = 999, must be <" in words(bookings, "warmup_days=999")
    assert "market.zones = 2, must be >= 10, the zones of the file" in words(
        bookings, "market.zones=2", "market.pros.zones_per_pro=1"
    )
    assert "pros = 'file', needs a column of pros" in words(bookings, "pros=file", "columns.pro=null")
    assert "market.acquisition.mode = 'reinvest', must be fixed" in words(bookings, "market.acquisition.mode=reinvest")
    every = "mode=all_requests"
    assert "precision_metric = 'return_rate_6m', must not depend on who comes back" in words(
        bookings, every, "precision_metric=return_rate_6m"
    )
    assert "equivalence_margin = 'return_rate_6m', must not" in words(bookings, every, "equivalence_margin={return_rate_6m: .01}")
    assert "longest_window_months = 6, must be null" in words(bookings, every, "longest_window_months=6")
    assert "decision.primary = 'return_rate_6m', must not depend on who comes back" in words(
        bookings, every, "decision.primary=return_rate_6m"
    )
    assert "decision.guardrails = 'retention_rate', must not" in words(
        bookings, every, "+decision.guardrails.retention_rate={down_at_most: .01}"
    )
    assert "arms.uniform+referral.programmes = referral, must be none with mode=all_requests" in words(
        bookings, every, "arm=[uniform+referral,oracle]", "control=uniform+referral"
    )
    assert "leakage.share_per_session = 0.1, must be 0" in words(bookings, every, "market.clients.leakage.share_per_session=.1")


def test_services_are_mapped_by_name_and_the_others_counted(bookings: Path, tmp_path: Path) -> None:
    def change(i: int, row: dict[str, str]) -> dict[str, str]:
        return row | {"service": ("Coupe", "Ongles", row["service"])[i % 3]}

    path = edited(tmp_path / "named.csv", bookings, change)
    words = [f"data={path}", *COLUMNS, *SMALL, "services={Coupe: hair}", "other_services=nails"]
    found = make_replay(compose_settings("replay", long_forms(words)))
    names = [service.name for service in found.plan.market.services]
    n = len(rows(path))
    unknown = [line for line in quality_lines(found.issues) if "Ongles" in line[0]]
    assert unknown == [("service Ongles, not of the market", f"{len(range(1, n, 3))} rows", "taken as nails")]
    assert (found.stream.service == names.index("nails")).sum() >= len(range(1, n, 3))
    assert (found.stream.service >= 0).all()


def test_the_clock_is_the_files(bookings: Path) -> None:
    settings = compose_settings(
        "replay", long_forms([f"data={bookings}", *COLUMNS, *SMALL, "warmup_days=null", "since=2023-02-08"])
    )
    found = make_replay(settings)
    # the Monday of the week of Wednesday 2023-02-08
    assert found.period[0] == "2023-02-06"
    assert found.stream.tick.min() >= 2 * 86400
    assert found.stream.tick.max() // 86400 == found.plan.market.horizon_days - 1
    # a third of the file, in whole weeks
    assert found.plan.market.warmup_days == found.plan.market.horizon_days // 21 * 7
    assert found.stream.known.any()


def test_precision_adds_replications_in_a_metric_of_the_mode(
    bookings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"data={bookings}", *COLUMNS, *SMALL, "mode=all_requests", "precision=.5", "max_replications=8"]
    assert main([*words, f"store={tmp_path / 'store'}", f"out={tmp_path / 'out'}"]) == 0
    assert "every difference in fill_rate is at most" in capsys.readouterr().out
