import pytest

from experiments.plans.suggest import did_you_mean, dotted_keys, nearest

KEYS = ["seed", "market.pros.n", "market.clients.one_time_share", "market.clients.flexible_share"]


def test_keys_are_the_dotted_names_of_the_values_and_lists_are_values():
    settings = {"seed": 1, "market": {"pros": {"n": 40}, "channels": [{"share": 1}]}, "arms": {}}
    assert dotted_keys(settings) == ["seed", "market.pros.n", "market.channels"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("market.clients.onetime_share", "market.clients.one_time_share"),
        # the end of a key counts more than letters in common
        ("pros.n", "market.pros.n"),
        ("flexible_share", "market.clients.flexible_share"),
        ("sed", "seed"),
        # sections in common do not make keys alike
        ("market.clients.churn_rate", None),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_known_name_is_suggested_and_nothing_when_none_is_alike(word, near):
    assert nearest(word, KEYS) == near
    assert did_you_mean(word, KEYS) == (f"; did you mean {near}?" if near else "")
