"""Policies judged by simulated logs, as a user runs it."""

import csv
from pathlib import Path

import pytest

from experiments.offpolicy import main
from experiments.report import main as report
from tests.experiments.hindsight.small import SMALL


@pytest.fixture(scope="module")
def out(tmp_path_factory, sketched, hardly_resampled) -> Path:
    folder = tmp_path_factory.mktemp("offpolicy")
    assert main([*SMALL, f"out={folder / 'out'}", f"store={folder / 'store'}"]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def rows(out) -> list[dict[str, str]]:
    with (out / "offpolicy.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_policy_and_estimator_stands_beside_the_simulated_truth(rows) -> None:
    assert {row["arm"] for row in rows} == {"oracle_proportional"}
    assert {row["outcomes"] for row in rows} == {"mature", "weighted"}
    assert len(rows) == 9 * 2
    for row in rows:
        # how far the model alone is off is not known
        assert row["estimator"] == "direct" or float(row["low"]) <= float(row["estimate"]) <= float(row["high"])
        assert 0 < float(row["simulated_truth"]) < 1
        assert row["unsupported_share"] in ("0.0", "", "nan")


def test_weights_alone_hold_what_is_true_in_a_market_with_room_for_all(rows) -> None:
    found = next(row for row in rows if row["arm"] == "oracle_proportional" and row["estimator"] == "self_normalised")
    assert float(found["difference_low"]) - 0.03 < float(found["simulated_difference"]) < float(found["difference_high"]) + 0.03


def test_a_reference_is_called_one_and_the_page_says_which_to_believe(out) -> None:
    page = (out / "report.html").read_text()
    assert "oracle_proportional (reference)" in page
    assert "Which to believe for what" in page
    assert "What exploring would give, and cost" in page
    assert {path.stem for path in (out / "figures").glob("*.svg")} == {"weights", "estimates_1", "clipping_1"}


def test_the_page_comes_again_from_the_folder_in_another_language(out) -> None:
    before = (out / "report.html").read_bytes()
    assert report([f"out={out}", "lang=de"]) == 0
    assert "Was hätte eine andere Regel bewirkt?" in (out / "report.html").read_text()
    assert report([f"out={out}", "lang=en"]) == 0
    assert (out / "report.html").read_bytes() == before


def test_runs_of_the_store_are_not_simulated_again_and_give_the_same_table(out, capsys) -> None:
    before = (out / "offpolicy.csv").read_bytes()
    assert main([*SMALL, f"out={out}", f"store={out.parent / 'store'}"]) == 0
    assert "0 of 4 runs simulated now" in capsys.readouterr().out
    assert (out / "offpolicy.csv").read_bytes() == before


def test_a_log_in_strict_order_says_nothing_and_the_page_what_would_be_needed(out, capsys) -> None:
    folder = out.parent
    strict = ("arm=[oracle,uniform]", "control=oracle", f"out={folder / 'strict'}", f"store={folder / 'store'}")
    assert main([*SMALL, *strict]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "The log says nothing about uniform: it always asked in a strict order" in said
    assert "With a tenth of the choices made at random" in said


def test_bad_input_is_one_message_before_anything_is_simulated(tmp_path, capsys) -> None:
    assert main([*SMALL, "arm=[uniform]", f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "store").exists()
