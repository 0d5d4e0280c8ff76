"""How fast the engines are, beside what SimPy alone and a plain SimPy program do: ``python -m benchmarks.engine --help``.

This file says what is measured and what is asked of it; ``measure.py`` measures. Every figure is the median of several repeats,
each in a fresh process. ``README.md`` explains the table.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Figures, Task, in_fresh_process, machine

LARGEST_DIFFERENCE = 0.05
"""Two programs simulate different markets when their bookings per client differ by more than this and by 4 standard errors."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    label: str
    task: Task
    once: bool = False
    """Too long to repeat, or to run at all with ``--quick``."""


def grown(clients: int, pros: int, horizon_days: int = 0, *options: str) -> Task:
    """The compiled engine on the full market at another size."""
    return Task("compiled", "personal_care", clients, pros, horizon_days, options)


PROGRAMMES = "programme=[points,tiers,recovery,outreach,recognition,referral]"
OFFERS = "market.requests.max_offers"
ROWS = {
    "full": Row("compiled engine, full market", Task("compiled")),
    "programmes": Row("the same, all loyalty programmes", Task("compiled", options=(PROGRAMMES,))),
    "choices": Row("full market, with the table of choices", Task("compiled", options=("market.log_choices=true",))),
    "full_simpy": Row("reference engine, full market", Task("simpy")),
    "bare": Row("bare SimPy, the same events", Task("bare")),
    "heap": Row("bare heap loop, the same events", Task("heap")),
    "minimal": Row("compiled engine, minimal market", Task("compiled", "minimal")),
    "minimal_simpy": Row("reference engine, minimal market", Task("simpy", "minimal")),
    "plain": Row("plain SimPy program, minimal market", Task("plain", "minimal")),
    "smart": Row("plain SimPy program with a better draw", Task("smart", "minimal")),
    "minimal_large": Row("compiled, minimal, 100,000 x 1,000", Task("compiled", "minimal", 100_000, 1_000)),
    # arrivals a day as above for a tenth of the time: the whole would take minutes, and a booking costs the same
    "plain_large": Row("plain SimPy, the same for 73 days", Task("plain", "minimal", 100_000, 1_000, 73)),
    "smart_large": Row("the same with a better draw", Task("smart", "minimal", 100_000, 1_000, 73)),
    # 16 times the clients: 4 times the arrivals a day for 4 times as long, so that 200 pros can serve them
    "clients": Row("compiled, 320,000 x 200, 14 years", grown(320_000, 200, 5_112)),
    "pros_zones": Row("compiled, 20,000 x 5,000, 250 zones", grown(20_000, 5_000, 0, "market.zones=250")),
    "pros": Row("compiled, 20,000 x 5,000, 10 zones", grown(20_000, 5_000)),
    "both": Row("compiled, 500,000 x 5,000, 250 zones", grown(500_000, 5_000, 0, "market.zones=250")),
    "one_offer": Row("compiled, 100,000 x 1,000, 1 offer", grown(100_000, 1_000, 0, "market.zones=50", f"{OFFERS}=1")),
    "ten_offers": Row("the same, up to 10 offers", grown(100_000, 1_000, 0, "market.zones=50", f"{OFFERS}=10")),
    "logged_offers": Row(
        "the same, with the table of offers",
        grown(100_000, 1_000, 0, "market.zones=50", f"{OFFERS}=10", "market.log_offers=true"),
    ),
    "million": Row("compiled, 1,000,000 x 5,000, 2 years", grown(1_000_000, 5_000, 730, "market.zones=250"), once=True),
    "compare": Row("make compare, empty store", Task("compare")),
}


@dataclass(frozen=True)
class Target:
    """A figure of a row, or its ratio to another row's, and what it has to be."""

    row: str
    figure: str
    sign: str = ""
    limit: float = 0
    per: str = ""
    """The other row of a ratio."""


