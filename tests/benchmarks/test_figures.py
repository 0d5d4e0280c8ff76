"""The figures that README and docs quote are those of the code."""

import json
import re

import pytest

from benchmarks import figures
from experiments.execution.keys import RESULT_DIGEST

RESULT = re.compile(r"\d\s*±\s*\d|\d %? ?\[[+−-]?[\d.]+,? ")
"""How results of runs are written: 30.0±0.7, 14 % [12, 16]."""
DATED = ("docs/findings/", "docs/model/facts.md", "docs/model/otherwise.md")
"""Pages whose figures hold as of their date, or come from their sources."""


@pytest.mark.parametrize("page", figures.pages(), ids=[str(path.relative_to(figures.ROOT)) for path in figures.pages()])
def test_every_quoted_figure_is_what_the_code_gives(page):
    text = page.read_text(encoding="utf-8")
    assert figures.written(text) == text, "run make figures"


def test_the_values_behind_quoted_figures_are_those_of_the_model():
    # one of the replications, which another state of the source exchanges for another one
    n_replications = len(next(iter(figures.stored().values["uniform"].values())))
    assert figures.stale_values(int(RESULT_DIGEST[:8], 16) % n_replications) == []


def test_stored_values_are_of_the_default_comparison_as_it_is_configured():
    stored, settings = figures.stored().values, figures.settings()
    assert list(stored) == list(settings["arm"])
    assert {name for metrics in stored.values() for name in metrics} == figures.kept_metrics()
    assert {len(column) for metrics in stored.values() for column in metrics.values()} == {settings["replications"]}


def test_realism_judges_the_runs_whose_values_are_kept():
    realism, compare = figures.realism_settings(), figures.settings()
    assert [realism["control"]] == realism["arm"]
    assert realism["control"] in compare["arm"]
    for key in ("market", "seed", "replications", "engine"):
        assert realism[key] == compare[key]
    arm = realism["control"]
    assert realism["arms"][arm] == compare["arms"][arm]


def test_the_picture_was_drawn_with_the_values_that_are_kept():
    assert figures.picture_digest() == figures.stored().picture


def test_a_wrong_number_is_seen_and_mended():
    wrong = "for <!--= replications -->9<!-- --> runs\n<!-- figure: realism -->\nold\n<!-- end -->\n"
    right = figures.written(wrong)
    assert f"-->{figures.settings()['replications']}<!--" in right
    assert "same_pro_return_share" in right
    assert "old" not in right


def test_an_unknown_figure_is_refused():
    with pytest.raises(figures.StaleError, match="figure = 'mean_luck', must be one of: compare, "):
        figures.written("<!--= mean_luck -->3<!-- -->")


def test_a_changed_model_is_seen(monkeypatch, tmp_path):
    # as if the model had moved one metric of one arm since the values were kept
    kept = json.loads(figures.VALUES.read_text(encoding="utf-8"))
    kept["values"]["rating"]["fill_rate"][0] -= 0.2
    (tmp_path / "figures.json").write_text(json.dumps(kept))
    monkeypatch.setattr(figures, "VALUES", tmp_path / "figures.json")
    figures.forget()
    try:
        (wrong,) = figures.stale_values(0)
        assert wrong.startswith("rating, fill_rate, replication 0: stored 0.7")
        with pytest.raises(figures.StaleError, match="run make figures"):
            figures.written("<!-- figure: compare -->\n<!-- end -->")
    finally:
        figures.forget()


def test_every_figure_says_what_it_is_made_from_and_is_quoted():
    quoted = {name for page in figures.pages() for name in re.findall(r"<!-- figure: (\w+)|<!--= (\w+)", page.read_text("utf-8"))}
    assert {one or other for one, other in quoted} == set(figures.FIGURES)
    assert all(figure.source for figure in figures.FIGURES.values())


@pytest.mark.parametrize("page", figures.pages(), ids=[str(path.relative_to(figures.ROOT)) for path in figures.pages()])
def test_results_of_runs_stand_between_marks_or_on_a_dated_page(page):
    text = page.read_text(encoding="utf-8")
    if str(page.relative_to(figures.ROOT)).startswith(DATED):
        assert page.name in ("facts.md", "index.md") or re.search(r"^As of \d{4}-\d\d-\d\d", text, re.MULTILINE)
        return
    unmarked = figures.INLINE.sub("", figures.BLOCK.sub("", text))
    # Each row of the model card's table of defaults cites the fact that its interval comes from
    rows = [line for line in unmarked.splitlines() if not re.match(r"\|.*\| [A-G]\d*[:( ]", line)]
    assert RESULT.findall("\n".join(rows)) == []
