"""The report: complete, self-contained, safe and the same on every run."""

import base64
import hashlib
import math
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from sim.bookings.rows import DROPPED, ROWS, Issue
from sim.charts.new_pro import plot_new_pro
from sim.metrics.catalogue import METRICS
from sim.report.extras import ReportExtras
from sim.report.format import difference as difference_text
from sim.report.page import render_report, report_figures
from sim.report.replayed import Replayed, TeamSummary
from sim.report.rule import DecisionRule, Guardrail, decide
from sim.said import number, say
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval
from sim.words.language import speaking
from tests.charts.comparisons import EIGHT, GAIN, make_comparison, small_print

RULE = DecisionRule(
    smallest_effect=0.005,
    min_replications=3,
    guardrails=(Guardrail("exposure_gini", "up", 0.05),),
    question="Does today's rule beat equal visibility?",
)
EXTRAS = ReportExtras(
    rule=RULE,
    market="personal_care",
    arm_descriptions={"uniform": "Equal visibility for all.", "wecasa_2025": "Today's published rule."},
    min_sessions=30,
    share_of_oracle_gain={
        "uniform": Interval(0.0, 0.0, 0.0, 3),
        "wecasa_2025": Interval(0.1712, 0.112, 0.229, 3),
        "oracle": Interval(math.nan, math.nan, math.nan, 3),
    },
    assumptions=["Prices are assumptions."],
    command="python -m experiments.compare replications=3",
    seed=1,
    versions={"numpy": "2.4.6", "python": "3.11.2"},
    n_clients=17_076,
    n_pros=120,
    horizon_days=1278.0,
    warmup_days=366.0,
)
THREE = make_comparison({"wecasa_2025": (0.03, 0.03, 0.031), "oracle": (0.09, 0.09, 0.091)})
VOID = ("meta", "br", "link", "img", "input", "hr")


