import shlex

import pytest

from experiments.search.results import compare_command
from tests.experiments.search.fakes import tuning

pytest.importorskip("optuna")


def test_the_comparison_is_told_all_that_makes_the_arms_and_the_market() -> None:
    kept = ["arms.wecasa_2025.allocator.cap=4", "market.pros.n=200", "decision.robust_share=.8"]
    command = "python -m experiments.tune " + shlex.join([*kept, "budget=200", "sampler=gp"])
    words = shlex.split(compare_command(tuning(*kept, "budget=200"), command))
    assert set(kept) < set(words)
    assert "seed=2" in words
    assert not any(word.startswith(("budget", "sampler")) for word in words)