TARGETS = (
    Target("full", "bookings_per_s", ">=", 400_000),
    Target("full", "bookings_per_s", ">=", 15, per="full_simpy"),
    Target("full", "seconds", "<=", 8, per="heap"),
    Target("programmes", "seconds", "<=", 1.5, per="full"),
    Target("programmes", "us_per_booking", per="full"),
    Target("choices", "seconds", "<=", 1.2, per="full"),
    Target("full_simpy", "bookings_per_s", ">=", 20_000),
    Target("full_simpy", "peak_mb", "<", 500),
    Target("full_simpy", "seconds", per="bare"),
    Target("minimal", "bookings_per_s", ">=", 100, per="plain"),
    Target("minimal", "bookings_per_s", per="smart"),
    Target("minimal_simpy", "bookings_per_s", per="plain"),
    Target("minimal_large", "bookings_per_s", ">=", 400, per="plain_large"),
    Target("minimal_large", "bookings_per_s", per="smart_large"),
    Target("clients", "us_per_booking", "<=", 1.6, per="full"),
    Target("pros_zones", "us_per_booking", "<=", 3, per="full"),
    Target("pros", "us_per_booking", "<=", 3, per="full"),
    Target("both", "us_per_booking", "<=", 3, per="full"),
    # ten offers fill more requests, so that the log of bookings is longer
    Target("ten_offers", "peak_mb", "<=", 1.05, per="one_offer"),
    Target("logged_offers", "peak_mb", per="one_offer"),
    Target("million", "seconds", "<", 60),
    Target("million", "peak_mb", "<", 2_500),
    Target("million", "refresh_share", "<", 0.15),
    Target("compare", "seconds", "<", 15),
)
SAME_MARKET = (("minimal", "plain"), ("minimal", "smart"))
"""Rows whose bookings per client must agree, or their ratio means nothing."""
COLUMNS = {
    "seconds": ("seconds", ",.3f"),
    "start_seconds": ("start s", ",.2f"),
    "bookings": ("bookings", ",.0f"),
    "bookings_per_s": ("bookings/s", ",.0f"),
    "us_per_booking": ("us/booking", ",.2f"),
    "events": ("events", ",.0f"),
    "peak_mb": ("peak MB", ",.0f"),
    "refresh_share": ("refreshes", ".1%"),
    "fill_rate": ("filled", ".1%"),
    "bookings_per_client": ("per client", ".2f"),
}
"""Heading and format of each figure."""


