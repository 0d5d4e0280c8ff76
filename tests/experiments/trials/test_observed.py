"""A real experiment, read from a file: one of the lab's own, exported, says the same as the lab does."""

import csv
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from experiments.lab import main
from experiments.plans.compose import compose_settings
from experiments.plans.settings import Settings
from experiments.report import main as report
from experiments.trials.estimating import estimates, newcomers_of
from experiments.trials.observed import Analysed, analyse
from experiments.trials.observed_beside import lab_beside
from experiments.trials.observed_beside import simulated as beside_it
from experiments.trials.observed_plan import make_observed
from experiments.trials.plan import Lab, make_lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED
from sim.config import ConfigError
from sim.engine.run import simulate
from sim.metrics.cohort import Cohort
from sim.metrics.newcomers import newcomers
from sim.report.observed_record import Line
from tests.experiments.trials.test_judging import FEW
from tests.replays import write_bookings

SMALL = (*FEW, "market.horizon_days=400", "start_days=60", "days=112", "arm=[uniform,oracle]")
OWN = ("designs.staged.shares=[.2,.5]", "designs.staged.stage_days=56", "designs.before_after.stage_days=56")
# day 60 of a run that begins on 2023-01-02, and 112 days from it
DATES = {"start": "2023-03-03", "end": "2023-06-22"}
AROUND = ("before", "after")
DESIGNS = ("client", "pro", "zone", "switchback", "zone_switchback", "staged", "before_after")


@cache
def every() -> Settings:
    names = ",".join((*DESIGNS, "two_sided", "counterfactual", "synthetic_control"))
    settings = compose_settings("lab", [*SMALL, f"design=[{names}]", *OWN])
    return settings | {"mapping": compose_settings("lab", ["data@columns=requests"])["columns"]}


def composed(design: str) -> Settings:
    return {**every(), "design": [design], "designs": {design: every()["designs"][design]}}


@cache
def simulated(design: str):
    """The log of an experiment, the group of each of its requests, and the lab's own estimate."""
    trial, market = lab(design).trials[design], lab(design).plan.market.model_copy(update={"horizon_days": 370})
    log = simulate(market, lab(design).plan.arms["uniform"], 1, 0, trial=trial)
    split = trial.split(market, 1 + int(log.clients["client"].max()), 0)
    rows = log.bookings
    group = split.of_requests(rows["client"], rows["zone"], rows["request_days"])
    if design == "pro":
        group = np.where((group >= 0) & (rows["pro"] >= 0), split.of_pros()[rows["pro"]], -1)
    who = newcomers_of(newcomers(Cohort(log), split), "returned_6m")
    return log, group, next(iter(estimates(trial.design, split, who, 0.5).values()))


def settings(design: str, file, changes=()) -> Settings:
    """Those of the analysis of a file, with some keys changed."""
    found, changes = composed(design), dict(changes)
    columns = found.pop("mapping") | {"left_censored_days": 0, "group": "variant"} | changes.pop("columns", {})
    out = str(file.parent / "out")
    return {**found, "file": str(file), "columns": columns, **DATES, "simulate": False, "out": out, **changes}


def analysed(design: str, file, **changes) -> Analysed:
    return analyse(make_observed(settings(design, file, changes)), lab(design).plan.market.economics)


@cache
def lab(design: str) -> Lab:
    return make_lab({key: value for key, value in composed(design).items() if key != "mapping"})


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    return write_bookings(simulated("client")[0], folder / "client.csv", names(simulated("client")[1]))


def names(group, control: str = "A", treated: str = "B") -> list[str]:
    return [("", control, treated)[1 + int(one)] for one in group]


def rewritten(file, target, change) -> object:
    """A file with each row changed; None leaves it out."""
    with file.open() as opened:
        rows = [new for row in csv.DictReader(opened) if (new := change(dict(row))) is not None]
    with target.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target


@pytest.mark.parametrize("design", DESIGNS)
def test_an_exported_experiment_says_what_the_lab_says_about_it(design: str, tmp_path) -> None:
    log, group, expected = simulated(design)
    found = analysed(design, write_bookings(log, tmp_path / "bookings.csv", names(group)))
    own = found.estimates[0]
    # the lab counts a second booking from when it was accepted, the file from when it was asked for: no client's differs here
    assert own.estimate == pytest.approx(expected.estimate, abs=1e-12)
    assert own.standard_error == pytest.approx(expected.standard_error, abs=1e-12)
    assert (own.n_treated, own.n_control) == (expected.n_treated, expected.n_control)
    assert {check.verdict for check in found.checks} <= {"fine", "unknown"}


