"""Offers one after another."""

from itertools import permutations

import numpy as np
import pytest

from sim.offpolicy.cascade import acceptors, sequence

WEIGHTS, ACCEPTANCE = np.array([1.0, 2.0, 3.0, 0.5]), np.array([0.9, 0.4, 0.6, 1.0])


def by_hand(weights, acceptance, offers):
    """Every order, offer by offer: drawn among those left, refused until one accepts."""
    found = np.zeros(len(weights) + 1)
    for order in permutations(range(len(weights)), min(offers, len(weights))):
        chance, left = 1.0, set(range(len(weights)))
        for a in order:
            chance *= weights[a] / sum(weights[b] for b in sorted(left))
            left.remove(a)
        for a in order:
            # orders that go on after the acceptance are summed over, to the chance of the part before it
            found[a] += chance * acceptance[a]
            chance *= 1 - acceptance[a]
        found[-1] += chance
    return found


def test_a_request_weighs_the_product_of_its_offers():
    choices = sequence(np.array([1.0, 0.0]), np.array([2, 1]), np.array([0.5, 0.8, 0.4]), np.array([0.25, 0.6, 0.1]))
    # .25 / .5 * .6 / .8; .1 / .4
    assert choices.ratio == pytest.approx([0.375, 0.25], abs=1e-12)
    assert choices.logged == pytest.approx([0.4, 0.4], abs=1e-12)


@pytest.mark.parametrize("offers", [1, 2, 3, 4, 9])
def test_who_accepts_is_the_sum_over_all_orders(offers):
    assert acceptors(WEIGHTS, ACCEPTANCE, offers) == pytest.approx(by_hand(WEIGHTS, ACCEPTANCE, offers), abs=1e-11)


def test_two_candidates_are_worked_by_hand():
    # first drawn 1/4 and 3/4; the other is asked when the first refuses
    found = acceptors(np.array([1.0, 3.0]), np.array([0.5, 0.2]), 2)
    assert found == pytest.approx([0.25 * 0.5 + 0.75 * 0.8 * 0.5, 0.75 * 0.2 + 0.25 * 0.5 * 0.2, 0.5 * 0.8], abs=1e-9)


def test_weights_far_apart_lose_no_precision():
    weights, acceptance = np.array([1e-9, 1.0, 5.0]), np.array([1.0, 0.5, 0.0])
    assert acceptors(weights, acceptance, 3) == pytest.approx(by_hand(weights, acceptance, 3), abs=1e-11)


def test_a_candidate_without_weight_is_not_asked():
    assert acceptors(np.array([0.0, 1.0]), np.array([1.0, 0.25]), 2) == pytest.approx([0.0, 0.25, 0.75], abs=1e-11)


def test_the_weight_of_who_accepts_is_the_mean_weight_of_the_sequences_that_end_there():
    target = np.array([3.0, 1.0, 1.0, 1.0])
    generator = np.random.default_rng(1)
    first = 0
    weights = []
    for _ in range(4_000):
        left, product = np.ones(4, bool), 1.0
        for _ in range(2):
            chance, wanted = np.where(left, WEIGHTS, 0) / WEIGHTS[left].sum(), np.where(left, target, 0) / target[left].sum()
            asked = generator.choice(4, p=chance)
            product, left[asked] = product * wanted[asked] / chance[asked], False
            if generator.random() < ACCEPTANCE[asked]:
                if asked == first:
                    weights.append(product)
                break
    expected = acceptors(target, ACCEPTANCE, 2)[first] / acceptors(WEIGHTS, ACCEPTANCE, 2)[first]
    assert abs(np.mean(weights) - expected) < 3 * np.std(weights) / len(weights) ** 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.array([-1.0, 1.0])}, "weights of candidates must be >= 0 and finite, one > 0"),
        ({"weights": np.zeros(2)}, "weights of candidates must be >= 0 and finite, one > 0"),
        ({"acceptance": np.array([0.5, 1.5])}, r"acceptance = 1.5, must be within \[0, 1\]"),
        ({"acceptance": np.array([0.5])}, "acceptance has 1 rows, must be one a candidate, 2"),
        ({"offers": 0}, "offers = 0, must be >= 1"),
    ],
)
def test_candidates_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        acceptors(**{"weights": np.ones(2), "acceptance": np.ones(2), "offers": 2} | change)


def test_an_offer_of_the_log_had_a_chance():
    with pytest.raises(ValueError, match=r"logged propensity of an offer of decision 1 = 0, must be within \(0, 1\]"):
        sequence(np.zeros(2), np.array([1, 2]), np.array([0.5, 0.5, 0.0]), np.full(3, 0.5))
