"""The notebooks run from top to bottom, at a small size: a cell after the one tagged ``parameters`` makes them small."""

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

from nbclient import NotebookClient  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
BOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}

WORLD = [
    "market.horizon_days=800",
    "market.warmup_days=30",
    "market.clients.arrivals_per_day=2",
    "market.pros.n=12",
    "executor=serial",
]
SMALL = {
    "01_first_comparison": {"replications": 2, "overrides": WORLD},
    "02_score_threshold_payback": {
        "replications": 2,
        "overrides": WORLD,
        "thresholds": [0, 30],
        "strengths": [1, 4],
        "paybacks": [2, 3],
    },
    "03_calibrate_on_your_data": {
        "clients_per_day": 0.5,
        "years": 2,
        "replications": 2,
        "forecast_runs": 20,
        "worlds": 8,
        "overrides": ["executor=serial", "market.warmup_days=30", "market.horizon_days=800"],
    },
    "04_write_your_own_policy": {"replications": 2, "overrides": WORLD},
}


def book(name):
    return nbformat.read(BOOKS[name], as_version=4)


def words(name):
    return [cell.source for cell in book(name).cells if cell.cell_type == "markdown"]


def parameters(name):
    (cell,) = [cell for cell in book(name).cells if "parameters" in cell.metadata.get("tags", ())]
    return cell


def small(name):
    """The notebook with its parameters made small, as papermill does it: in a cell of their own behind them."""
    found = book(name)
    behind = found.cells.index(parameters(name)) + 1
    source = "\n".join(f"{key} = {value!r}" for key, value in SMALL[name].items())
    found.cells.insert(behind, nbformat.v4.new_code_cell(source))
    return found


def test_every_notebook_has_a_small_size():
    assert set(SMALL) == set(BOOKS)


@pytest.mark.parametrize("name", BOOKS)
def test_outputs_are_stripped(name):
    for cell in book(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    nbformat.validate(book(name))


@pytest.mark.parametrize("name", BOOKS)
def test_parameters_exist_and_no_result_is_typed_into_the_text(name):
    space = {}
    exec(parameters(name).source, space)  # noqa: S102
    assert set(SMALL[name]) <= set(space)
    for text in words(name):
        # a number in the text that a cell could have computed goes stale: shares, decimals, intervals, money
        assert not re.findall(r"\d+ ?%|\d+\.\d+|[+−-]\d|\d+ (?:points|EUR|days)", re.sub(r"`[^`]*`", "", text)), text


@pytest.mark.parametrize("name", BOOKS)
def test_it_begins_with_a_title_and_ends_with_what_to_conclude_and_where_to_go_next(name):
    texts = words(name)
    assert texts[0].startswith("# ")
    assert any("## What to conclude" in text for text in texts[-3:])
    assert "**Where to go next**" in texts[-1]
    for other in re.findall(r"`(0\d_\w+)`", "\n".join(texts)):
        assert other in BOOKS


@pytest.mark.parametrize("name", BOOKS)
def test_it_runs(name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # nothing of the kernel goes to the home folder, and it need not listen to the network
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    where = tmp_path / "here"
    where.mkdir()
    found = small(name)
    client = NotebookClient(found, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(where)}})
    client.execute()
    outputs = [output for cell in found.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output for output in outputs if output.output_type in ("display_data", "execute_result")]
    # tables, charts and sentences, and no bare repr of an object: everything has a look of its own
    assert len(shown) >= 5
    assert all({"text/html", "text/markdown"} & set(output.data) for output in shown)
    assert sum("<img alt=" in output.data.get("text/html", "") for output in shown) >= 2
    assert not [output for output in outputs if output.output_type == "stream" and "Warning" in output.text]
    # everything that was written lies where the notebook was started
    assert {path.name for path in where.iterdir()} <= {"results", "out", "bookings.csv"}
