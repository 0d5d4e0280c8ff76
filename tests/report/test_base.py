"""A replay's own verdict: what a reader of page, short form and scorecard sees of it."""

import json
import math
from dataclasses import replace
from functools import partial
from html import unescape

from sim.calibration.base_fit import BaseFit, BaseRow, Verdict
from sim.report.base import base_lines, base_sentences, note_sentences, text_lines
from sim.report.document import Document
from sim.report.extras import ComparisonRecord
from sim.report.page import comparison_document
from sim.words.language import speaking
from tests.charts.comparisons import make_comparison
from tests.report.decisions import SURE
from tests.report.languages import bypassing, in_marks
from tests.report.test_page import EXTRAS, REPLAYED, Outline

RETURNS = BaseRow("total", "", "return_rate_6m", 0.29, 0.281, 0.252, 0.310, "fits")
FILL = BaseRow("total", "", "fill_rate", 0.98, 0.97, 0.965, 0.975, "fits")
VISITS = BaseRow("total", "", "visits_per_day", 10.0, 9.8, 9.4, 10.2, "fits")
MONTH = BaseRow("month", "2023-01", "visits_per_day", 4.0, 5.0, math.nan, math.nan, "off")
FITS = BaseFit("uniform", 3, (RETURNS, FILL, VISITS, MONTH))
OFF = BaseFit(
    "uniform", 3, (RETURNS, replace(FILL, simulated=0.5, low=0.48, high=0.52, verdict="off"), replace(VISITS, verdict="too few"))
)


def document(base: BaseFit) -> Document:
    """The report of a replay on this base, with a policy that gains clearly."""
    comparison = make_comparison({"wecasa_2025": SURE})
    return comparison_document(ComparisonRecord(comparison, replace(EXTRAS, replayed=REPLAYED, base=base)))


def test_a_base_that_fits_is_one_sentence_with_both_sides_of_each_figure() -> None:
    assert base_sentences(FITS) == [
        "The base fits: under uniform, which stands for the rule that served the file, new clients with a second visit within 183"
        " days 28.1 % (file 29.0 %); requests that found a pro 97.0 % (file 98.0 %); visits a day 9.8 (file 10.0)."
    ]


def test_a_base_that_is_off_names_the_figure_how_far_it_is_and_what_is_tolerated() -> None:
    first, unclear, few, rule = base_sentences(OFF)
    assert first == (
        "Policies are not ranked, for the base is off: under uniform, which stands for the rule that served the file, requests that"
        " found a pro 50.0 % (file 98.0 %), −48.00 points where 2.00 points are tolerated."
    )
    assert unclear == "Too few cases or replications to tell: visits a day 9.8 (file 10.0)."
    assert few == "Of luck between fewer than 5 replications little is known: more may settle it."
    assert rule.endswith("compare with that one: control=NAME.")
    assert few not in base_sentences(replace(OFF, replications=5))


def test_where_nothing_can_be_told_nothing_is_said_to_fit() -> None:
    verdict: Verdict = "too few"
    rows = tuple(replace(row, verdict=verdict) for row in FITS.totals)
    (only,) = base_sentences(replace(FITS, rows=rows))
    assert only.startswith("Whether the base fits cannot be told")


def test_visits_differ_by_a_share_of_the_files_and_a_band_that_is_not_known_is_not_shown() -> None:
    returns, _, visits, month = base_lines(FITS.rows)
    assert (returns.file, returns.simulated, returns.difference) == ("29.0 %", "28.1 % [25.2 to 31.0]", "−0.90 points")
    # 9.8 / 10 - 1 and 5 / 4 - 1
    assert (visits.simulated, visits.difference) == ("9.8 [9.4 to 10.2]", "−2.0 %")
    assert (month.by, month.value, month.simulated, month.difference) == ("Month", "2023-01", "5.00", "+25.0 %")
    # a share cannot be above 1, whatever luck could do
    (high,) = base_lines([replace(FILL, high=1.02)])
    assert high.simulated == "97.0 % [96.5 to 100.0]"
    (empty,) = base_lines([replace(VISITS, file=0.0)])
    assert empty.difference == "–"


