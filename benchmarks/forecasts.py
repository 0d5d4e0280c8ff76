"""Do forecasts of known clients hold? Errors beside those of others, intervals beside what happened, and the forms behind them.

Every csv of a folder with the columns client (or cust) and date is held out from a few days on, each fitted to what was known
before; files whose truth is known are planted (``planted.py``). Prints one line a check: what is asked, what was reached. Exit
code 0 whatever was reached, since not every bar can be met on every machine and file.
"""

import argparse
import csv
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.planted import FIRST_DAY, World, drawn, values_of, visits_of_world, worlds
from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.histories import histories
from sim.forecasting.baselines import baselines
from sim.forecasting.ensemble import fit_ensemble, forecast
from sim.forecasting.fit import fit_form
from sim.forecasting.forms import Form
from sim.forecasting.origins import at_origin, origin_days

ROOT = Path(__file__).resolve().parent.parent
SEED, RUNS, LEVEL = 20_260_101, 400, 0.95
HALF_YEAR = 182
RECOVERED = (Form("bg"), Form("mbg", "varied"), Form("pareto", "common"), Form("ageing", "varied"), Form("lapsing", "common"))
BIG = Form("mbg", "varied")
BIG_VALUES = {"rate_shape": 1.2, "rate_weeks": 4.8, "drop_a": 0.8, "drop_b": 6.0, "gap_shape": 3.0, "gap_shape_log_sd": 0.5}
"""Of a file in which 120,000 clients leave a million rows in three years."""
OURS, NBD = "ours", ("bg_nbd", "pareto_nbd")


@dataclass(frozen=True)
class Case:
    """One time ahead of one file."""

    group: str
    """A file's name, or ``planted``."""
    source: Path | World
    day: int
    """First of the time ahead."""
    until_day: int
    rolling: bool = True
    """Whether it counts for coverage; else it has bars of its own."""

    @property
    def title(self) -> str:
        """As in the table."""
        if isinstance(self.source, World):
            return f"planted {self.source.seed}, {self.source.form.name}, drift {self.source.drift}, {self.source.n} clients"
        return f"{self.group} from {np.datetime64(self.day, 'D')}, {(self.until_day - self.day + 1) / 7:.0f} weeks"


@dataclass(frozen=True)
class Outcome:
    """What was forecast, and what came."""

    case: Case
    n: int
    true: float
    low: float
    high: float
    errors: Mapping[str, tuple[float, float, float]]
    """By forecast: MAE and RMSE a client, and total."""
    coverage: float
    """Of clients' 80 % intervals."""

    @property
    def inside(self) -> bool:
        """Whether the true total lies in the interval of 95 %."""
        return self.low <= self.true <= self.high

    @property
    def ratio(self) -> float:
        """MAE over that of the better of BG/NBD and Pareto/NBD."""
        return self.errors[OURS][0] / min(self.errors[name][0] for name in NBD)


@dataclass(frozen=True)
class Check:
    """A line of the table."""

    what: str
    asked: str
    reached: str
    ok: bool | None
    """None where nothing is asked."""

    @property
    def line(self) -> str:
        """Of the table."""
        return f"{self.what:<76} | {self.asked:<9} | {self.reached} | {'' if self.ok is None else 'yes' if self.ok else 'NO'}"


def day_of(date: str) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(date, "D").astype(np.int64))


def read_visits(path: Path) -> Visits:
    """One visit a client and day of a csv with the columns client (or cust) and date; of events, those that are a visit.

    Raises
    ------
    KeyError
        The file has no such columns.
    """
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("event", "visit") == "visit"]
    names = [row["client"] if "client" in row else row["cust"] for row in rows]
    days = np.array([row["date"][:10] for row in rows], "datetime64[D]").astype(np.int64)
    _, client = np.unique(names, return_inverse=True)
    who, day = np.unique(np.stack([client, days], axis=1), axis=0).T
    n = int(who.max()) + 1
    return Visits(who, day, np.zeros(len(who), np.int64), np.zeros(n, np.bool_), {}, {}, {}, np.full(len(who), np.nan), False)


def has_visits(path: Path) -> bool:
    """Whether a csv has the columns of visits."""
    with path.open(newline="") as file:
        header = set(next(csv.reader(file), []))
    return "date" in header and bool(header & {"client", "cust"})


def judge(case: Case) -> Outcome:
    """Fit what was known, forecast, and compare with what came."""
    needs = read_visits(case.source) if isinstance(case.source, Path) else visits_of_world(case.source)
    past, days = needs.rows(needs.day < case.day), (case.day, case.until_day)
    ensemble = fit_ensemble(past, case.day - 1, days[1] - days[0] + 1, SEED)
    found = forecast(ensemble, past, days, RUNS)
    origin = at_origin(needs, *days)
    rivals = {name: ahead[-1] for name, ahead in baselines(origin.seen, origin.ends[-1:]).items()}
    low, high = (float(ends[-1]) for ends in found.interval(LEVEL))
    errors = {}
    for name, expected in {OURS: found.by_client, **rivals}.items():
        miss = expected - origin.true
        errors[name] = (float(np.abs(miss).mean()), math.sqrt(float((miss**2).mean())), float(expected.sum()))
    coverage = found.distributions(origin.true).coverage(origin.true)[0.8]
    return Outcome(case, len(origin.true), float(origin.true.sum()), low, high, errors, coverage)


