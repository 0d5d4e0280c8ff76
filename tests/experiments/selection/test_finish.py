import numpy as np
import pytest

from experiments.plans.compose import compose_settings
from experiments.plans.plan import SelectOptions, make_plan
from experiments.selection.arms import check_race
from experiments.selection.finish import as_text, in_words, selection_rows
from experiments.selection.race import run_race
from sim.metrics.catalogue import metric


def made_up(values, name="hours_to_assign", **options):
    """A race over made-up values, (n_arms, n_replications), in a metric of which less is better."""
    overrides = ["arm=[uniform,rating,wecasa_2025]", f"metric={name}", *(f"{key}={value}" for key, value in options.items())]
    plan = make_plan(compose_settings("select", overrides), SelectOptions)
    shown, selection = check_race(plan)

    def simulate(tasks):
        return {(s, r): float(values[s, r]) for s, r in tasks}

    return plan, run_race(selection, 3, simulate, 1, plan.options.procedure != "ocba", plan.options.budget), shown


def test_the_least_is_best_where_less_is_better():
    # constant differences have no variance, so that the first look decides: 1 hour is best, 2 hours 1 behind, 1.05 .05 behind
    noise = np.random.default_rng(1).normal(size=100)
    plan, race, shown = made_up(np.array([[2.0], [1.0], [1.05]]) + noise, delta=0.2, n0=3)
    text = as_text(race, list(plan.arms), shown).splitlines()
    assert [line.split()[0] for line in text[2:]] == ["rating", "wecasa_2025", "uniform"]
    assert text[2].endswith("best")
    assert "+1.00 hours" in text[4]
    assert text[4].endswith("left after 3")
    words = " ".join(in_words(plan.options, race, list(plan.arms), shown).split())
    assert words.startswith(
        "Choose rating. If one of the 3 policies truly leads all others by 0.2 hours or more, a selection like this names it in at"
        " least 95 of 100 cases; if none does, the choice hardly matters. Best: rating. Guarantee (KN): with probability at least"
        " 0.95 the arm named is the best"
    )
    assert "Less than delta behind in these runs: wecasa_2025. " in words
    assert "It took 9 runs: the first look, after n0 = 3 replications, decided." in words
    assert [row[-3:] for row in selection_rows(race, list(plan.arms), shown)] == [
        (0.0, "", True),
        (pytest.approx(0.05), 3, False),
        (pytest.approx(1.0), 3, False),
    ]


def test_the_words_say_how_many_runs_dropping_out_has_saved():
    values = np.array([[0.0], [1.0], [8.0]]) + 2 * np.random.default_rng(2).normal(size=(3, 5000))
    plan, race, shown = made_up(values, delta=0.5)
    n = race.found.replications
    # the third is far behind at the first look already, the others are half a standard deviation apart
    assert n[2] == 10 < n[1] == n[0]
    saved = round(100 * (1 - sum(n) / (3 * n[0])))
    expected = f"It took {sum(n):,} runs; all arms for as long as the longest would be {3 * n[0]:,}, {saved} % saved."
    assert expected in " ".join(in_words(plan.options, race, list(plan.arms), shown).split())
    assert "Less than delta" not in in_words(plan.options, race, list(plan.arms), shown)


def test_delta_of_a_share_is_said_in_points_too():
    values = np.full((3, 20), 0.3) + np.array([[0.0], [0.1], [0.0]])
    plan, race, shown = made_up(values, "return_rate_6m", delta=0.003)
    assert shown == metric("return_rate_6m")
    assert "delta = 0.003 (0.3 points)" in " ".join(in_words(plan.options, race, list(plan.arms), shown).split())


def test_an_arm_that_does_the_same_in_every_run_is_called_that() -> None:
    values = np.tile(np.random.default_rng(3).normal(size=200), (3, 1)) + np.array([[0.0], [0.0], [9.0]])
    plan, race, shown = made_up(values, delta=0.1)
    words = in_words(plan.options, race, list(plan.arms), shown)
    best, other = ("uniform", "rating") if race.found.best == 0 else ("rating", "uniform")
    assert f"The same as {best} in every run: {other}. The seed chose between them." in words
    assert "Less than delta" not in words


def test_a_race_stopped_early_names_those_that_could_still_win_and_promises_nothing() -> None:
    values = np.random.default_rng(4).normal(size=(3, 50)) + np.array([[0.0], [0.0], [20.0]])
    plan, race, shown = made_up(values, delta=0.01, n0=5, budget=20)
    words = " ".join(in_words(plan.options, race, list(plan.arms), shown).split())
    best, other = ("uniform", "rating") if race.found.best == 0 else ("rating", "uniform")
    assert words.startswith(f"Stopped: no guarantee. The budget of 20 runs is spent; {best} is the best so far, {other}")
    assert "Guarantee" not in words
    assert "first look" not in words
    assert as_text(race, list(plan.arms), shown).splitlines()[2].endswith("best so far")
