from dataclasses import dataclass

from sim.scores.base import Traits, traits


def test_a_score_s_thresholds_are_its_fields_and_none_where_it_has_none() -> None:
    @dataclass(frozen=True)
    class Threshold:
        min_sessions: int

    # a field of the object counts, not only an attribute of its class
    assert traits(Threshold(30)) == Traits(needs_clients=False, min_sessions=30, min_clients_behind=None)
    assert traits(object()) == Traits()
