"""The doctor's visit: what it prints, leaves and refuses."""

import json
from pathlib import Path

import pytest

from experiments.bookings.doctor import masked
from tests.commands import run

FOLDER = Path(__file__).parent.parent.parent / "data" / "imports"


def test_a_good_file_has_a_page_and_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str], sketched: None) -> None:
    out = tmp_path / "out"
    columns = tmp_path / "columns.yaml"
    columns.write_text("client: client\ndate: date\npro: pro\nleft_censored_days: 0\n")
    assert run("doctor", [f"data={FOLDER / 'idle_pros.csv'}", f"columns={columns}", f"out={out}"]) == 0
    printed = capsys.readouterr().out
    assert "120 of 120 rows are used: 120 visits of 80 clients" in printed
    quality = json.loads((out / "quality.json").read_text())
    assert (quality["clients"], quality["return_rate_6m"]) == (80, 0.5)
    assert {path.name for path in out.iterdir()} >= {"report.html", "report.md", "quality.json", "manifest.json", "config.yaml"}
    assert "calibrate" in printed.splitlines()[-1]


def test_a_hopeless_file_is_refused_in_a_line_and_leaves_a_page_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sketched: None
) -> None:
    out = tmp_path / "out"
    path = tmp_path / "soon (1).csv"
    path.write_text("client,date\n" + "".join(f"c{i},soon\n" for i in range(50)))
    columns = tmp_path / "columns.yaml"
    columns.write_text("client: client\ndate: date\n")
    assert run("doctor", [f"data={path}", f"columns={columns}", f"out={out}"]) == 2
    refusal = "columns.date = date: 50 of 50 values of soon (1).csv cannot be read, such as 'soon', must be at most 2%"
    assert refusal in capsys.readouterr().err
    assert refusal.replace("'", "&#39;") in (out / "report.html").read_text()
    assert not (out / "quality.json").exists()


def test_what_was_recognised_and_cannot_be_read_is_left_to_correct_or_to_go_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sketched: None
) -> None:
    # one price in ten is a word
    path, out = tmp_path / "a.csv", tmp_path / "out"
    rows = [f"{i % 40},2023-{1 + i % 12:02d}-{1 + i % 28:02d},{'later' if i % 10 == 0 else 45}" for i in range(120)]
    path.write_text("\n".join(["client,date,price", *rows]) + "\n")
    assert run("doctor", [f"data={path}", f"out={out}"]) == 2
    printed = capsys.readouterr()
    assert "columns.price = price: 12 of 120 values of a.csv cannot be read, such as 'later'" in printed.err
    assert (
        f"columns.price=null goes on without it; correct {out / 'columns.yaml'} and add columns={out / 'columns.yaml'}"
        in printed.err
    )
    assert '"price": "price"' in (out / "columns.yaml").read_text()
    for words in ([], [f"columns={out / 'columns.yaml'}"]):
        assert run("doctor", [f"data={path}", "columns.price=null", *words, f"out={tmp_path / 'without'}"]) == 0
        assert "120 of 120 rows are used" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "data is missing: data=bookings.csv"),
        (["columns=nowhere.yaml"], "columns = 'nowhere.yaml', must be a yaml with a mapping"),
    ],
)
def test_bad_input_is_one_line(words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [f"data={FOLDER / 'tabs.csv'}"] if words else []
    assert run("doctor", [*given, *words, f"out={tmp_path / 'out'}"]) == 2
    assert message in capsys.readouterr().err


def test_an_example_tells_nobody_apart() -> None:
    assert masked("Zoë-12") == "Z••-••"
