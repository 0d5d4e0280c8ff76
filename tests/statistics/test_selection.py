import math

import numpy as np
import pytest

from sim.statistics.selection import Selection, select_best


def table(values):
    """simulate() that reads (n_systems, n_replications)."""
    return lambda system, replication: float(values[system, replication])


def normal(means, n=2000, seed=1, common=0.0):
    random = np.random.default_rng(seed)
    noise = math.sqrt(common) * random.normal(size=(1, n)) + math.sqrt(1 - common) * random.normal(size=(len(means), n))
    return np.asarray(means, float)[:, None] + noise


def kn_of_the_paper(values, delta, alpha, n0):
    """KN written anew from the paper's figure 1, in plain loops: best, and replications of each system."""
    k = len(values)
    eta = 0.5 * ((2 * alpha / (k - 1)) ** (-2 / (n0 - 1)) - 1)
    h2 = 2 * eta * (n0 - 1)
    s2 = {(i, j): np.var(values[i, :n0] - values[j, :n0], ddof=1) for i in range(k) for j in range(k) if i != j}
    largest = max(math.floor(h2 * s / delta**2) for s in s2.values())
    left, used, r = list(range(k)), [n0] * k, n0
    if n0 > largest:
        return int(values[:, :n0].mean(axis=1).argmax()), used
    while True:
        means = {i: values[i, :r].mean() for i in left}
        width = {(i, j): max(0.0, delta / (2 * r) * (h2 * s2[i, j] / delta**2 - r)) for i in left for j in left if i != j}
        left = [i for i in left if all(means[i] >= means[j] - width[i, j] for j in left if j != i)]
        if len(left) == 1:
            return left[0], used
        if r == largest + 1:
            return max(left, key=lambda i: means[i]), used
        r += 1
        for i in left:
            used[i] = r


@pytest.mark.parametrize("seed", range(30))
def test_kn_is_the_procedure_of_the_paper(seed):
    values = normal([0.0, 0.1, 0.2, 0.5, 0.45], seed=seed, common=0.5 * (seed % 2))
    found = select_best(Selection(5, 0.4, 0.05, 10, seed=0), table(values))
    best, used = kn_of_the_paper(values, 0.4, 0.05, 10)
    assert (found.best, list(found.replications)) == (best, used)
    assert found.complete
    assert found.means[best] == pytest.approx(values[best, : used[best]].mean())


def test_survivors_shrink_round_by_round_to_the_best():
    found = select_best(Selection(4, 0.3, 0.05, 10, seed=0), table(normal([0.0, 0.3, 0.6, 0.9])))
    assert all(set(after) <= set(before) for before, after in zip(found.survivors, found.survivors[1:], strict=False))
    assert found.survivors[-1] == (found.best,) == (3,)
    # one round for the first ten replications, then one for each
    assert len(found.survivors) == max(found.replications) - 10 + 1
    for system, n in enumerate(found.replications):
        # after its n-th replication a system was dropped, or the search was over
        last = n - 10
        assert system in ([range(4), *found.survivors][last])
        assert system == found.best or system not in found.survivors[last]


@pytest.mark.parametrize("procedure", ["kn", "kn++"])
@pytest.mark.parametrize("ahead", [2, 9])
def test_simulating_rounds_side_by_side_changes_nothing(procedure, ahead):
    values = normal([0.0, 0.1, 0.4], seed=3)
    alone = select_best(Selection(3, 0.3, 0.05, 10, 0, procedure), table(values))
    selection = Selection(3, 0.3, 0.05, 10, 0, procedure)
    n_batches = 0
    while tasks := selection.ask(ahead):
        n_batches += 1
        # told one by one, last first
        for system, replication in reversed(tasks):
            selection.tell({(system, replication): values[system, replication]})
    assert selection.result() == alone
    assert n_batches < len(alone.survivors)


def test_kn_plus_plus_uses_the_variances_of_all_replications():
    # wild first replications: KN believes them to the end, KN++ forgets them
    values = normal([0.0, 0.5], seed=4, n=20_000)
    values[:, :10] *= 5
    kn, renewed = (select_best(Selection(2, 0.5, 0.05, 10, 0, procedure), table(values)) for procedure in ("kn", "kn++"))
    assert renewed.best == kn.best == 1
    assert max(renewed.replications) < max(kn.replications) / 2


def test_kn_plus_plus_screens_with_the_sample_variance_and_h_of_the_round():
    values = normal([0.0, 0.25], seed=5)
    found = select_best(Selection(2, 0.25, 0.05, 10, 0, "kn++"), table(values))
    lead = values[1] - values[0]

    def over(r):
        h2 = (r - 1) * (0.1 ** (-2 / (r - 1)) - 1)
        allowed = max(0.0, 0.125 * (h2 * np.var(lead[:r], ddof=1) / 0.25**2 - r))
        return abs(lead[:r].sum()) > allowed

    end = found.replications[0]
    assert over(end)
    assert end > 12
    assert not any(over(r) for r in range(10, end))