def quick(task: Task) -> Task:
    """A tenth of the clients, a fifth of the pros."""
    if task.program == "compare":
        return replace(task, options=("replications=2", "market.clients.arrivals_per_day=3", "market.pros.n=40"))
    return replace(task, clients=task.clients // 10, pros=task.pros // 5)


def measure_all(rows: dict[str, Row], repeats: int, small: bool) -> dict[str, list[Figures]]:
    """Measure each row in turn, as often as asked: repeat i runs seed i. Small runs come first, to fill the caches."""
    runs: dict[str, list[Figures]] = {row: [] for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats + 1):
            events = str(Path(folder) / f"events_{repeat}.npz")
            whole = quick if small or repeat == 0 else replace
            full = replace(whole(ROWS["full"].task), seed=repeat, events=events)
            if {"bare", "heap"} & set(rows):
                in_fresh_process(replace(full, program="record"))
            for name, row in rows.items():
                if row.once and (small or repeat > 1):
                    continue
                # the compiled code is the same for all sizes
                if repeat == 0 and name not in ("full", "bare", "heap", "compare"):
                    continue
                print(f"{f'repeat {repeat}' if repeat else 'warm-up'}: {row.label}", file=sys.stderr, flush=True)
                figures = in_fresh_process(replace(whole(row.task), seed=repeat, events=events))
                if repeat:
                    runs[name].append(figures)
    return {name: of_row for name, of_row in runs.items() if of_row}


def same_market(first: Sequence[float], second: Sequence[float]) -> dict[str, Any]:
    """Whether two programs' bookings per client, one a run, can be those of one market.

    Returns both means, the relative difference, its standard error (None with a single run each) and the verdict: False when
    the difference exceeds both ``LARGEST_DIFFERENCE`` and 4 standard errors, None when that cannot be told.
    """
    means = statistics.fmean(first), statistics.fmean(second)
    difference = means[0] / means[1] - 1.0
    error = None
    if min(len(first), len(second)) > 1:
        error = sum(statistics.variance(values) / len(values) for values in (first, second)) ** 0.5 / means[1]
    same = True if abs(difference) <= LARGEST_DIFFERENCE else None if error is None else abs(difference) <= 4 * error
    return {"means": means, "difference": difference, "standard_error": error, "same": same}


def judge(target: Target, runs: dict[str, list[Figures]], small: bool) -> dict[str, Any]:
    """The value of a target and whether it is met: None where nothing is asked, or not at this size.

    A ratio is the median over repeats of the ratio within a repeat: those runs are neighbours in time, so a slow minute cancels.
    """
    values = [run[target.figure] for run in runs[target.row]]
    if target.per:
        below = [run[target.figure] for run in runs[target.per]]
        values = [first / second for first, second in zip(values, below, strict=True)]
    value = statistics.median(values)
    holds = {"": None, ">=": value >= target.limit, "<=": value <= target.limit, "<": value < target.limit}[target.sign]
    return {**asdict(target), "value": value, "met": None if small else holds}


def summarise(runs: dict[str, list[Figures]], small: bool) -> dict[str, Any]:
    """Everything the table says, as plain data."""
    medians = {row: {name: statistics.median(run[name] for run in of_row) for name in of_row[0]} for row, of_row in runs.items()}
    checks = [
        {"rows": pair, **same_market(*([run["bookings_per_client"] for run in runs[row]] for row in pair))}
        for pair in SAME_MARKET
        if set(pair) <= set(runs)
    ]
    return {
        "machine": machine(),
        "small": small,
        "repeats": max(map(len, runs.values())),
        "rows": {row: {"label": ROWS[row].label, "median": medians[row], "runs": runs[row]} for row in runs},
        "targets": [judge(target, runs, small) for target in TARGETS if {target.row, target.per or target.row} <= set(runs)],
        "checks": checks,
    }


def target_line(target: dict[str, Any], small: bool) -> str:
    """What was asked and what came out."""
    heading, style = COLUMNS[target["figure"]]
    per = f" / {ROWS[target['per']].label}" if target["per"] else ""
    value = format(target["value"], ",.2f" if per else style)
    line = f"{heading} of {ROWS[target['row']].label}{per}: {value}"
    if not target["sign"]:
        return line
    verdict = "judged at full size only" if small else "target met" if target["met"] else "TARGET NOT MET"
    return f"{line}, target {target['sign']} {target['limit']:,}: {verdict}"


def table(summary: dict[str, Any]) -> str:
    """The table, then targets, ratios and checks, as text."""
    where = dict(summary["machine"])
    processor, cores, load = (where.pop(name) for name in ("processor", "cores", "load"))
    versions = ", ".join(f"{name} {number}" for name, number in where.items())
    lines = [
        f"{'a tenth of the clients, a fifth of the pros' if summary['small'] else 'full size'}, median of {summary['repeats']}",
        f"{processor}, {cores} cores, load {load}; {versions}",
        "",
        f"{'':40}" + "".join(f"{heading:>11}" for heading, _ in COLUMNS.values()),
    ]
    for row in summary["rows"].values():
        cells = [f"{row['median'][name]:{style}}" if name in row["median"] else "-" for name, (_, style) in COLUMNS.items()]
        lines.append(f"{row['label']:40}" + "".join(f"{cell:>11}" for cell in cells))
    lines.append("")
    lines += [target_line(target, summary["small"]) for target in summary["targets"]]
    for check in summary["checks"]:
        verdict = {True: "agree", False: "NOT THE SAME MARKET", None: "too few repeats to tell"}[check["same"]]
        error = "" if check["standard_error"] is None else f" (standard error {check['standard_error']:.1%})"
        means = " / ".join(f"{ROWS[row].label} {mean:.3f}" for row, mean in zip(check["rows"], check["means"], strict=True))
        lines.append(f"per client, {means}: {check['difference']:+.1%}{error}: {verdict}")
    return "\n".join(lines)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Options of the command line, checked."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.engine", description="Time the engines, bare loops and a plain SimPy program, and print one table."
    )
    parser.add_argument("--repeat", type=int, default=5, help="fresh processes a row; the table shows their median (default 5)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the clients, a fifth of the pros; no target is judged")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"only these rows: {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write every measurement to this file")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error(f"--repeat = {options.repeat}, must be >= 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json = {options.json}, must be in a folder that exists")
    if options.quick and options.only and all(ROWS[row].once for row in options.only):
        parser.error(f"--only = {' '.join(options.only)}, must hold a row that --quick does not leave out")
    return options


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when two programs that must simulate the same market do not."""
    options = parse(arguments)
    rows = {name: row for name, row in ROWS.items() if not options.only or name in options.only}
    summary = summarise(measure_all(rows, options.repeat, options.quick), options.quick)
    print(table(summary))
    if options.json:
        options.json.write_text(json.dumps(summary, indent=1) + "\n")
    return int(any(check["same"] is False for check in summary["checks"]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
