"""A quick form of ``make proof``: fewer repeats, wider bands, fixed seeds."""

import re

import numpy as np
import pytest

from benchmarks.proof import Check, interval_checks, main, precision_checks, selection_checks, simulator_checks
from sim.statistics import screening
from sim.statistics.precision import PrecisionRule


def test_every_promise_is_kept(capsys):
    assert main(["--repeats", "50", "--runs", "100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "all promises were kept"
    words = [line.split()[-1] for line in lines[1:-1]]
    assert words.count("pass") == 21 + 3 + 9 + 6 + 8
    assert words.count("info") == 7 + 2


def test_intervals_that_are_too_narrow_are_found_out():
    # with 80 % intervals, every single check must notice
    failed = [check for check in interval_checks(50, level=0.8) if check.rule == "covers" and not check.passed]
    assert len(failed) == 21 + 3


def test_the_a_a_study_of_the_simulator_notices_them_too():
    values = np.random.default_rng(1).normal(size=(3, 480))
    assert all(check.passed for check in simulator_checks(100, values))
    assert not any(check.passed for check in simulator_checks(100, values, level=0.8))


def test_stopping_without_first_replications_or_look_ahead_is_found_out(monkeypatch):
    # stop at the first of three replications that seems precise: the classic mistake
    monkeypatch.setattr("sim.statistics.precision.MIN_FIRST", 2)
    monkeypatch.setattr("benchmarks.proof.PrecisionRule", lambda p, cap: PrecisionRule(p, cap, n0=2, look_ahead=0))
    assert not all(check.passed for check in precision_checks(200))


def test_a_selection_that_stops_too_early_is_found_out(monkeypatch):
    monkeypatch.setattr(screening, "eta", lambda *_: 0.001)
    independent = [check for check in selection_checks(50) if "independent" in check.promise]
    assert [check.passed for check in independent] == [False] * 4


@pytest.mark.parametrize(
    ("kept", "rule", "passed"),
    [
        (930, "covers", True),
        (929, "covers", False),
        (970, "covers", True),
        (971, "covers", False),
        # P(Binomial(1000, .95) <= 938) = .0511, <= 937 = .0384
        (938, "at least", True),
        (937, "at least", False),
        (1000, "at least", True),
        (1, "info", True),
    ],
)
def test_the_bands_are_those_promised(kept, rule, passed):
    assert Check("x", kept, 1000, rule).passed == passed


def test_the_interval_of_a_share_is_exact():
    # Clopper-Pearson for 0 of 100: high is 1 - .025^(1/100)
    assert Check("x", 0, 100, "info").interval == (0.0, pytest.approx(1 - 0.025**0.01))


def test_too_few_repeats_or_runs_are_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--repeats", "49"])
    assert stopped.value.code == 2
    assert re.search(r"--repeats = 49, --runs = 4000, must be >= 50 and >= 48", capsys.readouterr().err)
