import csv
import json
import re

import pytest

from experiments.plans.compose import CONFIGS
from tests.commands import run
from tests.experiments.studies.test_parts import PARTS

pytestmark = pytest.mark.usefixtures("sketched")

SMALL = (
    *("market=minimal", "market.horizon_days=460", "market.warmup_days=60", "market.clients.arrivals_per_day=2", "market.pros.n=8"),
    *("longest_window_months=6", "executor=serial"),
)
KEPT = ("ladder", "rules", "sensitivity")


def test_a_study_leaves_a_page_and_tables_and_resumes(tmp_path, capsys) -> None:
    gone = [f"~parts.{name}" for name in PARTS if name not in KEPT]
    arguments = ["experiment=interplay", "quick=true", *gone, *SMALL, f"store={tmp_path / 'store'}"]
    assert run("study", [*arguments, f"out={tmp_path / 'out'}"]) == 0
    assert "[3/3] sensitivity" in capsys.readouterr().err
    out = tmp_path / "out"
    assert {"report.html", "answers.csv", "effects.csv", "runs.parquet", "config.yaml", "manifest.json", "figures"} <= {
        p.name for p in out.iterdir()
    }
    with (out / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["section"] for row in rows} == set(KEPT)
    assert {row["basis"] for row in rows} == {"simulated"}
    assert all(int(row["n"]) <= 3 for row in rows)
    page = (out / "report.html").read_text()
    assert "Conclude nothing from it" in page
    assert "No client can be followed for 24 months here" in page
    assert not re.search(r"https?:", page.replace("http://www.w3.org", ""))
    assert json.loads((out / "manifest.json").read_text())["points"] == {"ladder": 1, "rules": 1, "sensitivity": 8}
    # again: everything is in the store, and the page is the same to the byte
    assert run("study", [*arguments, f"out={tmp_path / 'again'}"]) == 0
    assert "\n0 runs simulated now" in capsys.readouterr().out
    assert (tmp_path / "again" / "report.html").read_bytes() == (out / "report.html").read_bytes()


NEW = {"ladder": "stairs", "rules": "rivals", "sensitivity": "doubts"}


def test_parts_by_other_names_keep_their_sections(tmp_path) -> None:
    # a copy of the study of one's own, in which the three parts are called otherwise
    text = (CONFIGS / "experiment" / "interplay.yaml").read_text()
    for old, new in NEW.items():
        assert text.count(f"\n  {old}:\n") == 1
        text = text.replace(f"\n  {old}:\n", f"\n  {new}:\n")
    own = tmp_path / "configs"
    (own / "experiment").mkdir(parents=True)
    (own / "experiment" / "mine.yaml").write_text(text)
    gone = [f"~parts.{name}" for name in PARTS if name not in KEPT]
    arguments = ["quick=true", *gone, *SMALL, f"store={tmp_path / 'store'}"]
    assert run("study", ["experiment=interplay", *arguments, f"out={tmp_path / 'out'}"]) == 0
    assert run("study", ["--config-dir", str(own), "experiment=mine", *arguments, f"out={tmp_path / 'mine'}"]) == 0
    ours, theirs = ((tmp_path / folder / "answers.csv").read_bytes() for folder in ("out", "mine"))
    assert ours == theirs
    figures = [sorted(path.name for path in (tmp_path / folder / "figures").iterdir()) for folder in ("out", "mine")]
    assert figures[0] == figures[1]
    assert json.loads((tmp_path / "mine" / "manifest.json").read_text())["points"] == {"stairs": 1, "rivals": 1, "doubts": 8}