def test_common_random_numbers_save_replications():
    alone = select_best(Selection(3, 0.3, 0.05, 10, 0), table(normal([0.0, 0.3, 0.6])))
    paired = select_best(Selection(3, 0.3, 0.05, 10, 0), table(normal([0.0, 0.3, 0.6], common=0.9)))
    assert paired.best == alone.best == 2
    assert sum(paired.replications) < 0.6 * sum(alone.replications)


def test_the_smallest_is_best_when_told_so():
    values = normal([3.0, 0.0, 2.0])
    found = select_best(Selection(3, 0.5, 0.05, 10, 0, maximise=False), table(values))
    assert found.best == 1
    assert found.means[1] == pytest.approx(values[1, : found.replications[1]].mean())


def test_a_budget_ends_the_search_early_without_a_guarantee():
    values = normal([0.0, 0.01])
    found = select_best(Selection(2, 0.01, 0.05, 10, 0, budget=51), table(values))
    assert found.replications == (25, 25)
    assert not found.complete
    assert "no guarantee" in str(found.guarantee)
    assert found.best == int(values[1, :25].mean() > values[0, :25].mean())
    whole = select_best(Selection(2, 2.0, 0.05, 10, 0), table(values))
    assert whole.complete
    assert "at least 0.95" in str(whole.guarantee)
    assert "delta = 2" in str(whole.guarantee)


def test_identical_systems_end_at_once_and_the_seed_chooses_among_them():
    values = np.repeat(normal([0.0]), 4, axis=0)
    found = [select_best(Selection(4, 0.1, 0.05, 10, seed), table(values)) for seed in range(40)]
    assert {one.replications for one in found} == {(10, 10, 10, 10)}
    assert {one.best for one in found} == {0, 1, 2, 3}


def test_ocba_spends_its_budget_on_independent_streams_where_it_is_needed():
    values = normal([0.0, 0.0, 0.0, 0.8, 1.0], n=10_000, seed=6)
    seen = []

    def simulate(system, replication):
        seen.append((system, replication))
        return table(values)(system, replication)

    found = select_best(Selection(5, 1.0, 0.05, 10, 0, "ocba", budget=400), simulate)
    assert sum(found.replications) == len(seen) == len(set(seen)) == 400
    # no number of replication is shared
    assert len({replication for _, replication in seen}) == 400
    assert found.best == 4
    # the close rival and the best get far more than the three that are clearly worse
    assert min(found.replications[3:]) > 2 * max(found.replications[:3])
    assert "no guarantee" in str(found.guarantee)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_systems": 1}, "n_systems = 1, must be >= 2"),
        ({"delta": 0.0}, "delta = 0.0, must be > 0 and finite"),
        ({"delta": math.nan}, "delta = nan, must be > 0 and finite"),
        ({"alpha": 0.0}, r"alpha = 0.0, must be within \(0, 1 - 1 / n_systems\)"),
        ({"alpha": 0.5}, r"alpha = 0.5, must be within \(0, 1 - 1 / n_systems\)"),
        ({"n0": 1}, "n0 = 1, must be >= 2"),
        ({"procedure": "best"}, "procedure = 'best', must be kn, kn\\+\\+ or ocba"),
        ({"procedure": "ocba"}, "budget = None, must be given for ocba"),
        ({"budget": 19}, r"budget = 19, must be >= n0 \* n_systems = 20"),
    ],
)
def test_parameters_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Selection(**{"n_systems": 2, "delta": 0.1, "alpha": 0.05, "n0": 10, "seed": 0, **changes})


def test_values_that_are_not_finite_or_were_not_asked_for_are_refused_by_name():
    with pytest.raises(ValueError, match=r"simulate\(1, 0\) = nan, must be finite"):
        select_best(Selection(2, 0.1, 0.05, 10, 0), lambda system, _: math.nan if system else 0.0)
    with pytest.raises(ValueError, match=r"\(2, 0\) is not a task"):
        Selection(2, 0.1, 0.05, 10, 0).tell({(2, 0): 1.0})
    with pytest.raises(ValueError, match=r"\(1, 0\) is not a task"):
        Selection(2, 0.1, 0.05, 10, 0, "ocba", budget=40).tell({(1, 0): 1.0})


def test_there_is_no_result_before_the_first_round():
    with pytest.raises(ValueError, match="must be told 10 replications of each system first"):
        Selection(2, 0.1, 0.05, 10, 0).result()
