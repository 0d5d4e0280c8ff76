from sim.report.answers.interplay.rules import rules_section
from tests.report.parts import made


def test_a_rule_is_judged_on_every_headline_metric() -> None:
    part = made(
        {"old": 0.30, "today": 0.302},
        name="rules",
        control="old",
        noise={"today": 0.0001},
        metrics={"days_until_counted": {"old": 120.0, "today": 230.0}},
    )
    section = rules_section(part)
    assert section.answer.startswith("today against old, new clients who book again: +0.20 points [")
    assert any(line.startswith("Worse: Days until a new pro's score counts, +110.0 days") for line in section.sentences)
    # 8 headline metrics, and 3 of the 5 that pros pay with are not among them
    assert len(section.tables[0].rows) == len(section.answers) == 11
    assert all(one.n == 8 for one in section.answers)
