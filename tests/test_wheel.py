"""The package as it is handed out: built, installed outside of the checkout, and used from an empty folder."""

import os
import site
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="make setup installs what builds the package")

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"sim": "sim", "experiments": "experiments", "configs": "experiments/configs"}
"""By folder of the checkout: where the wheel has it."""


def tracked():
    """Files of the packages, but for what Python leaves behind."""
    files = (path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file())
    return {name for name in files if "__pycache__" not in name}


def installed_as(name):
    top, _, rest = name.partition("/")
    return f"{PACKAGES[top]}/{rest}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """An environment of its own with the wheel in it; the libraries are borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], capture_output=True, check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    borrowed = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()])
    # a folder named here is searched, but what it says about further folders, such as a checkout, is not
    (folder / "lib" / version / "site-packages" / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return folder


def run(installed, where, *arguments, program="mission-dispatch"):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SIM_PLUGINS")}
    # the compiled code of another folder is another: plain Python will do for so few requests
    environment["NUMBA_DISABLE_JIT"] = "1"
    command = [str(installed / "bin" / program), *arguments]
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {installed_as(name) for name in tracked()}
    assert {Path(name).suffix for name in names} >= {".py", ".yaml", ".css", ".j2"}


def test_the_source_distribution_holds_the_packages_the_tests_and_the_notebooks(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert tracked() <= names
    assert {
        "README.md",
        "LICENSE",
        "Makefile",
        "constraints.txt",
        "tests/test_wheel.py",
        "notebooks/01_first_comparison.ipynb",
    } <= names


def test_the_console_script_compares_from_an_empty_folder(installed, tmp_path):
    world = ["market=minimal", "market.horizon_days=240", "longest_window_months=6", "market.clients.arrivals_per_day=3"]
    done = run(
        installed, tmp_path, "compare", "arm=[uniform,wecasa_2025]", "replications=2", "executor=serial", "market.pros.n=4", *world
    )
    assert done.returncode == 0, done.stderr
    assert "4 of 4 runs simulated now" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"out", "results"}
    assert (tmp_path / "out/compare/report.html").stat().st_size > 50_000
    listed = run(installed, tmp_path, "store", "list", "results", "--arm", "uniform")
    assert listed.stdout.splitlines()[-1].startswith("2 in results: 2 current")


def test_the_console_script_says_what_it_can_do_and_refuses_what_it_cannot(installed, tmp_path):
    help_ = run(installed, tmp_path, "--help")
    assert help_.returncode == 0
    assert "\n  compare " in help_.stdout
    assert run(installed, tmp_path, "study", "--help").stdout.startswith("usage: mission-dispatch study ")
    wrong = run(installed, tmp_path, "compare", "arm=[unifrom]")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: arm = 'unifrom', unknown arm; did you mean uniform?")


def test_python_gets_the_installed_package_and_its_configurations(installed, tmp_path):
    program = "import sim, experiments; print(sim.__file__); print(experiments.__file__); print(experiments.markets().num_rows)"
    done = run(installed, tmp_path, "-c", program, program="python")
    places = done.stdout.splitlines()
    assert all(place.startswith(str(installed)) for place in places[:2]), done.stderr
    assert int(places[2]) == len(list((ROOT / "configs/market").glob("*.yaml")))


def test_a_folder_with_experiments_and_configs_of_its_own_breaks_neither_the_commands_nor_python(installed, tmp_path):
    # a data-science project: its folders have these names, too, and are no packages
    for name in ("experiments", "configs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compare.yaml").write_text("not: ours\n")
    shown = run(installed, tmp_path, "compare", "--show-config", "replications=3")
    assert shown.returncode == 0, shown.stderr
    assert "replications: 3\n" in shown.stdout
    done = run(installed, tmp_path, "-c", "from experiments import arms; print(arms().num_rows)", program="python")
    assert done.returncode == 0, done.stderr
    # with an __init__.py it is a package, and Python takes the nearest: it says which
    (tmp_path / "experiments" / "__init__.py").write_text("")
    assert run(installed, tmp_path, "compare", "--show-config").returncode == 0
    hidden = run(installed, tmp_path, "-c", "from experiments import arms", program="python")
    assert f"cannot import name 'arms' from 'experiments' ({tmp_path / 'experiments'}" in hidden.stderr
    asked = run(installed, tmp_path, "-P", "-c", "from experiments import arms; print(arms().num_rows)", program="python")
    assert asked.returncode == 0, asked.stderr
