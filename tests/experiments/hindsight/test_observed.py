"""A team's own log: one of the simulator's, exported, says the same as the simulator's own."""

import csv
from pathlib import Path

import pytest

from experiments.hindsight.propensities import SCORE
from experiments.offpolicy import main
from tests.experiments.hindsight.dispatched import STATUSES, write
from tests.experiments.hindsight.small import SMALL, hindsight, log_of

ARMS = "arm=[uniform,wecasa_2025]"
ONE = ("arm=[wecasa_2025]", "temperatures=[]")
COLUMNS = (
    *("columns.client=client", "columns.date=date", "columns.requested=requested", "columns.pro=pro", "columns.status=status"),
    *("columns.rating=rating", "columns.minutes_late=minutes_late", STATUSES, "columns.left_censored_days=20"),
)


def run(folder: Path, file: Path, *overrides: str) -> list[dict[str, str]]:
    out = folder / file.stem
    assert main([*SMALL, ARMS, *COLUMNS, f"data={file}", *overrides, f"out={out}", f"store={folder / 'store'}"]) == 0
    with (out / "offpolicy.csv").open() as table:
        return list(csv.DictReader(table))


def of(rows: list[dict[str, str]], arm: str, estimator: str) -> dict[str, str]:
    return next(row for row in rows if (row["arm"], row["estimator"], row["outcomes"]) == (arm, estimator, "mature"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sketched, hardly_resampled) -> Path:
    return tmp_path_factory.mktemp("observed")


@pytest.fixture(scope="module")
def rows(folder) -> list[dict[str, str]]:
    return run(folder, write(folder / "each.csv", log_of()), "columns.candidates=free", "columns.propensity=chance")


def test_a_policy_that_chooses_at_random_is_what_the_log_is(rows) -> None:
    found = of(rows, "uniform", "doubly_robust")
    # who says yes more often got more clients than at random: a little, and no more
    assert abs(float(found["difference"])) < 0.02
    assert float(found["effective_n"]) > 300
    assert found["simulated_truth"] == ""
    assert float(found["unsupported_share"]) == 0


def test_the_history_of_the_file_gives_the_policy_its_weights(rows) -> None:
    assert float(of(rows, "wecasa_2025", "ips")["largest_weight"]) != float(of(rows, "uniform", "ips")["largest_weight"])
    assert len({row["estimator"] for row in rows}) == 6


def test_the_propensity_of_the_chosen_alone_gives_the_same_weights(folder, rows) -> None:
    file = write(folder / "chosen.csv", log_of(), "chosen")
    single = run(folder, file, *ONE, "columns.candidates=free", "columns.propensity=chance")
    for name in ("estimate", "effective_n", "largest_weight"):
        assert float(of(single, "wecasa_2025", "ips")[name]) == pytest.approx(float(of(rows, "wecasa_2025", "ips")[name]), rel=1e-4)
    assert of(single, "wecasa_2025", "ips")["unsupported_share"] in ("", "nan")


def test_propensities_that_nobody_wrote_down_are_estimated_and_the_page_says_so(folder, rows, capsys) -> None:
    found = run(folder, write(folder / "none.csv", log_of(), "none"), *ONE, "columns.candidates=free")
    assert "that is estimated from the choices" in " ".join(capsys.readouterr().out.split())
    assert "estimated from the choices" in (folder / "none" / "report.html").read_text()
    truth, guess = (float(of(table, "wecasa_2025", "doubly_robust")["estimate"]) for table in (rows, found))
    assert guess == pytest.approx(truth, abs=0.03)


def test_estimated_propensities_hang_on_the_file_and_not_on_the_order_of_policies(folder, rows) -> None:
    few = ("temperatures=[]", "columns.candidates=free")
    file = write(folder / "order.csv", log_of(), "none")
    both = [run(folder, file, f"arm=[{names}]", *few) for names in ("wecasa_2025,fidelity_raw", "fidelity_raw,wecasa_2025")]
    assert sorted(both[0], key=str) == sorted(both[1], key=str)


def test_the_score_that_a_files_rule_is_taken_to_have_seen_is_todays() -> None:
    assert hindsight("arm=[uniform,wecasa_2025]").plan.arms["wecasa_2025"].score == SCORE


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ((), "columns.candidates is missing: of each booking, the pros who could have been chosen"),
        (("columns.candidates=free", "columns.pro=null"), "columns.pro is missing"),
        (("columns.candidates=free", "outcome_days=1000"), "outcome_days = 1000, must be <= "),
        (("columns.candidates=client",), "must be among the 1 of columns.candidates"),
        (("columns.candidates=free", "columns.propensity=client"), "columns.propensity = "),
    ],
)
def test_a_file_that_says_too_little_is_refused_in_one_message(folder, rows, capsys, overrides, message) -> None:
    arguments = [*SMALL, ARMS, *COLUMNS, f"data={folder / 'each.csv'}", *overrides, f"out={folder / 'bad'}"]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_rule_that_what_is_known_decides_is_refused_as_strict(folder, rows, capsys) -> None:
    file = folder / "strict.csv"
    with (folder / "each.csv").open() as source, file.open("w", newline="") as target:
        reader = csv.DictReader(source)
        out = csv.DictWriter(target, fieldnames=reader.fieldnames or [])
        out.writeheader()
        for row in reader:
            chances = row["free"].split("|") if row["free"] else []
            row["chance"] = "|".join(str(float(one == row["pro"])) for one in chances)
            out.writerow(row)
    found = run(folder, file, "columns.candidates=free", "columns.propensity=chance")
    assert {row["refused"] for row in found} == {"strict"}
    assert "left nothing to chance" in " ".join(capsys.readouterr().out.split())
