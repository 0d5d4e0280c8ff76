import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim import jit
from sim.jit import compiled, source_digest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small package: two modules and one that only reads logs."""
    (tmp_path / "metrics").mkdir()
    for name, text in (("rules.py", "A = 1\n"), ("draws.py", "B = 2\n"), ("metrics/cohort.py", "C = 3\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_digest_stays_while_the_source_does(folder: Path) -> None:
    before = source_digest(folder)
    (folder / "rules.py").write_text("A = 1\n")
    (folder / "README.md").write_text("words")
    assert source_digest(folder) == before
    assert len(before) == 64


def test_the_digest_changes_with_content_names_and_new_files(folder: Path) -> None:
    seen = [source_digest(folder)]
    (folder / "rules.py").write_text("A = 2\n")
    seen.append(source_digest(folder))
    # the file keeps its place in the order, so that only the name differs
    (folder / "rules.py").rename(folder / "rules_.py")
    seen.append(source_digest(folder))
    (folder / "empty.py").touch()
    seen.append(source_digest(folder))
    (folder / "metrics" / "cohort.py").write_text("C = 4\n")
    seen.append(source_digest(folder))
    assert len(set(seen)) == len(seen)


def test_two_files_that_swap_their_content_are_a_change(folder: Path) -> None:
    before = source_digest(folder)
    (folder / "rules.py").write_text("B = 2\n")
    (folder / "draws.py").write_text("A = 1\n")
    assert source_digest(folder) != before


def test_subfolders_can_be_left_out(folder: Path) -> None:
    before = source_digest(folder, ("metrics",))
    (folder / "metrics" / "cohort.py").write_text("C = 4\n")
    assert source_digest(folder, ("metrics",)) == before
    (folder / "rules.py").write_text("A = 2\n")
    assert source_digest(folder, ("metrics",)) != before


def test_an_edit_of_a_metric_keeps_the_compiled_code_and_changes_the_key_of_results() -> None:
    assert set(jit.ANALYSIS) == {
        "shadow",
        "metrics",
        "statistics",
        "estimators",
        "offpolicy",
        "worlds",
        "bookings",
        "calibration",
        "forecasting",
        "words",
        "charts",
        "report",
    }
    assert jit.source_digest(Path(jit.__file__).parent) != jit.MODEL_DIGEST


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh interpreter, with no other say about where compiled code is kept."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, check=True
    )


WHERE = "from sim.jit import CACHE_FOLDER, MODEL_DIGEST; print(CACHE_FOLDER, MODEL_DIGEST)"
CALL = "from sim.jit import CACHE_FOLDER, compiled; print(CACHE_FOLDER, compiled(lambda x: x + 1)(41))"


@pytest.mark.parametrize("variable", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_compiled_code_is_kept_in_a_folder_named_after_the_source(tmp_path: Path, variable: str) -> None:
    run = python(WHERE, **{variable: str(tmp_path), "NUMBA_DISABLE_JIT": "0"})
    folder, digest = run.stdout.split()
    assert Path(folder) == tmp_path / "mission-dispatch-sim" / digest[:16]
    assert Path(folder).is_dir()
    assert run.stderr == ""


def test_without_a_writable_folder_a_warning_is_given_and_functions_still_compile(tmp_path: Path) -> None:
    # a file stands where the folder should be, which stops even an administrator
    (tmp_path / "taken").touch()
    run = python(CALL, NUMBA_CACHE_DIR=str(tmp_path / "taken"), NUMBA_DISABLE_JIT="0")
    assert run.stdout.strip() == "None 42"
    assert "RuntimeWarning: compiled code is not kept between runs" in run.stderr
    assert str(tmp_path / "taken") in run.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_read_only_folder_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    run = python(CALL, NUMBA_CACHE_DIR=str(tmp_path), NUMBA_DISABLE_JIT="0")
    assert run.stdout.strip() == "None 42"
    assert "compiled code is not kept between runs" in run.stderr


def test_with_the_jit_off_functions_are_plain_python_and_no_folder_is_made(tmp_path: Path) -> None:
    script = "from sim import jit; f = lambda x: x + 1; print(jit.CACHE_FOLDER, jit.compiled(f) is f)"
    run = python(script, XDG_CACHE_HOME=str(tmp_path), NUMBA_DISABLE_JIT="1")
    assert run.stdout.strip() == "None True"
    assert list(tmp_path.iterdir()) == []


@compiled
def fused_or_not(a: float, b: float, c: float) -> float:
    return a * b + c


@compiled
def ratio(a: float, b: float) -> float:
    return a / b


def test_products_are_rounded_before_they_are_added() -> None:
    # (1 + 2^-27)^2 = 1 + 2^-26 + 2^-54 rounds to 1 + 2^-26; a fused multiply-add would leave 2^-54
    a = 1 + 2.0**-27
    assert fused_or_not(a, a, -(1 + 2.0**-26)) == 0.0


@pytest.mark.skipif(jit.JIT_DISABLED, reason="plain Python raises an exception instead")
def test_a_division_by_zero_is_infinite_or_undefined() -> None:
    assert ratio(1.0, 0.0) == math.inf
    assert math.isnan(ratio(0.0, 0.0))


@pytest.mark.skipif(jit.JIT_DISABLED, reason="nothing is compiled")
def test_a_function_is_compiled_once_whatever_constants_it_is_called_with(monkeypatch: pytest.MonkeyPatch) -> None:
    # what is read from the cache is not compiled at all
    monkeypatch.setattr(jit, "CACHE_FOLDER", None)

    @compiled
    def raised(base: float, exponent: int, negative: bool) -> float:
        power = base**exponent
        return -power if negative else power

    @compiled
    def sum_of_powers(base: float, exponent: int) -> float:
        return raised(base, 2, False) + raised(base, 3, True) + raised(base, exponent, exponent > 5)

    assert sum_of_powers(2.0, 4) == 4.0 - 8.0 + 16.0
    assert len(raised.signatures) == 1  # type: ignore[attr-defined]
