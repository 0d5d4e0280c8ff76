"""What was screened is what is assumed, what the yaml of worlds varies was screened, and what matters is told by the rule."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.assumed import ASSUMED, NOT_SCREENED, Assumed
from benchmarks.screen_worlds import (
    CONTROL,
    EFFECTS,
    STUDIED,
    Moved,
    Realism,
    is_written,
    market_at,
    moved,
    page,
    realism,
    together,
)
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan
from experiments.uncertain.runs import WorldRuns
from sim.config import Market
from sim.report.published import TARGETS
from sim.statistics.intervals import Interval
from sim.worlds.effects import Luck
from sim.worlds.prior import Prior, at
from tests.markets import market

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"market": "", "client": "clients.", "pro": "pros.", "economics": "economics."}
MARKED = re.compile(r"#.*\b(assumption|tuned|prototype|fact G)\b")


@pytest.fixture(scope="module")
def base() -> Market:
    return market(preset="personal_care")


@pytest.fixture(scope="module")
def prior() -> Prior:
    found = make_plan(compose_settings("compare", ["worlds=16"]), CompareOptions).prior
    assert found is not None
    return found


def marked(part: str) -> list[str]:
    """Dotted keys of a yaml whose comment says that nobody has measured them."""
    path: list[tuple[int, str]] = []
    found = []
    for line in (ROOT / "configs" / part / "personal_care.yaml").read_text(encoding="utf-8").splitlines():
        if key := re.match(r"( *)(\w+):", line):
            path = [*((indent, name) for indent, name in path if indent < len(key[1])), (len(key[1]), key[2])]
            if MARKED.search(line):
                found.append(PARTS[part] + ".".join(name for _, name in path))
    return found


def covers(key: str, other: str) -> bool:
    return key == other or key.startswith(f"{other}.")


@pytest.mark.parametrize("part", PARTS)
def test_every_assumption_is_screened_or_says_why_not(part: str) -> None:
    moves = {key for number in ASSUMED for key in (*number.low, *number.high)}
    keys = marked(part)
    assert keys
    missing = [
        key for key in keys if not any(covers(one, key) for one in moves) and not any(covers(key, one) for one in NOT_SCREENED)
    ]
    assert missing == []


def test_whatever_differs_between_worlds_was_screened(prior: Prior) -> None:
    moves = {key for number in ASSUMED for key in (*number.low, *number.high)}
    touched = {key for one in prior.numbers for key in (*one.keys, *(key for level in one.levels for key in level.changes))}
    assert [key for key in sorted(touched) if not any(covers(key, one) or covers(one, key) for one in moves)] == []


@pytest.mark.parametrize("number", ASSUMED, ids=[number.name for number in ASSUMED])
def test_ends_are_markets_on_either_side_of_the_default(number: Assumed, base: Market) -> None:
    plain = base.model_dump(mode="json")
    assert market_at(base, number.low, number.name) != market_at(base, number.high, number.name)
    if len(number.low) == len(number.high) == 1 and number.name in number.low:
        low, middle, high = number.low[number.name], at(plain, number.name), number.high[number.name]
        if isinstance(middle, int | float):
            assert low <= middle <= high


def test_the_default_market_is_one_of_its_worlds(prior: Prior, base: Market) -> None:
    plain = base.model_dump(mode="json")
    for number in prior.numbers:
        if number.distribution is not None:
            low, high = number.distribution.ends
            assert low <= (1 if number.scales else at(plain, number.keys[0])) <= high, number.name
        else:
            likeliest = max(number.levels, key=lambda level: level.probability)
            assert all(_plain(at(plain, key)) == _plain(value) for key, value in likeliest.changes.items()), number.name


def _plain(value: Any) -> Any:
    return [float(one) for one in value] if isinstance(value, list | tuple) else value


def ends(low: Mapping[str, float], high: Mapping[str, float]) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Both arms at both ends, without luck but for the first target: the studied arm has what is given, the control nothing."""
    names = [*(target.metric for target in TARGETS), *(name for name, *_ in EFFECTS)]
    runs = {}
    for end, values in (("low", low), ("high", high)):
        studied = {name: np.full(4, values.get(name, 0.0)) for name in names}
        runs[end] = {CONTROL: {name: np.zeros(4) for name in names}, STUDIED: studied}
    return runs


