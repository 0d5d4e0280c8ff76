from sim.calibration.findings import market_with
from sim.calibration.levers import LEVERS, as_findings, more_pros, value_of
from tests.markets import market


def test_levers_say_what_they_did_and_change_nothing_twice() -> None:
    base = market(preset="personal_care")
    for lever in LEVERS:
        found = as_findings(lever, base, 0.9, 0.95)
        assert found
        assert all("95.0% of requests find a pro, 90.0% without" in str(finding.source) for finding in found)
        base = market_with(base, found)
        assert as_findings(lever, base, 0.9, 0.95) == []
    # starts from 8:30 on, the last at 19:30, and an hour and a half of nails
    assert (value_of(base, "pros.start_hour"), value_of(base, "pros.work_hours")) == ([8, 8], [13, 13])
    assert base.pros.zones_per_pro == base.zones


def test_more_pros_are_a_multiple() -> None:
    base = market(preset="personal_care")
    assert as_findings(more_pros(1.25, base), base, 0.9, 0.95)[0].value == 150
    assert as_findings(more_pros(1.0, base), base, 0.9, 0.95) == []
