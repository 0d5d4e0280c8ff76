"""The same arms in several markets."""

from sim.report.answers.interplay.markets import markets_section
from sim.report.part import Part
from tests.report.parts import made


def part() -> Part:
    rates = {"uniform": [0.30, 0.25], "today": [0.31, 0.25], "late": [0.3105, 0.24], "strong": [0.33, 0.26], "weak": [0.32, 0.26]}
    days = {arm: [100.0, 100.0] for arm in rates} | {"late": [100.0, 141.0]}
    return made(
        rates,
        factors={"market": ["usual", "thin"]},
        against={"weak": "strong"},
        margins={"return_rate_6m": 0.002},
        metrics={"new_pro_days_to_30_sessions": days},
    )


def test_every_market_has_a_row_and_every_arm_its_verdict() -> None:
    section = markets_section(part())
    assert section.answer.startswith("today is clearly ahead of uniform in 1 of 2 markets; ")
    assert "late against today: 1 clearly worse; 1 practically equal" in section.answer
    assert "weak against strong: 1 clearly worse; 1 practically equal" in section.answer
    rows = dict(section.tables[0].rows)
    assert [one.verdict for one in rows["thin"]] == ["identical", "worse", "better", "identical"]


def test_what_new_pros_pay_is_said_beside() -> None:
    section = markets_section(part())
    assert section.sentences[0].startswith("Late against today: New clients who book again within 6 months thin −1.00 points")
    assert "Days until a new pro has 30 sessions thin +41.0 days" in section.sentences[0]