def test_a_number_matters_by_a_tenth_of_a_band_or_half_of_what_the_decision_asks_for() -> None:
    # the band of same_pro_return_share is .15 wide, so .015 counts; .25 EUR a new client; a fifth of 6,000 EUR a year is 1,200
    runs = ends(
        {"same_pro_return_share": 0.65},
        {"same_pro_return_share": 0.695, "net_contribution_per_client_24m_eur": 0.2, "net_contribution_per_year_eur": -1_800},
    )
    found = {one.figure: one for one in moved(runs, 6_000)}
    assert found["same_pro_return_share"].size == pytest.approx(3)
    assert found["effect on net_contribution_per_client_24m_eur"].size == pytest.approx(0.8)
    assert found["effect on net_contribution_per_year_eur"].size == pytest.approx(1.5)
    assert [name for name, one in found.items() if one.matters] == [
        "same_pro_return_share",
        "effect on net_contribution_per_year_eur",
    ]


def test_what_luck_may_have_done_does_not_matter() -> None:
    runs = ends({}, {})
    # mean .03 with standard deviation .04 over four: error .02, so 1.5 errors
    runs["high"][STUDIED]["same_pro_return_share"] = 0.03 + 0.04 * np.array([1.0, -1, 1, -1]) * np.sqrt(3) / 2
    (one,) = [one for one in moved(runs, 1) if one.figure == "same_pro_return_share"]
    assert (one.change, one.error, one.size) == pytest.approx((0.03, 0.02, 2))
    assert not one.matters


def test_what_is_left_out_differs_between_markets_and_nothing_else(base: Market) -> None:
    left_out = [one for one in ASSUMED if one.name in ("requests.patience_hours", "requests.max_attempts")]
    markets = together(base, left_out, 64)
    hours = [one.requests.patience_hours for one in markets]
    # a quarter of 64 low, a quarter high: 16 each, standard deviation 3.5
    assert [hours.count(one) for one in (6, 12, 24)] == pytest.approx([16, 32, 16], abs=10)
    same = {**base.model_dump(), "name": None}
    plain = base.requests.model_dump()
    for one in markets:
        found = {**one.model_dump(), "name": None}
        changed = {key: plain[key] for key in ("patience_hours", "max_attempts")}
        assert {**found, "requests": {**found["requests"], **changed}} == same


def test_runs_meet_targets_each_and_all_together() -> None:
    middle = {target.metric: np.full((4, 1), sum(target.tolerance) / 2) for target in TARGETS}
    names = [name for name, *_ in EFFECTS]
    studied = middle | {name: np.array([[0.0], [2], [4], [6]]) for name in names}
    # one of four runs is off in the first target, another in the second
    studied[TARGETS[0].metric] = np.array([[9.0], *[[0.3]] * 3])
    studied[TARGETS[1].metric] = np.array([[0.24], [np.nan], [0.24], [0.24]])
    control = {name: np.zeros((4, 1)) for name in studied}
    found = realism(WorldRuns({CONTROL: control, STUDIED: studied}), {name: Luck(1.0, 99) for name in names})
    assert list(found.met.values()) == [0.75, 0.75, 1, 1, 1, 1, 1]
    assert found.all_met == 0.5
    # 0, 2, 4, 6 have variance 20 / 3, of which 1 is luck
    assert found.spread[names[0]].estimate == pytest.approx(np.sqrt(20 / 3 - 1), rel=0.01)


def test_the_page_puts_each_number_where_it_belongs(prior: Prior) -> None:
    big, small = Moved("reach_3_in_12m", 0.02, 0.001, 0.004), Moved("reach_3_in_12m", 0.001, 0.001, 0.004)
    found = {number.name: [big if number.name == "clients.taste_mean" else small] for number in ASSUMED}
    found["requests.patience_hours"] = [big]
    look = Realism({target.metric: 0.5 for target in TARGETS}, 0.25, {name: Interval(1.0, 0.5, 1.5, 9) for name, *_ in EFFECTS})
    text = page(found, dict.fromkeys(("default", "drawn", "left out"), look), prior, "2026-01-02")
    assert "\nAs of 2026-01-02" in text
    assert f"2 of {len(ASSUMED)} matter" in text
    inside, left, nothing = (text.split("\n## ")[i] for i in (1, 2, 3))
    assert "clients.taste_mean" in inside
    assert "requests.patience_hours" in left
    assert "economics.refund_share" in nothing
    assert not is_written(next(one for one in ASSUMED if one.name == "economics.refund_share"), prior)
    assert "| all seven | | 25.0% | 25.0% | 25.0% |" in text
