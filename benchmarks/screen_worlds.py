"""Which assumed numbers can any figure feel? Each is moved from low to high alone, with common random numbers.

  python -m benchmarks.screen_worlds > docs/findings/worlds_screen.md

A number matters when, from its low to its high value, a target of realism moves by more than a tenth of its band, or the effect
of today's rule by more than half of what matters: .25 EUR a new client, .15 points of return, or a fifth of what it brings a year;
and when that is more than two standard errors. The others are left out of ``configs/worlds/personal_care.yaml``.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.config import Market, load
from sim.metrics.catalogue import RETURN_RATE, VALUES
from sim.report.published import TARGETS
from sim.report.rule import YEARLY
from sim.worlds.prior import changed

REPLICATIONS = 12
CONTROL, STUDIED = "uniform", "wecasa_2025"
BAND_SHARE, EUR, POINTS, YEARLY_SHARE = 0.1, 0.25, 0.0015, 0.2
LOADINGS = tuple(f"pros.trait_loadings.{name}" for name in ("punctuality", "reliability", "skill", "warmth", "advocacy"))


@dataclass(frozen=True)
class Assumed:
    """A number that nobody has measured, and how far it may reasonably be from what is assumed."""

    name: str
    low: Mapping[str, Any]
    high: Mapping[str, Any]


def one(key: str, low: Any, high: Any) -> Assumed:
    """A number with a key of its own."""
    return Assumed(key, {key: low}, {key: high})


def several(name: str, keys: tuple[str, ...], low: Any, high: Any) -> Assumed:
    """Several keys that get the same value."""
    return Assumed(name, dict.fromkeys(keys, low), dict.fromkeys(keys, high))


def switch(name: str, on: Mapping[str, Any], off: Mapping[str, Any] | None = None) -> Assumed:
    """A mechanism: as it is in the default market, and otherwise."""
    return Assumed(name, off or {}, on)


ASSUMED = (
    one("clients.arrivals_per_day", 9.0, 19.0),
    one("clients.one_time_share", 0.43, 0.63),
    one("clients.rate_shape", 2.0, 4.5),
    one("clients.rate_scale_per_day", 0.0075, 0.0135),
    one("clients.gap_shape", 2.5, 6.5),
    one("clients.lapse_share", 0.0, 0.25),
    one("clients.taste_mean", 0.62, 0.81),
    one("clients.taste_size", 1.7, 5.0),
    one("clients.tolerance_mean_minutes", 1.0, 8.0),
    one("clients.flexible_share", 0.4, 0.9),
    one("clients.other_service_share", 0.02, 0.25),
    Assumed(
        "clients.yearly_shape",
        {"clients.yearly_shape": [1.0] * 12},
        {"clients.yearly_shape": [0.8, 0.9, 1, 1, 1.2, 1.2, 0.8, 0.6, 1, 1.1, 1.1, 1.3]},
    ),
    Assumed(
        "clients.channels",
        {f"clients.channels.{i}.relative_cost": 1.0 for i in range(4)},
        {"clients.channels.0.relative_cost": 1.4, "clients.channels.3.relative_cost": 0.1},
    ),
    one("pros.n", 90, 160),
    one("pros.share_at_start", 0.3, 0.8),
    several("trait_correlation", LOADINGS, 0.4, 0.85),
    one("pros.late_share", 0.08, 0.24),
    one("pros.late_logit_sd", 0.4, 1.1),
    one("pros.cancellation_share", 0.015, 0.06),
    one("pros.cancellation_logit_sd", 0.3, 1.1),
    one("pros.acceptance_share", 0.6, 0.88),
    one("pros.acceptance_logit_sd", 0.2, 1.1),
    one("pros.answer_minutes", 8, 45),
    one("pros.answer_log_sd", 0.2, 0.9),
    one("pros.zones_per_pro", 3, 6),
    one("pros.extra_service_share", 0.15, 0.6),
    one("pros.work_days", [2, 5], [4, 7]),
    one("pros.work_hours", [5, 9], [7, 12]),
    one("pros.leaving.min_sessions_per_week", 0.3, 1.2),
    one("pros.leaving.smoothing_weeks", 4, 16),
    one("pros.leaving.patience_weeks_mean", 13, 52),
    one("requests.lead_mean_hours", 24, 120),
    one("requests.lead_max_days", 21, 90),
    one("requests.max_offers", 3, 8),
    one("requests.patience_hours", 6, 24),
    one("requests.offer_timeout_hours", 1, 4),
    one("requests.propose_share", 0.1, 0.5),
    one("requests.proposal_acceptance_share", 0.3, 0.7),
    one("requests.favourite_asked_share", 0.75, 0.97),
    one("requests.favourite_acceptance_logit", 1, 3),
    one("requests.redispatch_min_hours", 1, 8),
    one("requests.max_attempts", 2, 4),
    one("sessions.late_extra_mean_minutes", 8, 25),
    one("sessions.client_cancellation_share", 0.02, 0.1),
    one("sessions.no_show_share", 0.001, 0.02),
    one("sessions.quality_noise_sd", 0.5, 1.5),
    Assumed(
        "spread_between_pros",
        {"stay.skill": 0.3, "stay.warmth": 0.265, "stay.advocacy": 0.2},
        {"stay.skill": 0.63, "stay.warmth": 0.56, "stay.advocacy": 0.42},
    ),
    one("stay.late", -1.6, -0.4),
    one("stay.cancelled_by_pro", -2.3, -0.7),
    one("stay.redispatched", -1.0, 0.0),
    one("stay.unfilled", -1.8, -0.3),
    one("stay.cancelled_by_client", -0.5, 0.2),
    one("stay.no_show", -0.5, 0.2),
    one("stay.per_earlier_session", 0.0, 0.4),
    one("stay.max_earlier_sessions", 1, 6),
    one("rating.given_share", 0.2, 0.7),
    one("rating.quality", 0.0, 0.3),
    one("rating.warmth", 0.0, 0.2),
    one("rating.late", -3.5, -1.8),
    one("economics.commission_share", 0.2, 0.3),
    one("economics.variable_cost_eur", 2, 4.5),
    one("economics.refund_share", 0.1, 0.4),
    one("economics.cancelled_by_pro_cost_eur", 2, 12),
    one("economics.no_show_fee_share", 0.0, 1.0),
    one("economics.payback_bookings", 2, 4),
    switch("leakage", {"clients.leakage.share_per_session": 0.05}),
    switch("competitors", {"clients.competitors.hazard_per_idle_month": 0.05}),
    switch("adapting", {"pros.adapting.enabled": True}),
    switch("leaving", {"pros.leaving.enabled": False}),
    switch("offer_order", {"requests.offer_order": "ranked"}),
    switch("broadcast", {"requests.offer_order": "broadcast"}),
    switch("clients_choose", {"requests.mode": "list"}),
    switch("pair", {"sessions.pair_share": 0.3}),
    switch("learning", {"pros.learning.enabled": True}),
    switch("drift", {"pros.drift.enabled": True}),
    switch("tiring", {"pros.tiring.enabled": True}),
    switch("entering", {"pros.entering.enabled": True}),
    switch("selecting", {"pros.selecting.enabled": True}),
)


@dataclass(frozen=True)
class Moved:
    """A figure at high less at low."""

    figure: str
    change: float
    error: float
    scale: float
    """The change that matters."""

    @property
    def size(self) -> float:
        """In changes that matter."""
        return abs(self.change) / self.scale

    @property
    def matters(self) -> bool:
        """Whether it is more than what matters, and more than luck."""
        return self.size > 1 and abs(self.change) > 2 * self.error


def moved(runs: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]], base_yearly: float) -> list[Moved]:
    """Every figure between the two ends, the largest first."""
    found = []

    def add(figure: str, low: np.ndarray, high: np.ndarray, scale: float) -> None:
        change = high - low
        change = change[np.isfinite(change)]
        found.append(Moved(figure, float(change.mean()), float(change.std(ddof=1)) / np.sqrt(len(change)), scale))

    for target in TARGETS:
        width = target.tolerance[1] - target.tolerance[0]
        add(target.metric, *(runs[end][STUDIED][target.metric] for end in ("low", "high")), BAND_SHARE * width)
    for name, scale in ((VALUES[0], EUR), (RETURN_RATE, POINTS), (YEARLY, YEARLY_SHARE * abs(base_yearly))):
        ends = [runs[end][STUDIED][name] - runs[end][CONTROL][name] for end in ("low", "high")]
        add(f"effect on {name}", *ends, scale)
    return sorted(found, key=lambda one: -one.size)


def screen(store: Path, workers: int = 0) -> dict[str, list[Moved]]:
    """All assumed numbers, each with what it moves."""
    settings = compose_settings("compare", [f"arm=[{CONTROL},{STUDIED}]", "worlds=0"])
    base, arms = load_market(settings), load_arms(settings)
    plain = base.model_dump(mode="json")
    markets: dict[tuple[str, str], Market] = {("base", "low"): base}
    for number in ASSUMED:
        for end, changes in (("low", number.low), ("high", number.high)):
            markets[number.name, end] = load(Market, changed(plain, changes), number.name)
    jobs = {
        (name, end, arm, r): Job(market, arms[arm], 1, r, label=name)
        for (name, end), market in markets.items()
        for arm in arms
        for r in range(REPLICATIONS)
    }
    with Runner(store, ExecutorSettings(workers=workers)) as runner:
        results = runner.run(list(jobs.values()))

    def values(name: str, end: str, arm: str) -> dict[str, np.ndarray]:
        runs = [results[jobs[name, end, arm, r].key].metrics for r in range(REPLICATIONS)]
        return {metric: np.array([run[metric] for run in runs]) for metric in runs[0]}

    at_base = {arm: values("base", "low", arm) for arm in arms}
    yearly = float((at_base[STUDIED][YEARLY] - at_base[CONTROL][YEARLY]).mean())
    return {
        number.name: moved({end: {arm: values(number.name, end, arm) for arm in arms} for end in ("low", "high")}, yearly)
        for number in ASSUMED
    }


def written(value: Mapping[str, Any]) -> str:
    """The values of an end."""
    return ", ".join(dict.fromkeys(str(one) for one in value.values())) or "off"


def page(found: Mapping[str, list[Moved]]) -> str:
    """The finding as a page."""
    known = {number.name: number for number in ASSUMED}
    kept = {name: [one for one in rows if one.matters] for name, rows in found.items()}
    lines = [
        "# Which assumed numbers matter",
        "",
        f"As of {date.today()}, each number that is marked as an assumption, or comes from a prototype, moved alone from low to"
        f" high: {REPLICATIONS} replications of `{CONTROL}` and `{STUDIED}` at each end, common random numbers. The command:",
        "",
        "```",
        "python -m benchmarks.screen_worlds",
        "```",
        "",
        f"A number matters when a target of realism moves by more than {BAND_SHARE:.0%} of its band, or the effect of today's rule"
        f" by more than {EUR:.2f} EUR a new client, {100 * POINTS:.2f} points of return or {YEARLY_SHARE:.0%} of what it brings a"
        " year, and by more than two standard errors. What matters is uncertain in `configs/worlds/personal_care.yaml`; what does"
        " not stays as it is.",
        "",
        f"## What matters: {sum(map(bool, kept.values()))} of {len(found)}",
        "",
        "| number | low | high | moves most, in changes that matter |",
        "|---|---|---|---|",
    ]
    for name, rows in sorted(kept.items(), key=lambda item: -max((one.size for one in item[1]), default=0)):
        if rows:
            told = "; ".join(f"{one.figure} {one.change:+.3g} ({one.size:.1f})" for one in rows[:3])
            lines.append(f"| {name} | {written(known[name].low)} | {written(known[name].high)} | {told} |")
    lines += ["", "## What does not", "", "| number | low | high | moves most, ± two standard errors |", "|---|---|---|---|"]
    for name, rows in found.items():
        if not kept[name]:
            most = rows[0]
            told = f"{most.figure} {most.change:+.3g} ± {2 * most.error:.2g}, {most.size:.1f} of a change that matters"
            lines.append(f"| {name} | {written(known[name].low)} | {written(known[name].high)} | {told} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Screen, and print the page."""
    sys.stdout.write(page(screen(Path("results"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