def special_cases(path: Path, last: int) -> list[Case]:
    """The times ahead of a known file that have bars of their own."""
    known = {
        "grocery": ["2007-01-01"],
        "cdnow": ["1997-10-01"],
        "barber": ["2017-01-01", "2017-07-01", "2018-01-01", "2018-07-01"],
    }
    dates = next((dates for start, dates in known.items() if path.name.startswith(start)), [])
    return [Case(path.name, path, day_of(date), last, False) for date in dates]


def cases_of(folder: Path, n_worlds: tuple[int, int], quick: bool) -> list[Case]:
    """All times ahead: those of files, and one of each planted world."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        if not has_visits(path):
            continue
        needs = read_visits(path)
        last = int(needs.day.max())
        rolling = origin_days(needs, last, HALF_YEAR)
        found += [Case(path.name, path, *days) for days in (rolling[:1] if quick else rolling)]
        found += special_cases(path, last)
    for world in worlds(*n_worlds):
        found.append(Case("planted", world, world.until_day + 1, world.until_day + 7 * world.ahead))
    return found


def recover(form: Form, seed: int) -> tuple[Form, Floats]:
    """How far fitted parameters (n_free,) of one planted world are from the truth, in standard errors."""
    values = values_of(form, np.random.default_rng((SEED, seed)))
    truth = np.log([values[name] for name in form.free])
    world = World(form, values, 800, 104, 0, seed=SEED + seed)
    found = fit_form(form, histories(visits_of_world(world), world.until_day), truth)
    return form, (found.at - truth) / np.sqrt(np.diag(found.covariance))


def time_a_big_file(n_clients: int) -> tuple[int, float, float]:
    """Rows of a file, and the seconds and GB in which ``calibrate`` fits and forecasts it."""
    random = np.random.default_rng(SEED)
    needs = drawn(BIG, BIG_VALUES, random.uniform(0, 156, n_clients), np.ones(156), random)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bookings.csv"
        dates = needs.day.astype("datetime64[D]").astype(str)
        path.write_text("client,date\n" + "".join(f"{who},{date}\n" for who, date in zip(needs.client, dates, strict=True)))
        begin = time.monotonic()
        day = np.datetime64(FIRST_DAY + 7 * 130, "D")
        words = [f"data={path}", f"holdout_from={day}", f"out={folder}/out", "replications=2", "name=big"]
        subprocess.run([sys.executable, "-m", "experiments.calibrate", *words], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        seconds = time.monotonic() - begin
    return len(needs.day), seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20


def file_checks(outcomes: Sequence[Outcome]) -> Iterator[Check]:
    """One line a time ahead of a file, then the bars of known files."""
    for one in outcomes:
        if isinstance(one.case.source, World):
            continue
        errors = ", ".join(f"{name} {mae:.3f} / {rmse:.3f}" for name, (mae, rmse, _) in one.errors.items())
        total = f"total {one.errors[OURS][2]:.0f} [{one.low:.0f}, {one.high:.0f}], true {one.true:.0f}"
        yield Check(f"{one.case.title}: MAE / RMSE", "-", f"{errors}; {total}", None)
    special = [one for one in outcomes if not one.case.rolling]
    for one in special:
        mae, rmse, total = one.errors[OURS]
        rivals = [errors for name, errors in one.errors.items() if name != OURS]
        if one.case.group.startswith("grocery"):
            yield Check(f"{one.case.title}: MAE", "<= 1.40", f"{mae:.3f}", mae <= 1.40)
            yield Check(f"{one.case.title}: RMSE", "<= 3.13", f"{rmse:.3f}", rmse <= 3.13)
            best = mae < min(errors[0] for errors in rivals) and rmse < min(errors[1] for errors in rivals)
            yield Check(f"{one.case.title}: better than every rival on both", "yes", "yes" if best else "no", best)
            yield Check(f"{one.case.title}: total within its interval", "yes", "yes" if one.inside else "no", one.inside)
        if one.case.group.startswith("cdnow"):
            yield Check(f"{one.case.title}: MAE", "<= .766", f"{mae:.3f}", mae <= 0.766)
            other = abs(one.errors["bg_nbd"][2] - one.true)
            own = abs(total - one.true)
            yield Check(f"{one.case.title}: error of the total", f"< {other:.0f}", f"{own:.0f}", own < other)
    barber = [one.ratio for one in special if one.case.group.startswith("barber")]
    if barber:
        yield Check(
            f"barber, {len(barber)} times ahead: mean MAE ratio", "<= .95", f"{np.mean(barber):.3f}", float(np.mean(barber)) <= 0.95
        )
        yield Check(f"barber, {len(barber)} times ahead: largest MAE ratio", "<= 1.03", f"{max(barber):.3f}", max(barber) <= 1.03)


def coverage_checks(outcomes: Sequence[Outcome]) -> Iterator[Check]:
    """How often intervals hold, of all that roll and of some of them."""
    rolling = [one for one in outcomes if one.case.rolling]
    drifting = [one for one in rolling if isinstance(one.case.source, World) and one.case.source.drift != "none"]
    steady = [one for one in rolling if isinstance(one.case.source, World) and one.case.source.drift == "none"]
    files = [one for one in rolling if isinstance(one.case.source, Path)]
    inside = sum(one.inside for one in rolling) / len(rolling)
    yield Check(f"95 % intervals of totals, {len(rolling)} times ahead", "90-98 %", f"{inside:.1%}", 0.90 <= inside <= 0.98)
    for name, some in (("files", files), ("steady worlds", steady), ("drifting worlds", drifting)):
        if some:
            width = np.median([(one.high - one.low) / 2 / max(one.true, 1.0) for one in some])
            kept = sum(one.inside for one in some)
            yield Check(f"  of {name}: inside, and median half-width", "-", f"{kept} of {len(some)}, {width:.1%}", None)
    missed = [f"{one.case.title} ({one.true:.0f}, [{one.low:.0f}, {one.high:.0f}])" for one in rolling if not one.inside]
    if missed:
        yield Check("  missed", "-", "; ".join(missed), None)
    held = sum(one.coverage for one in rolling) / len(rolling)
    yield Check(f"80 % intervals of clients, mean of {len(rolling)}", "76-84 %", f"{held:.1%}", 0.76 <= held <= 0.84)
    for name, some in (("files", files), ("steady worlds", steady), ("drifting worlds", drifting)):
        if some:
            yield Check(f"  of {name}", "-", f"{np.mean([one.coverage for one in some]):.1%}", None)
    ratios = np.array([one.ratio for one in rolling])
    yield Check(
        "MAE over that of the better of BG/NBD and Pareto/NBD: mean, largest", "-", f"{ratios.mean():.3f}, {ratios.max():.3f}", None
    )


def recovery_checks(found: Sequence[tuple[Form, Floats]]) -> Iterator[Check]:
    """How often 95 % intervals of parameters hold the truth."""
    for form in RECOVERED:
        errors = np.array([one for which, one in found if which == form])
        if len(errors):
            share = float((np.abs(errors) < 1.96).mean())
            yield Check(f"recovery of {form.name}, {len(errors)} worlds", "85-100 %", f"{share:.1%}", share >= 0.85)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "tests" / "data", metavar="FOLDER", help="of csv files (default: the CDNOW sample)"
    )
    parser.add_argument("--quick", action="store_true", help="fewer worlds and origins, a tenth of the big file: no bar means much")
    parser.add_argument(
        "--only", nargs="+", choices=("files", "worlds", "recovery", "big"), default=["files", "worlds", "recovery", "big"]
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        parser.error(f"--data = {options.data}, must be a folder")
    n_worlds = (0, 0) if "worlds" not in options.only else (6, 2) if options.quick else (30, 10)
    cases = cases_of(options.data, n_worlds, options.quick)
    if "files" not in options.only:
        cases = [case for case in cases if isinstance(case.source, World)]
    seeds = range(0 if "recovery" not in options.only else 4 if options.quick else 20)
    outcomes: dict[int, Outcome] = {}
    recovered = []
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        jobs = {pool.submit(judge, case): i for i, case in enumerate(cases)}
        others = [pool.submit(recover, form, seed) for form in RECOVERED for seed in seeds]
        for done in tqdm(as_completed([*jobs, *others]), total=len(jobs) + len(others), unit="job"):
            if done in jobs:
                outcomes[jobs[done]] = done.result()
            else:
                recovered.append(done.result())
    print(f"{'check':<76} | {'asked':<9} | reached | ok")
    in_order = [outcomes[i] for i in range(len(cases))]
    checks = [*file_checks(in_order)]
    if any(one.case.rolling for one in in_order):
        checks += coverage_checks(in_order)
    checks += recovery_checks(recovered)
    for check in checks:
        print(check.line)
    if "big" in options.only:
        rows, seconds, memory = time_a_big_file(12_000 if options.quick else 120_000)
        print(Check(f"calibrate with a hold-out, {rows:,} rows: seconds", "< 240", f"{seconds:.0f}", seconds < 240).line)
        print(Check(f"calibrate with a hold-out, {rows:,} rows: peak GB", "< 4", f"{memory:.2f}", memory < 4).line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
