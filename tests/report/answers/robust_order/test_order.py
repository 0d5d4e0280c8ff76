"""What the page says about the order of policies in other markets."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sim.report.answers.page import sections_of
from sim.report.answers.robust_order.order import order_section
from sim.report.part import Part
from tests.report.parts import made

VALUE = "net_contribution_per_client_24m_eur"


def mechanism(name: str, today: Sequence[float], rival: Sequence[float], noise: float = 0.0) -> Part:
    """What a new client is worth under two policies at three strengths, with 30 EUR under uniform; returns move alike.

    ``noise`` is luck of today's policy alone.
    """
    value = {"uniform": [30.0] * 3, "today": today, "rival": rival}
    rates = {arm: [0.3 + 0.01 * (one - 30) for one in column] for arm, column in value.items()}
    factors = {f"pros.{name}": [0, 1, 2]}
    found = made(rates, name=name, sections=("order",), factors=factors, metrics={VALUE: value}, noise={"today": noise})
    return replace(found, question=f"{name.capitalize()} acts")


LEARNING = mechanism("learning", [32.0, 32.0, 33.0], [31.0, 31.0, 31.0])
TURNING = mechanism("drifting", [32.0, 31.5, 29.0], [31.0, 31.1, 30.5])


def test_an_order_that_no_market_reverses_is_said_to_be_turned_around_in_none() -> None:
    section = order_section([LEARNING])
    assert section.answer == (
        "The order of policies, today > rival > uniform, is turned around in none of 2 other markets: of 3 pairs that are clear"
        " today none is clearly reversed there (3 points x 8 replications)."
    )
    # 3 pairs in 2 other markets
    assert section.sentences[0].startswith(
        "Of the pairs that are clear today, counted in every other market, 6 hold, 0 are reversed"
    )


def test_the_order_holds_unless_a_mechanism_is_as_strong_as_at_the_first_reversal() -> None:
    section = order_section([LEARNING, TURNING])
    # today falls behind both others at the third level only, by 1.5 and 1 EUR
    assert section.answer.startswith(
        "The order of policies, today > rival > uniform, holds unless drifting acts (first at drifting 2: rival over today by"
        " +1.50 EUR ["
    )
    assert "uniform over today by +1.00 EUR" in section.answer
    assert "learning" not in section.answer
    assert "10 hold, 2 are reversed and 0 are not clear there." in section.sentences[0]


def test_a_pair_that_luck_hides_is_neither_held_nor_reversed() -> None:
    # half-width: t(1 - .05 / 18, 7) = 4.0 times .53 / sqrt(8), .75 EUR: hides .5 EUR, not 1
    hidden = mechanism("drifting", [32.0, 32.0, 30.5], [31.0, 31.0, 31.0], noise=0.5)
    section = order_section([hidden])
    rows = dict(section.tables[0].rows)
    assert rows["Drifting acts: drifting 2"][1].text == "not clear: today with rival; today with uniform"
    assert section.sentences[0].endswith("2 are not clear there, first with drifting acts: drifting 2 (2).")


def test_today_stands_in_the_table_once_and_every_other_market_has_a_row() -> None:
    table = order_section([LEARNING, TURNING]).tables[0]
    assert [name for name, _ in table.rows] == [
        "today",
        "Learning acts: learning 1",
        "Learning acts: learning 2",
        "Drifting acts: drifting 1",
        "Drifting acts: drifting 2",
    ]
    order, changed, gain, returns, n = (cell.text for cell in dict(table.rows)["Learning acts: learning 2"])
    assert (order, changed, n) == ("today > rival > uniform", "as today", "8")
    assert gain.startswith("+3.00 EUR")
    assert returns.startswith("+3.00 points")


def test_a_part_that_does_not_begin_with_todays_market_shows_where_it_begins() -> None:
    other = mechanism("drifting", [33.0, 32.0, 31.5], [31.0, 31.0, 31.0])
    assert "Drifting acts: drifting 0" in dict(order_section([LEARNING, other]).tables[0].rows)


def test_every_difference_is_one_of_all_pairs_in_all_markets() -> None:
    noisy = mechanism("learning", [32.0, 32.0, 33.0], [31.0, 31.0, 31.0], noise=0.5)
    # the more is read together, the wider each interval
    alone, together = (order_section(parts).answers[0] for parts in ([noisy], [noisy, TURNING]))
    assert alone.estimate == pytest.approx(together.estimate)
    assert together.high - together.low > alone.high - alone.low


def test_the_gain_is_followed_from_market_to_market_in_value_and_in_returns() -> None:
    words = order_section([LEARNING, TURNING]).sentences[1]
    assert words.startswith("today brings +2.00 EUR [")
    assert "elsewhere from −1.00 EUR" in words
    assert "net contribution per new client, 24 months: clearly better in 3 and clearly worse in 1 of 4 other markets" in words
    assert "new clients who book again within 6 months: clearly better in 3 and clearly worse in 1 of 4 other markets." in words


def test_a_run_too_short_for_what_a_client_is_worth_is_judged_by_returns() -> None:
    short = {arm: dict(metrics) for arm, metrics in LEARNING.values.items()}
    for metrics in short.values():
        for name in (VALUE, "net_contribution_per_client_12m_eur"):
            metrics[name] = metrics[name] * float("nan")
    section = order_section([replace(LEARNING, values=short)])
    assert {one.metric for one in section.answers} == {"return_rate_6m"}
    assert "net contribution" not in section.sentences[1]


def test_two_replications_conclude_nothing() -> None:
    few = {arm: {name: values[:, :2] for name, values in metrics.items()} for arm, metrics in LEARNING.values.items()}
    assert order_section([replace(LEARNING, values=few)]).answer.startswith(
        "Nothing can be concluded from 3 points x 2 replications"
    )


def test_all_parts_that_name_the_section_are_one_section_with_a_panel_each() -> None:
    (section,) = sections_of({"learning": LEARNING, "drifting": TURNING})
    assert section.name == "order"
    (figure,) = section.figures
    assert [ax.get_title(loc="left") for ax in figure.figure.axes] == ["Learning acts", "Drifting acts"]