class Outline(HTMLParser):
    """Checks that tags are balanced, and keeps headings, ids, references, captions and alternative texts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.alts: list[str] = []
        self.tags: dict[str, int] = {}
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attrs:
            assert not name.startswith("on"), f"{name} on {tag}"
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "href", "xlink:href", "action", "data"):
                self.links.append(str(value))
        if dict(attrs).get("role") == "img":
            self.alts.append(str(dict(attrs)["aria-label"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(THREE, EXTRAS)


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_the_page_tells_its_story_in_order(outline: Outline) -> None:
    assert outline.headings == [
        "Which policy brings more clients back?",
        "Policy by policy",
        "Headline numbers",
        "Beside a reference that knows the truth",
        "Charts",
        "Who gains and who pays",
        "All numbers",
        "How sure we are",
        "Is the market real?",
        "Assumptions and limits",
        "How to reproduce",
        "Words used",
    ]
    text = outline.text
    assert "Does today's rule beat equal visibility?" in text
    assert text.index("Roll out ") < text.index("wecasa_2025 is worth rolling out") < text.index(" Policy by policy ")
    assert "What follows: Roll it out in the real market step by step" in text
    assert "about 17,076 new clients and 120 pros in a run of 1,278 days, the first 366" in text
    bought = render_report(THREE, replace(EXTRAS, pays_for_growth=True), ())
    assert "at most 17,076 new clients" in bought
    assert "3 replications of each of 3 arms" in text


def test_what_the_table_of_policies_says_is_not_said_again_below_it(outline: Outline) -> None:
    section = outline.text.split(" Policy by policy ")[1].split("The rule, set before the runs")[0]
    difference = difference_text(decide(THREE, RULE).arms["wecasa_2025"].effect, "share")
    assert section.count(difference) == 1
    assert "Today's published rule." in section
    # of an arm without a decision there is no row
    assert "uniform Equal visibility for all. The control." in " ".join(section.split())


def test_the_page_is_the_same_to_the_byte_when_built_again(page: str) -> None:
    assert page == render_report(THREE, EXTRAS)
    assert page == render_report(THREE, EXTRAS, report_figures(THREE, EXTRAS))


def test_the_page_asks_nothing_of_the_network(page: str, outline: Outline) -> None:
    assert not re.search(r"https?:|//[a-z]", re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    assert "src=" not in page
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert outline.links
    assert all(link.startswith("#") for link in outline.links)
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(outline.tags)
    assert len(page.encode()) < 2_000_000


def test_charts_share_no_id_and_find_their_own_parts(page: str, outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    wanted = {link.removeprefix("#") for link in outline.links} | set(re.findall(r"url\(#([^)]*)\)", page))
    assert wanted <= set(outline.ids)
    # a style element inside a drawing would hold for the whole page
    assert outline.tags["style"] == 1


def test_all_charts_are_there_with_alternative_text_and_caption(page: str, outline: Outline) -> None:
    names = re.findall(r'<figure id="(\w+)">', page)
    assert names[:7] == ["differences", "second_booking", "payback", "exposure", "score_truth", "score_error", "new_pro"]
    assert len(names) == 14  # and the 7 other headline numbers
    assert outline.tags["svg"] == len(outline.alts) == 14
    assert page.count("<figcaption>") == 7
    # two arms read together: .030333 -+ t(.9875, 2 degrees) = 6.2053 times .00033333, which is .0020684
    assert "wecasa_2025 +3.03 points [+2.83, +3.24], better" in outline.alts[0]
    assert all(len(alt) > 40 for alt in outline.alts)


def test_text_of_others_is_escaped_everywhere() -> None:
    evil = "<script>alert('x')</script>\"&"
    comparison = make_comparison({evil: GAIN}, control="</svg><b>", references=[])
    extras = replace(
        EXTRAS,
        rule=replace(RULE, question=evil, follows=dict.fromkeys(("roll_out", "discuss", "do_not_roll_out"), evil)),
        strict=(evil,),
        hashes={evil: evil},
        realism_arm=evil,
        market=evil,
        arm_descriptions={evil: evil},
        share_of_oracle_gain={evil: Interval(0.5, 0.4, 0.6, 3)},
        assumptions=[evil],
        command=evil,
        versions={evil: evil},
    )
    page = render_report(comparison, extras)
    seen = Outline(page)
    assert seen.tags["script"] == 1
    assert "b" not in seen.tags
    assert seen.tags["svg"] == 14
    assert "alert" not in re.sub(r"&lt;script&gt;alert\(&#39;x&#39;\)&lt;/script&gt;&#34;&amp;", "", page)
    # and it can still be read
    assert seen.text.count(evil) > 10


def test_verdicts_are_words_and_not_only_colours(outline: Outline) -> None:
    for word in ("better", "identical", "control", "(reference)"):
        assert word in outline.text


def test_shares_of_the_gain_are_shown_and_a_missing_one_is_a_dash_with_a_reason(outline: Outline) -> None:
    assert "wecasa_2025 17 % [11 to 23]" in outline.text
    assert "oracle – In the primary metric" in re.sub(r"\s+", " ", outline.text)
    assert "– means not defined: the reference’s own gain is missing or not clear of zero" in outline.text
    assert "Not measured" in Outline(render_report(THREE, replace(EXTRAS, share_of_oracle_gain={}))).text


def test_what_is_not_defined_is_a_dash_and_never_nan() -> None:
    nothing = {arm: {"months_to_break_even": (math.nan,) * 3} for arm in ("uniform", "wecasa_2025")}
    text = Outline(render_report(make_comparison({"wecasa_2025": GAIN}, metrics=nothing), EXTRAS)).text
    assert "uniform (control)" in text
    assert "– not defined" in text
    assert "– means not defined: there was nobody to count" in text
    assert "nan" not in re.findall(r"[A-Za-z]+", text.lower())


def test_every_number_is_in_the_closed_table_which_opens_in_print(page: str, outline: Outline) -> None:
    table = page[page.index("<details>") : page.index("</details>")]
    for metric in METRICS:
        assert metric.name in table
        assert metric.label.replace("'", "&#39;") in table
    assert table.count('<th scope="row">') == len(METRICS) * 3
    assert "<details open" not in page
    assert "details::details-content { content-visibility: visible" in page
    assert 'addEventListener("beforeprint"' in page


def test_who_gains_and_who_pays_names_clients_pros_and_platform(page: str) -> None:
    table = page[page.index("Who gains and who pays") : page.index("All numbers")]
    assert re.findall(r'<th scope="rowgroup"[^>]*>([^<]*)</th>', table) == ["Clients", "Pros", "Platform"]
    for label in ("Inequality of exposure", "Inequality of earnings", "Days until a new pro", "Requests that a pro accepted"):
        assert label in table


def test_the_page_says_how_to_get_it_again_and_what_its_words_mean(page: str, outline: Outline) -> None:
    assert "<pre>python -m experiments.compare replications=3</pre>" in page
    assert "Seed 1, 3 replications." in outline.text
    assert "numpy 2.4.6, python 3.11.2" in outline.text
    assert "Prices are assumptions." in outline.text
    terms = [unescape(term) for term in re.findall(r"<dt>([^<]*)</dt>", page)]
    for word in ("Visibility", "Fidelity score", "Counted", "Arm", "Control", "Interval, half-width", "Oracle", "Truth"):
        assert word in terms


@pytest.mark.parametrize(
    ("comparison", "n_charts"),
    [(make_comparison({}), 7), (make_comparison({"a": GAIN}, n_replications=1), 14), (make_comparison(EIGHT), 14)],
    ids=["one arm", "one replication", "eight arms"],
)
def test_small_and_large_comparisons_have_a_page_too(comparison: Comparison, n_charts: int) -> None:
    page = render_report(comparison, replace(EXTRAS, share_of_oracle_gain={}, min_sessions=0))
    assert Outline(page).tags["svg"] == n_charts
    assert "broken line" not in page
    assert len(page.encode()) < 2_000_000


def test_a_negative_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="min_sessions = -1, must be >= 0"):
        render_report(THREE, replace(EXTRAS, min_sessions=-1))


REPLAYED = Replayed(
    mode="first_requests",
    source="<bookings>.csv",
    first="2024-01-01",
    last="2024-12-31",
    digest="0" * 64,
    issues=[
        Issue(say("no client"), 1234, ROWS, DROPPED),
        Issue(say("no zone"), 7, say("rows of {n}", n=number(45_678, ",")), say("drawn, all alike")),
        Issue(say("service {name}, not of the market", name="{x}"), 3, ROWS, say("taken as {service}", service="hair")),
    ],
    left_out=[],
    team=TeamSummary(12, False, ["zones", "services"]),
    zones=False,
)


def test_a_replay_says_what_was_replayed_and_what_was_done_with_bad_rows() -> None:
    outline = Outline(render_report(THREE, replace(EXTRAS, replayed=REPLAYED)))
    assert outline.headings[0] == "Which policy would have brought more clients back?"
    assert "What was replayed" in outline.headings
    for words in (
        *("1,234 rows", "7 rows of 45,678", "service {x}, not of the market", "taken as hair", "another period’s requests"),
        *("These are the requests of <bookings>.csv from 2024-01-01 to 2024-12-31", "the file’s 12", "zones and services apart"),
    ):
        assert words in outline.text
    assert "What was replayed" not in Outline(render_report(THREE, EXTRAS)).headings


def test_the_data_quality_table_is_in_the_language_of_the_page() -> None:
    with speaking("de"):
        text = Outline(render_report(THREE, replace(EXTRAS, replayed=REPLAYED))).text
    assert "kein Kunde" in text
    assert "7 von 45.678 Zeilen" in text
    assert "Dienst {x}, nicht vom Markt" in text


def test_where_returns_were_not_measured_nothing_speaks_of_them() -> None:
    rows = tuple(row for row in THREE.summaries if row.metric in ("fill_rate", "exposure_gini"))
    other = replace(THREE, summaries=rows)
    extras = replace(
        EXTRAS, rule=DecisionRule(primary="fill_rate"), replayed=replace(REPLAYED, mode="all_requests"), share_of_oracle_gain={}
    )
    names = [figure.name for figure in report_figures(other, extras)]
    assert names[0] == "differences"
    assert {"second_booking", "payback", "score_truth", "score_error"}.isdisjoint(names)
    outline = Outline(render_report(other, extras))
    assert "How much of the possible gain a policy gets" not in outline.headings
    assert "book again within 6 months" not in outline.text
    assert "Requests that a pro accepted" in outline.text
    assert "it is for returns" in outline.text


def test_the_browser_may_load_nothing_and_run_only_our_script(page: str, outline: Outline) -> None:
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])  # type: ignore[index]
    assert policy.startswith("default-src 'none'; ")
    (inline,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert outline.tags["script"] == 1


def test_tables_that_sort_have_plain_numbers_to_sort_by(page: str) -> None:
    tables = re.findall(r'<table class="[^"]*sortable.*?</table>', page, re.DOTALL)
    assert len(tables) == 3
    for one in tables:
        assert all(key == "" or math.isfinite(float(key)) for key in re.findall(r'data-sort="([^"]*)"', one))
    # what is not defined sorts as nothing, never as nan
    alone = render_report(make_comparison({"one": GAIN}, n_replications=1), EXTRAS, ())
    assert not re.findall(r'data-sort="(?:nan|inf)', alone)
    # without the script nothing pretends to be a button
    assert "<button" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "aria-sort" in page


def test_guardrails_are_named_with_their_limits_and_verdicts(outline: Outline) -> None:
    assert "Guardrail: Inequality of exposure between pros (Gini), up by 0.050 at most" in outline.text
    assert "0.000 [0.000, 0.000] within limit" in outline.text


def test_a_policy_that_also_orders_strictly_is_said_beside_the_decision(page: str) -> None:
    strict = Outline(render_report(THREE, replace(EXTRAS, strict=("wecasa_2025", "oracle")), ()))
    said = "wecasa_2025 also orders pros strictly, while uniform draws them by weight"
    assert said in strict.text
    assert said not in page
    # and when the control does so as well there is nothing to say
    assert said not in render_report(THREE, replace(EXTRAS, strict=("wecasa_2025", "uniform")), ())
    assert "without wecasa_2025 and oracle" in small_print(plot_new_pro(THREE, strict=("wecasa_2025", "oracle"))).replace("\n", " ")


def test_nobody_who_breaks_even_is_no_mean_and_no_verdict() -> None:
    never = {arm: {"months_to_break_even": (24.0,) * 3} for arm in ("uniform", "wecasa_2025")}
    text = Outline(render_report(make_comparison({"wecasa_2025": GAIN}, metrics=never), EXTRAS, ())).text
    assert "not within 24 months" in text
    assert "24.0 ± 0.0 months" not in text


def test_growth_is_what_the_platform_gains(page: str) -> None:
    table = page[page.index("Who gains and who pays") : page.index("All numbers")]
    for label in ("Contribution of the platform per year, net of acquisition", "New clients per month, last quarter"):
        assert label in table


def test_the_market_is_held_against_published_figures_under_one_of_the_arms(page: str) -> None:
    assert "Not judged here: " in page
    # .30, .31 and .321: .31033 -+ t(.975, 2) .010504 / sqrt(3) = .02609
    real = Outline(render_report(THREE, replace(EXTRAS, realism_arm="wecasa_2025"), ()))
    assert (
        "31.0 ± 2.6 % 29.5 to 30.5 % not clear yet 28.0 to 32.0 % within published: 30 % of new clients book again within 6 months"
        in real.text
    )


def test_the_page_says_of_an_unclear_policy_how_many_runs_would_settle_it() -> None:
    # mean .03 with sd .02, what matters is .005: settled from 5 replications on
    page = render_report(make_comparison({"one": (0.01, 0.03, 0.05)}), replace(EXTRAS, rule=replace(RULE, guardrails=())))
    assert "Were means and spreads to stay as they are, 5 replications would settle it." in Outline(page).text
