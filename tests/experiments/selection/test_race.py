import math

import numpy as np
import pytest

from experiments.selection.race import UndefinedError, run_race
from sim.statistics.selection import Selection, select_best

MEANS = (0.0, 0.3, 0.35, 1.0)
NOISE = np.random.default_rng(3).normal(size=(4, 4000))
TABLE = np.array(MEANS)[:, None] + NOISE


def selection(procedure="kn", budget=None, delta=0.3):
    return Selection(4, delta, 0.05, 10, 1, procedure, budget=budget)


def drive(procedure="kn", n_workers=1, budget=None, values=TABLE, delta=0.3):
    """A race over a table of values, (n_systems, n_replications), and the batches that were asked for."""
    batches = []

    def simulate(tasks):
        batches.append(list(tasks))
        return {(system, r): float(values[system, r]) for system, r in tasks}

    return run_race(selection(procedure, budget, delta), 4, simulate, n_workers, procedure != "ocba", budget), batches


@pytest.mark.parametrize("procedure", ["kn", "kn++"])
@pytest.mark.parametrize("n_workers", [1, 7, 500])
def test_the_outcome_is_that_of_one_replication_after_another_for_any_number_of_workers(procedure, n_workers):
    alone = select_best(Selection(4, 0.3, 0.05, 10, 1, procedure), lambda system, r: float(TABLE[system, r]))
    race, batches = drive(procedure, n_workers)
    assert race.found == alone
    # no value is asked for twice
    tasks = [task for batch in batches for task in batch]
    assert len(set(tasks)) == len(tasks) == race.asked
    assert race.asked >= sum(alone.replications)


def test_many_workers_are_kept_busy_and_few_rounds_are_in_vain():
    _, batches = drive(n_workers=16)
    # four runs a worker in every batch
    assert min(map(len, batches)) >= 4 * 16
    race, batches = drive(n_workers=1, delta=0.05)
    # a race of hundreds of rounds does not wait for each of them: with an eighth of the rounds so far in every batch, n rounds
    # take about 16 + log(n / 16) / log(9 / 8) batches; the last batch, an eighth, may be in vain, and so for systems that left
    n = len(race.rounds)
    assert n > 200
    assert len(batches) < 18 + math.log(n / 16) / math.log(9 / 8)
    assert race.asked < 1.25 * sum(race.found.replications)


def test_the_values_and_rounds_are_those_that_the_outcome_rests_on():
    race, _ = drive(n_workers=5)
    for system, column in enumerate(race.values):
        n = race.found.replications[system]
        np.testing.assert_array_equal(column, TABLE[system, :n])
        assert race.tasks[system] == tuple((system, r) for r in range(n))
        assert column.mean() == pytest.approx(race.found.means[system])
    assert race.rounds[0].replications == (10, 10, 10, 10)
    assert race.rounds[-1].replications == race.found.replications
    assert [stand.left for stand in race.rounds] == list(race.found.survivors)
    for before, after in zip(race.rounds, race.rounds[1:], strict=False):
        # whoever is left after a round gets one replication in the next, and nobody else
        assert after.replications == tuple(n + (i in before.left) for i, n in enumerate(before.replications))


def test_the_finish_begins_with_the_best_and_ends_with_the_first_to_leave():
    race, _ = drive()
    order = race.finish()
    assert order[0] == race.found.best == 3
    left_after = [race.found.replications[i] for i in order[1:]]
    assert left_after == sorted(left_after, reverse=True)


def test_behind_the_best_is_a_paired_difference_only_with_common_random_numbers():
    race, _ = drive()
    n = race.found.replications[0]
    assert race.behind(0) == pytest.approx(TABLE[0, :n].mean() - TABLE[3, :n].mean())
    assert race.behind(3) == 0
    race, _ = drive("ocba", budget=120)
    assert race.behind(0) == pytest.approx(race.values[0].mean() - race.values[race.found.best].mean())


@pytest.mark.parametrize("n_workers", [1, 50])
def test_ocba_spends_its_budget_on_replications_that_no_two_systems_share(n_workers):
    race, _ = drive("ocba", n_workers, budget=123)
    assert race.asked == sum(race.found.replications) == 123
    numbers = [r for tasks in race.tasks for _, r in tasks]
    assert len(set(numbers)) == len(numbers)
    assert race.rounds[0].replications == (10, 10, 10, 10)
    assert race.rounds[-1].replications == race.found.replications
    assert race.found == drive("ocba", 3, budget=123)[0].found


def test_a_spent_budget_ends_the_race_without_a_guarantee_and_is_not_overrun_by_looking_ahead():
    race, _ = drive(n_workers=20, budget=60, delta=0.05)
    assert not race.found.complete
    # 40 first runs, then 4 a round: 60 is spent after 5 more rounds
    assert race.found.replications == (15, 15, 15, 15)
    assert race.asked == 60


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("n_workers", [1, 40])
def test_a_value_that_is_needed_must_be_defined(bad, n_workers):
    values = TABLE.copy()
    values[3, 12] = bad
    with pytest.raises(UndefinedError) as caught:
        drive(n_workers=n_workers, values=values)
    assert caught.value.task == (3, 12)


@pytest.mark.parametrize("n_workers", [1, 40])
def test_a_value_that_is_not_needed_may_be_undefined(n_workers):
    expected = drive()[0].found
    left_after = min(expected.replications)
    system = expected.replications.index(left_after)
    values = TABLE.copy()
    values[system, left_after:] = math.nan
    race, _ = drive(n_workers=n_workers, values=values)
    assert race.found == expected