def test_a_file_of_what_found_a_pro_says_so_beside_its_share() -> None:
    assert len(note_sentences(FITS)) == 1
    all_served = replace(FITS, rows=(RETURNS, replace(FILL, file=1.0), VISITS))
    assert note_sentences(all_served)[1] == "The file has no request that nobody accepted: it holds what found a pro."


def test_the_terminal_has_a_line_a_total() -> None:
    lines = text_lines(OFF)
    assert [line.split("  ")[0] for line in lines] == [
        "New clients with a second visit within 183 days",
        "Requests that found a pro",
        "Visits a day",
    ]
    assert [line.rsplit("  ", 1)[1] for line in lines] == ["fits", "off", "too few to tell"]


def test_on_a_base_that_fits_the_page_begins_with_its_sentence_and_decides() -> None:
    made = document(FITS)
    page = unescape(made.html)
    assert page.index(base_sentences(FITS)[0]) < page.index("is worth rolling out")
    outline = Outline(made.html)
    assert "The file beside the simulation" in outline.headings
    assert "Month 2023-01" in outline.text
    first, second = made.markdown.split("\n\n")[1:3]
    assert first.startswith("The base fits")
    assert second.startswith("**Roll out.**")
    assert "| Visits a day | 10.0 |" in made.markdown
    card = json.loads(made.scorecard or "")
    assert card["decision"]["outcome"] == "roll_out"
    assert (card["base"]["ranks"], card["base"]["arm"], card["base"]["text"]) == (True, "uniform", base_sentences(FITS))
    assert card["base"]["rows"][0] == {
        **{"by": "total", "value": "", "figure": "return_rate_6m", "file": 0.29, "simulated": 0.281, "low": 0.252, "high": 0.31},
        **{"verdict": "fits", "difference": 0.281 - 0.29},
    }
    assert card["base"]["rows"][3]["low"] is None


def test_on_a_base_that_is_off_nothing_is_recommended_and_every_table_stays() -> None:
    made = document(OFF)
    texts = (unescape(made.html), made.markdown.replace("\\", ""), json.dumps(json.loads(made.scorecard or ""), ensure_ascii=False))
    for text in texts:
        assert base_sentences(OFF)[0] in text
        assert "worth rolling out" not in text
        assert "calibrate a market on the file" in text
    card = json.loads(made.scorecard or "")
    assert (card["decision"]["outcome"], card["decision"]["arm"]) == ("not_ranked", None)
    assert {one.get("outcome") for one in card["arms"]} == {None, "not_ranked"}
    assert Outline(made.html).headings == Outline(document(FITS).html).headings
    # the effect of the policy is there, and no word on whether it is enough
    assert "wecasa_2025: not ranked. New clients who book again within 6 months +3.03 points" in made.markdown.replace("\\", "")
    assert "+3.03 points" in made.html
    assert "clearly enough" not in made.html


def test_a_comparison_of_drawn_requests_has_no_base() -> None:
    made = comparison_document(ComparisonRecord(make_comparison({"wecasa_2025": SURE}), EXTRAS))
    assert "The file beside the simulation" not in made.html
    assert "base" not in json.loads(made.scorecard or "")


def test_every_word_of_it_goes_through_the_catalogues() -> None:
    names = "wecasa uniform bookings csv"
    comparison = make_comparison({"wecasa_2025": SURE})
    known = bypassing(in_marks(lambda: comparison_document(ComparisonRecord(comparison, EXTRAS))), names)
    for base in (FITS, OFF):
        record = ComparisonRecord(comparison, replace(EXTRAS, base=base))
        assert bypassing(in_marks(partial(comparison_document, record)), names) <= known


def test_french_and_german_write_its_numbers_in_their_marks() -> None:
    with speaking("fr"):
        assert base_lines([RETURNS])[0].simulated == "28,1\u202f% [25,2 à 31,0]"
        assert "demandes ayant trouvé un pro 50,0\u202f%" in base_sentences(OFF)[0]
    with speaking("de"):
        assert base_lines([VISITS])[0].difference == "−2,0\u00a0%"
        assert "Anfragen, die einen Pro fanden 50,0\u00a0%" in base_sentences(OFF)[0]
