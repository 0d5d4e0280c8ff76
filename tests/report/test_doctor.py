import numpy as np

from sim.report.doctor import DoctorPage, DoctorRecord, MeaningLine, Tally, doctor_document, lines_of, longest_gaps
from sim.said import say
from sim.words.language import speaking

QUALITY = {
    **{"rows": 9, "rows_used": 7, "left_out": {"status": 2}, "clients": 3, "visits": 7, "first_day": "2023-01-02"},
    **{"last_day": "2023-09-01", "followed": 2, "return_rate_6m": 0.5, "price_median": 45.0, "rating_mean": None},
    **{"lead_days_mean": None, "hours": None, "warnings": []},
}


def record(refusal: str = "") -> DoctorRecord:
    page = DoctorPage(
        source="<b>shop</b>",
        state="cannot be read" if refusal else "look first",
        refusal=refusal,
        quality={} if refusal else QUALITY,
        columns=[MeaningLine("client", "Customer <ID>", "a•", say("as mapped"), 1.0)],
        issues=(),
        warnings=[say("{column}: {note}", column="price", note=say("no date"))],
        gaps=[("2023-02-01", "2023-02-10", 10)],
        tallies=[Tally("Status", [("Done", "done", 7), ("<i>", "left_out", 2)], 3)],
        fitness=(),
        command="python -m experiments.doctor data=x.csv",
        following="python -m experiments.calibrate data=x.csv",
    )
    return DoctorRecord(page, 19359, np.zeros(0, np.int64) if refusal else np.r_[3, np.zeros(30, np.int64), 4], np.zeros(0))


def test_the_page_says_what_is_in_the_file_and_escapes_what_comes_from_it() -> None:
    document = doctor_document(record())
    assert "7 of 9 rows are used: 7 visits of 3 clients, 2023-01-02 to 2023-09-01." in document.html
    assert "&lt;b&gt;shop" in document.html
    assert "<i>" not in document.html
    assert [figure.name for figure in document.figures] == ["calendar", "hours"]
    assert "50.0 %" in " ".join(lines_of(record().page)).replace("\u202f", " ")


def test_a_hopeless_file_has_a_page_with_the_reason_and_no_charts() -> None:
    document = doctor_document(record("columns.date = d: nothing can be read"))
    assert "columns.date = d: nothing can be read" in document.html
    assert not document.figures
    with speaking("fr"):
        assert "illisible" in doctor_document(record("x")).html


def test_the_longest_times_without_a_visit_are_found() -> None:
    # 2 to 4 is too short, 6 to 19 is 14 days
    assert longest_gaps(np.array([1, 5, 20, 21])) == [(6, 19, 14)]
