"""A milder form of a policy, in words."""

from sim.report.rule import DecisionRule
from sim.report.within import Within, within_sentence_of
from sim.statistics.intervals import Interval

RULE = DecisionRule(primary="net_contribution_per_client_24m_eur")


def test_the_strength_is_named_with_what_it_brings_and_what_it_gives_up() -> None:
    found = Within("cleaning_score", (2.5, 8.0), 8.0, True, Interval(2.0, 1.0, 3.0, 8), Interval(3.0, 2.0, 4.0, 8))
    assert within_sentence_of(found, RULE) == (
        "Of cleaning_score, a milder form stays within every guardrail: the score of cleaning_score weighed by allocator=fidelity,"
        " with a strength of 8. Against the control it brings net contribution per new client, 24 months +2.00 EUR [+1.00, +3.00],"
        " and falls short of cleaning_score by +3.00 EUR [+2.00, +4.00] (8 replications)."
    )


def test_where_no_strength_stays_within_that_is_said() -> None:
    found = Within("strong", (0.5, 1.5, 2.5), None, False, None, None)
    assert within_sentence_of(found, RULE) == "No strength of strong from 0.5 on stays within every guardrail."
