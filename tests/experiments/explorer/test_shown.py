"""Tables, charts, pairs and words, without a browser."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.explorer.cohorts import by_month
from experiments.explorer.gather import from_choice
from experiments.explorer.glossary import glossary, tip
from experiments.explorer.logs import log_of
from experiments.explorer.paired import pair, what_differs
from experiments.explorer.pictures import as_zip, picture, pictures, pictures_alike, title_of
from experiments.explorer.pros import pro_story
from experiments.explorer.story_charts import plot_months, plot_pro_score, plot_pro_sessions, plot_pro_visibility
from experiments.explorer.tables import headline_table, runs_table, table_csv, table_parquet
from sim.charts import style
from sim.config import ConfigError
from sim.metrics.cohort import Cohort
from sim.report.format import headline_metrics
from tests.charts.comparisons import small_print
from tests.charts.words import unreadable
from tests.experiments.explorer.stories import story_log
from tests.experiments.explorer.tiny import TINY


@pytest.fixture(scope="module")
def other(folders):
    return from_choice(replace(TINY, min_sessions=3, replications=3), folders)


def test_the_glossary_has_every_term_and_neither_header_nor_rule():
    assert glossary()["K"] == glossary()["payback bookings"]
    assert {"arm", "store", "cohort", "visibility", "score"} <= set(glossary())
    assert "term" not in glossary()
    assert not any(set(term) <= {"-", " "} for term in glossary())
    with pytest.raises(KeyError):
        tip("blockchain")


def test_the_table_says_verdict_and_difference_first_then_the_means(finished):
    table = headline_table(finished.comparison)
    assert list(table) == ["Metric", "wecasa_2025 against uniform", "uniform", "wecasa_2025"]
    assert len(table["Metric"]) == len(headline_metrics(finished.comparison))
    row = finished.comparison.difference("wecasa_2025", "return_rate_6m")
    verdict, _, numbers = table["wecasa_2025 against uniform"][0].partition(": ")
    assert row.verdict in verdict
    assert "points" in numbers
    assert len(headline_table(finished.comparison, all_metrics=True)["Metric"]) > len(table["Metric"])


def test_runs_as_files_hold_every_metric_of_every_run(finished):
    table = runs_table(finished)
    assert table.num_rows == 4
    back = pq.read_table(io.BytesIO(table_parquet(table)))
    # as text: what is not defined equals itself
    assert str(back.to_pydict()) == str(table.to_pydict())
    assert table_csv(table).startswith(b'"arm","replication","return_rate_6m"')
    values = finished.runs.values("uniform")["fill_rate"]
    assert back["fill_rate"].to_pylist()[:2] == list(values)


def test_the_charts_are_the_report_s_to_the_byte(finished, tmp_path):
    shown = pictures(finished)
    assert {"differences", "second_booking", "exposure", "new_pro"} <= {each.name for each in shown}
    one = shown[1]
    style.save(one.figure, tmp_path, one.name)
    assert one.svg() in (tmp_path / f"{one.name}.svg").read_text()
    assert one.png() == (tmp_path / f"{one.name}.png").read_bytes()
    assert all(each.alt and each.caption for each in shown)
    assert title_of({one.name: one})(one.name) == "How soon new clients book again"


def test_charts_as_a_zip_are_the_same_bytes_again(finished):
    some = pictures(finished)[:2]
    packed = as_zip(some)
    assert packed == as_zip(some)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        assert files.namelist() == ["differences.png", "differences.svg", "second_booking.png", "second_booking.svg"]


def test_two_settings_are_drawn_on_the_same_axes_and_the_first_stays_as_it_was(finished, other):
    before = [each.figure.axes[0].get_xlim() for each in pictures(finished)]
    ours, theirs = pictures_alike(finished, other)
    assert list(ours) == [each.name for each in pictures(finished)]
    for name, left in ours.items():
        assert left.figure.axes[0].get_xlim() == theirs[name].figure.axes[0].get_xlim()
    assert ours["payback"].figure.axes[0].get_ylim() == theirs["payback"].figure.axes[0].get_ylim()
    assert [each.figure.axes[0].get_xlim() for each in pictures(finished)] == before


def test_b_minus_a_is_paired_over_the_replications_that_both_have(finished, other):
    found = pair(finished, other)
    assert found.n_left_out == 1
    assert found.comparison.n_replications == 2
    a = finished.runs.values("wecasa_2025")["return_rate_6m"]
    b = other.runs.values("wecasa_2025")["return_rate_6m"][:2]
    assert found.comparison.difference("B", "return_rate_6m").difference == pytest.approx(np.mean(b - a))


def test_a_setting_against_itself_is_identical(finished):
    found = pair(finished, finished)
    assert {row.verdict for row in found.comparison.differences} <= {"identical", "not defined"}
    assert found.comparison.difference("B", "return_rate_6m").verdict == "identical"
    assert what_differs(finished, finished) == []


def test_other_seeds_make_no_pairs(finished, folders):
    with pytest.raises(ConfigError, match="seed = 2, must be 1 as in A for paired differences"):
        pair(finished, from_choice(replace(TINY, seed=2), folders))


def test_what_differs_is_named_by_its_key(finished, other):
    assert what_differs(finished, other) == [("arms.wecasa_2025.score.min_sessions", "30", "3"), ("replications", "2", "3")]


def test_charts_of_one_run_name_what_they_show_and_say_when_there_is_nothing(finished):
    cohort = Cohort(log_of(finished, "wecasa_2025", 0))
    months = plot_months(by_month(cohort), "wecasa_2025")
    assert unreadable(months) == []
    assert "wecasa_2025, one run" in small_print(months)
    story = pro_story(Cohort(story_log()), 0)
    for plot in (plot_pro_sessions, plot_pro_score, plot_pro_visibility):
        ax = plot(story)
        assert "pro 0, one run" in small_print(ax)
        assert "score counts" in small_print(ax)
        assert unreadable(ax) == []
        assert picture("x", ax, "c", "a").svg().startswith("<svg ")
    assert "threshold: 10" in small_print(plot_pro_sessions(story))
    nothing = replace(story, refresh_days=np.array([]), score=np.array([]), counted=np.array([], bool), visibility=np.array([]))
    assert "not there at any refresh" in " ".join(small_print(plot_pro_visibility(nothing)).split())
    empty = by_month(Cohort(replace(story_log(), facts=dict(story_log().facts) | {"horizon_days": 100.0})))
    assert "No month has clients" in " ".join(small_print(plot_months(empty, "a")).split())
