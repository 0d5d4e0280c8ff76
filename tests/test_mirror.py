"""A module's tests lie where the module lies: ``sim/a/b.py`` in ``tests/a/test_b.py``, ``experiments/a/b.py`` in
``tests/experiments/a/test_b.py``. What is tested elsewhere is listed here, with where and why."""

from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

ELSEWHERE = {
    # what is declared, without behaviour of its own
    "sim/arrays.py": ("contracts/test_plugins.py", "names of types"),
    "sim/shadow/past.py": ("shadow/test_weights.py", "what was known is what the engine's platform knew"),
    "sim/shadow/logged.py": ("shadow/test_weights.py", "what was known is what the engine's platform knew"),
    "sim/views.py": ("engine/test_platform.py", "what the platform shows is tested where it is filled"),
    "sim/log.py": ("engine/test_record.py", "a log is what the engine records"),
    "sim/programmes/base.py": ("contracts/test_plugins.py", "a contract, held against every programme"),
    "sim/metrics/catalogue.py": ("contracts/test_plugins.py", "a table"),
    "sim/metrics/cohort.py": ("metrics/test_retention.py", "windows, tested by the metrics that use them"),
    "sim/report/assumptions.py": ("report/test_translated.py", "texts"),
    "sim/report/extras.py": ("report/test_page.py", "data of a page"),
    "sim/report/document.py": ("report/test_page.py", "data of a page"),
    "sim/report/answers/interplay/sections.py": ("report/answers/test_kind.py", "a table"),
    "sim/report/answers/programmes/sections.py": ("report/answers/test_kind.py", "a table"),
    "sim/report/answers/robust_order/sections.py": ("report/answers/test_kind.py", "a table"),
    "sim/report/answers/threshold_map/sections.py": ("report/answers/test_kind.py", "a table"),
    "experiments/cli/help.py": ("experiments/test_compare.py", "texts, shown by every command"),
    "sim/worlds/found.py": ("experiments/test_worlds.py", "data of a decision over worlds"),
    # one question that several files answer together
    "sim/designs/pro.py": ("designs/test_client.py", "who is drawn, one by one"),
    "sim/designs/counterfactual.py": ("designs/test_client.py", "who is drawn, one by one"),
    "sim/designs/two_sided.py": ("designs/test_client.py", "who is drawn, one by one"),
    "sim/designs/zone*.py": ("designs/test_switchback.py", "where and when, as wholes"),
    "sim/worlds/measurements.py": ("worlds/test_information.py", "data whose worth is tested"),
    "experiments/trials/tried.py": ("experiments/trials/test_plan.py", "what a plan is made of"),
    "experiments/trials/results.py": ("experiments/test_lab.py", "the lab, as its user runs it"),
    "experiments/trials/observed_*.py": ("experiments/trials/test_observed.py", "one analysis, from its file to its page"),
    "experiments/trials/record.py": ("experiments/test_lab.py", "the lab, as its user runs it"),
    "experiments/trials/export.py": ("experiments/test_lab.py", "the lab, as its user runs it"),
    "experiments/trials/rollout_tables.py": ("experiments/trials/test_watching.py", "a rollout, from its runs to its tables"),
    "sim/report/observed_*.py": ("report/test_observed.py", "one page, from its data to its words"),
    "experiments/hindsight/simulated.py": ("experiments/test_offpolicy.py", "policies judged by simulated logs, as a user runs it"),
    "experiments/hindsight/results.py": ("experiments/test_offpolicy.py", "policies judged by simulated logs, as a user runs it"),
    "experiments/hindsight/observed_past.py": ("experiments/hindsight/test_observed.py", "one file, from its rows to its table"),
    "experiments/hindsight/propensities.py": ("experiments/hindsight/test_observed.py", "one file, from its rows to its table"),
    "sim/report/offpolicy_*.py": ("report/test_offpolicy.py", "one page, from its data to its words"),
    "experiments/search/record.py": ("experiments/test_tune.py", "a search, as its user runs it"),
    "experiments/search/tables.py": ("experiments/test_tune.py", "a search, as its user runs it"),
    "sim/report/tune_*.py": ("report/test_tune.py", "one page, from its data to its words"),
    "experiments/uncertain/*.py": ("experiments/test_worlds.py", "a decision over worlds, as its user runs it"),
    "experiments/comparison/worlds.py": ("experiments/test_worlds.py", "a decision over worlds, as its user runs it"),
    "sim/estimators/runs.py": ("estimators/test_switchback.py", "runs of periods are tested by the estimates made of them"),
    "sim/calibration/client_*.py": ("calibration/test_fit.py", "the likelihood is tested by what is fitted with it"),
    "sim/calibration/clients.py": ("calibration/test_findings.py", "one reading of a file, from rows to findings"),
    "sim/calibration/file_market.py": ("calibration/test_findings.py", "one reading of a file, from rows to findings"),
    "sim/calibration/first_visit.py": ("calibration/test_risks.py", "risks read from a file, and matched"),
    "sim/calibration/ratings.py": ("calibration/test_findings.py", "one reading of a file, from rows to findings"),
    "sim/calibration/reader.py": ("calibration/test_findings.py", "one reading of a file, from rows to findings"),
    "sim/calibration/sessions.py": ("calibration/test_findings.py", "one reading of a file, from rows to findings"),
    "sim/charts/*.py": ("charts/test_style.py", "every chart by the same rules: bytes, labels, colours, n"),
    "sim/report/figures.py": ("report/test_page.py", "the page's figures"),
    "sim/report/html.py": ("report/test_page.py", "the page's template"),
    "sim/report/replayed.py": ("report/test_page.py", "what the page of a replay says"),
    "sim/report/sheet.py": ("report/test_published.py", "short pages"),
    "sim/report/part.py": ("report/answers/test_page.py", "the data that every section reads"),
    "sim/report/answers/base.py": ("report/answers/test_page.py", "what every section is made of"),
    "sim/report/answers/interplay/*.py": ("report/answers/test_page.py", "sections of one page"),
    "sim/bookings/cells.py": ("bookings/test_rows.py", "one understanding of a table, from cells to rows"),
    "sim/bookings/whose.py": ("bookings/test_rows.py", "one understanding of a table, from cells to rows"),
    "sim/bookings/quantities.py": ("bookings/test_rows.py", "one understanding of a table, from cells to rows"),
    "sim/bookings/understood.py": ("bookings/test_rows.py", "one understanding of a table, from cells to rows"),
    "sim/bookings/sheet.py": ("bookings/sources/test_open.py", "data of a source"),
    "sim/bookings/sources/*.py": ("bookings/sources/test_open.py", "kinds of source, opened as one"),
    "sim/bookings/sources/dialect.py": ("bookings/sources/test_delimited.py", "one reading of a text, from bytes to columns"),
    # driven from the outside, as its user does
    "experiments/doctor.py": ("experiments/bookings/test_doctor.py", "the command and its folder"),
    "experiments/bookings/*.py": ("experiments/bookings/test_doctor.py", "one file, from its name to its page"),
    "experiments/api/*.py": ("experiments/api/test_api.py", "the public functions, as a notebook calls them"),
    "experiments/calibrate.py": ("experiments/calibration/test_results.py", "the command and its folder"),
    "experiments/calibration/streams.py": ("experiments/calibration/test_fit.py", "random numbers of each step"),
    "experiments/cli/command.py": ("experiments/test_compare.py", "every command goes through it"),
    "experiments/cli/exits.py": ("experiments/execution/test_runner.py", "how a command ends"),
    "experiments/comparison/points_tables.py": ("experiments/plans/test_programmes.py", "a comparison with points"),
    "experiments/comparison/published.py": ("experiments/test_realism.py", "the command and its folder"),
    "experiments/comparison/*.py": ("experiments/test_compare.py", "the command and its folder"),
    "experiments/execution/*.py": ("experiments/execution/test_runner.py", "workers, files and jobs, driven by the runner"),
    "experiments/explorer/*.py": ("experiments/explorer/test_app.py", "screens, driven by streamlit's own test"),
    "experiments/outputs/*.py": ("experiments/test_report.py", "an out folder, written, read and rebuilt"),
    "experiments/plans/*.py": ("experiments/plans/test_compose.py", "from overrides to a plan"),
    "experiments/replay.py": ("experiments/replays/test_plan.py", "the command and its folder"),
    "experiments/replays/*.py": ("experiments/replays/test_plan.py", "one job, from its file to its folder"),
    "experiments/search/told.py": ("experiments/search/test_sampling.py", "what a search is told, by who tells it"),
    "experiments/selection/*.py": ("experiments/test_select.py", "the command and its folder"),
    "experiments/store.py": ("experiments/execution/test_inventory.py", "the command and what it does to a store"),
    "experiments/studies/*.py": ("experiments/test_study.py", "the command and its folder"),
    "benchmarks/*.py": ("benchmarks/test_engine_bench.py", "one table, made in one go"),
}
"""By pattern of modules: the file in ``tests`` that tests them, and why it is not the mirrored one."""


def modules() -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for top in ("sim", "experiments", "benchmarks")
        for path in sorted((ROOT / top).rglob("*.py"))
        if path.name != "__init__.py"
    ]


def mirrored(module: str) -> Path:
    path = PurePosixPath(module.removeprefix("sim/"))
    return ROOT / "tests" / path.parent / f"test_{path.name}"


def patterns_of(module: str) -> list[str]:
    return [pattern for pattern in ELSEWHERE if PurePosixPath(module).match(pattern)]


UNMIRRORED = [module for module in modules() if not mirrored(module).is_file()]


def test_every_module_has_tests_where_it_lies_or_says_where_else() -> None:
    assert [module for module in UNMIRRORED if not patterns_of(module)] == []


@pytest.mark.parametrize("pattern", ELSEWHERE)
def test_what_is_listed_is_needed_and_there(pattern: str) -> None:
    file, _ = ELSEWHERE[pattern]
    assert (ROOT / "tests" / file).is_file()
    assert any(pattern in patterns_of(module) for module in UNMIRRORED), "every such module has tests of its own"


def test_no_folder_of_tests_is_a_package() -> None:
    assert [path for path in (ROOT / "tests").rglob("__init__.py") if path.parent != ROOT / "tests"] == []