@pytest.mark.parametrize(("design", "unit"), [("client", "client"), ("zone", "zone"), ("switchback", "date")])
def test_assignments_in_a_file_of_their_own_say_the_same(design: str, unit: str, tmp_path) -> None:
    log, group, _ = simulated(design)
    whole = write_bookings(log, tmp_path / "whole.csv", names(group))
    with whole.open() as opened:
        rows = [row for row in csv.DictReader(opened) if row["variant"]]
    if unit == "date":
        # the first day of each week of the experiment
        first = np.datetime64(DATES["start"])
        weeks = {str(first + (np.datetime64(row["requested"][:10]) - first) // 7 * 7): row["variant"] for row in rows}
    groups = weeks if unit == "date" else {row[unit]: row["variant"] for row in rows}
    plain = rewritten(whole, tmp_path / "plain.csv", lambda row: {key: row[key] for key in row if key != "variant"})
    apart = tmp_path / "groups.csv"
    apart.write_text(f"{unit},variant\n" + "".join(f"{one},{its}\n" for one, its in groups.items()))
    # as texts, in which nan is nan
    assert str(analysed(design, plain, assignments=str(apart)).estimates) == str(analysed(design, whole).estimates)


def test_a_column_of_groups_that_is_taken_for_services_is_no_covariate(exported) -> None:
    found = {check.name: check for check in analysed("client", exported, columns={"service": "variant"}).checks}
    assert found["balance"].verdict == "fine"


def test_few_zones_are_not_adjusted_for_many_pros_are(tmp_path) -> None:
    for design, n in (("zone", 2), ("pro", 3)):
        log, group, _ = simulated(design)
        assert len(analysed(design, write_bookings(log, tmp_path / f"{design}.csv", names(group))).estimates) == n


def test_who_asked_before_being_assigned_does_not_count(exported, tmp_path) -> None:
    # those with an odd number are assigned in the last month only
    dated = rewritten(
        exported, tmp_path / "dated.csv", lambda row: {**row, "since": ["2023-03-01", "2023-05-25"][int(row["client"][1:]) % 2]}
    )
    found, whole = (analysed("client", file, columns=more) for file, more in ((dated, {"assigned": "since"}), (exported, {})))
    assert found.taken.early > 50
    assert found.taken.early + len(found.taken.chosen) == len(whole.taken.chosen)
    odd = rewritten(exported, tmp_path / "odd.csv", lambda row: {**row, "since": "soon"})
    with pytest.raises(ConfigError, match=r"columns.assigned = since: \d+ values cannot be read"):
        analysed("client", odd, columns={"assigned": "since"})


def test_without_times_of_requests_visits_are_counted(exported, tmp_path) -> None:
    plain = rewritten(exported, tmp_path / "visits.csv", lambda row: {key: row[key] for key in row if key != "requested"})
    found = analysed("client", plain, columns={"requested": None})
    assert found.clients.by_visit
    # nearly the same clients: some asked before the last day for a visit after it
    assert found.taken.followed.sum() == pytest.approx(int(analysed("client", exported).taken.followed.sum()), rel=0.1)


def test_clients_of_one_group_who_are_missing_are_told(exported, tmp_path) -> None:
    # half of the treated are lost: about 1/3 of those left are treated, where a half was meant
    lost = rewritten(
        exported, tmp_path / "lost.csv", lambda row: None if row["variant"] == "B" and int(row["client"][1:]) % 2 else row
    )
    ratio = analysed("client", lost).checks[0]
    assert (ratio.name, ratio.verdict) == ("sample_ratio", "broken")
    assert ratio.estimate == pytest.approx(1 / 3, abs=0.05)
    meant = {"client": {"_target_": "sim.designs.client.Client", "share": 1 / 3}}
    assert analysed("client", lost, designs=meant).checks[0].verdict == "fine"


def test_groups_that_were_not_drawn_differ_before(exported, tmp_path) -> None:
    zoned = rewritten(exported, tmp_path / "zoned.csv", lambda row: {**row, "variant": "AB"[row["zone"] in ("0", "1")]})
    found = {check.name: check for check in analysed("client", zoned).checks}
    assert (found["balance"].verdict, found["balance"].about) == ("doubtful", "zone")


def test_clients_are_left_out_who_had_booked_before_or_are_not_followed(exported) -> None:
    log, _, expected = simulated("client")
    first = np.full(1 + int(log.clients["client"].max()), np.inf)
    np.minimum.at(first, log.bookings["client"], log.bookings["request_days"])
    asked = log.bookings["client"][(log.bookings["request_days"] >= 60) & (log.bookings["request_days"] < 172)]
    found = analysed("client", exported)
    assert found.taken.had_booked == len(set(asked[first[asked] < 60].tolist()))
    # by the last request of the file, about day 370, only who came until day 187 is followed: all of them
    assert found.taken.followed.all()
    longer = analysed("client", exported, end="2023-08-01", groups={"control": "A", "treated": "B"})
    assert longer.taken.ungrouped > 0
    assert int(longer.taken.followed.sum()) == expected.n_treated + expected.n_control


def test_money_is_that_of_the_visits_within_six_months(tmp_path) -> None:
    lines = ["client,requested,date,price,status,variant"]
    for i in range(8):
        lines.append(f"c{i},2023-03-{4 + i:02d} 08:00,2023-03-{10 + i} 09:00,{100 + 10 * i},done,{'AB'[i % 2]}")
    lines += ["c0,2023-05-01 08:00,2023-05-02 09:00,50,done,A", "c1,2023-08-01 08:00,2023-12-02 09:00,70,done,B"]
    lines += ["old,2023-03-01 08:00,2023-03-02 09:00,50,done,", "new,2024-01-01 08:00,2024-01-02 09:00,50,done,"]
    file = tmp_path / "money.csv"
    file.write_text("\n".join(lines) + "\n")
    mapping = {"service": None, "zone": None, "channel": None, "pro": None, "price": "price"}
    found = analysed("client", file, outcome="contribution_6m_eur", columns=mapping)
    economics = lab("client").plan.market.economics
    # treated 110, 130, 150, 170: mean 140, what came after 183 days left out; control 100, 120, 140, 160 and 50 more: 142.5 on
    # average, from 5 visits of 4 clients instead of 4
    expected = economics.commission_share * (140 - 142.5) + economics.variable_cost_eur / 4
    assert found.estimates[0].estimate == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"columns": {"group": None}}, "columns.group is missing: the column of client.csv"),
        ({"columns": {"group": "arm"}}, "columns.group: arm, must be a column of client.csv; there are: client"),
        ({"start": None}, "start is missing"),
        ({"end": "2023-03-02"}, "end = 2023-03-02, must be >= start = 2023-03-03"),
        ({"start": "2022-12-01"}, "start = 2022-12-01, must lie within 2023-01-0"),
        ({"end": "2025-01-01"}, "end = 2025-01-01, must lie within"),
        ({"design": ["client", "zone"]}, r"design = \[client,zone\], must be one design with data="),
        ({"groups": {"control": "A", "treated": "C"}}, "groups.treated = C, must be a value of columns.group; there are: A, B"),
        ({"groups": {"control": "A", "treated": "A"}}, "groups.treated = A, must not be the control, too"),
        ({"outcome": "contribution_6m_eur"}, "outcome = contribution_6m_eur, needs columns.price"),
        ({"columns": {"status": None, "statuses": {}}, "outcome": "completed"}, "outcome = completed, needs columns.status"),
        ({"assignments": "nowhere.csv"}, "assignments = 'nowhere.csv', must be a file"),
        ({"start": "2023-12-01", "end": "2023-12-24"}, "columns.group holds no value while the experiment lasted"),
        ({"file": None}, "data is missing"),
        ({"file": "nowhere.csv"}, "data = 'nowhere.csv', must be a file"),
    ],
)
def test_what_cannot_be_analysed_is_one_message(exported, more, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        analyse(make_observed(settings("client", exported, more)), lab("client").plan.market.economics)


@pytest.mark.parametrize(
    ("design", "change", "message"),
    [
        ("zone", lambda row: {**row, "zone": int(row["zone"]) // 2, "variant": "AB"[row["zone"] in "01"]}, r"must be >= 2"),
        ("zone", lambda row: {key: row[key] for key in row if key != "zone"}, r"needs columns.zone: x.csv has no such column"),
        ("client", lambda row: {**row, "variant": "ABC"[int(row["client"][1:]) % 3]}, "there are: A, B, C"),
        (
            "client",
            lambda row: {**row, "variant": "AB"[int(row["requested"][9]) % 2]},
            r"client is in both groups \(control in line",
        ),
        ("client", lambda row: {**row, "variant": row["variant"].strip("B")}, "columns.group holds only A while"),
        (
            "client",
            lambda row: row if row["requested"] < "2023-07-15" else None,
            r"no client is followed for 183 days by 2023-07-14, .* wait until 2023-09-0\d for the first, until 2023-12-23 for all",
        ),
        ("switchback", lambda row: row, r"period is in both groups"),
    ],
)
def test_what_the_file_cannot_bear_is_one_message(exported, tmp_path, design: str, change, message: str) -> None:
    columns = {"zone": None} if "needs columns.zone" in message else {}
    with pytest.raises(ConfigError, match=message):
        analysed(design, rewritten(exported, tmp_path / "x.csv", change), columns=columns)


@pytest.mark.parametrize("design", ["two_sided", "counterfactual", "synthetic_control"])
def test_a_design_that_bookings_do_not_tell_is_refused(exported, design: str) -> None:
    with pytest.raises(ConfigError, match=f"design = \\[{design}\\], must be client"):
        make_observed(settings(design, exported))


def plausible(folder):
    """A folder of configurations with what is uncertain about the small market."""
    (folder / "worlds").mkdir()
    (folder / "worlds" / "minimal.yaml").write_text(
        "market: minimal\nnumbers:\n  clients.one_time_share: {uniform: {low: 0.2, high: 0.6}, source: assumption}\ntargets: {}\n"
    )
    return folder


def test_a_precise_estimate_less_the_bias_beside_it_is_what_is_known_after_a_vague_one_teaches_nothing(exported, tmp_path) -> None:
    few = [*SMALL, "design=[client]", "replications=3", "worlds=8", f"store={tmp_path / 'store'}"]
    found = {**compose_settings("lab", few, [plausible(tmp_path)]), **DATES, "file": str(exported), "out": str(tmp_path / "out")}
    tried = lab_beside(found, make_observed(found))
    # nothing but the design: no other shares, no rollout
    assert set(tried.tried) == {ALL_CONTROL, ALL_TREATED, "client"}
    own = Line("difference", 0.5, 0.5, 0.5, 1e-9, 600, 600, 0.0, "seen")
    _, precise, _ = beside_it(tried, own, 1200)
    whole, vague, now = beside_it(tried, replace(own, estimate=-9.0, standard_error=1e6), 1200)
    assert (now, len(whole.beside)) == (0, 16)
    before, after = precise.learned.before, precise.learned.after
    # what is left open is what the bias may be, which is at least its own size
    gain = 1 - after.covariance[0, 0] / before.covariance[0, 0]
    assert after.means[0] == pytest.approx(before.means[0] + gain * (0.5 - precise.bias - before.means[0]))
    unsure = before.covariance[0, 0] * (1 / gain - 1)
    assert unsure > precise.bias**2 > 0
    np.testing.assert_allclose(vague.learned.after.means, vague.learned.before.means, atol=1e-9)
    # in a market of which nobody says what is uncertain, or without worlds
    assert beside_it(lab_beside({**found, "worlds": 0}, make_observed(found)), own, 1200)[1].learned is None


def test_the_command_sets_it_beside_simulated_experiments_and_writes_the_page(exported, tmp_path, sketched, capsys) -> None:
    out = tmp_path / "out"
    given = [f"data={exported}", "columns=requests", "columns.left_censored_days=0", "columns.group=variant", "design=[client]"]
    dates = [f"{key}={value}" for key, value in DATES.items()]
    few = [*SMALL, "replications=3", "worlds=8", f"out={out}", f"store={tmp_path / 'store'}"]
    assert main([*given, *dates, *few, "--config-dir", str(plausible(tmp_path))]) == 0
    assert "onsistent with the simulated market minimal" in " ".join(capsys.readouterr().out.split())
    with (out / "experiment.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["sample_ratio", "balance", "spill_over", "difference", "adjusted", "always_valid", "simulated", *AROUND]
    assert {row["name"] for row in rows.values() if row["probability"]} == set(AROUND)
    assert float(rows["after"]["standard_error"]) < float(rows["before"]["standard_error"])
    assert all(float(rows[name]["low"]) < float(rows[name]["estimate"]) < float(rows[name]["high"]) for name in AROUND)
    assert float(rows["always_valid"]["low"]) < float(rows["difference"]["low"])
    # a market that is simulated as the file was
    assert rows["simulated"]["verdict"] == "consistent"
    before = (out / "report.html").read_bytes()
    for lang, title in (("fr", "Que dit l’expérience"), ("de", "Was sagt das Experiment"), ("en", "What does the experiment say")):
        assert report([f"out={out}", f"lang={lang}"]) == 0
        assert title in (out / "report.html").read_text()
    assert (out / "report.html").read_bytes() == before


def test_what_is_said_of_a_file_needs_one(tmp_path, capsys) -> None:
    assert main([*FEW, "start=2023-01-01", f"out={tmp_path / 'out'}"]) == 2
    assert "data is missing" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
