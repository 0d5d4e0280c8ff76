"""Reports that are built again from what a folder holds; those of calibrate are in its own tests, where a file is fitted anyway."""

import hashlib
import shutil

import pytest

from experiments.outputs.folder import MARKER
from experiments.outputs.packed import pack
from tests.commands import run

SMALL = (
    "market.horizon_days=460",
    "market.warmup_days=60",
    "longest_window_months=12",
    "market.clients.arrivals_per_day=3",
    "market.pros.n=20",
    "executor=serial",
)
JOBS = {
    "compare": ("arm=[uniform,wecasa_2025]", "replications=2", *SMALL),
    "study": ("factors={arm.score.min_sessions: [0, 30]}", "replications=2", *SMALL),
    "select": ("arm=[uniform,rating]", "n0=3", "delta=.3", *SMALL),
    "realism": ("replications=2", *SMALL),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    for job, arguments in JOBS.items():
        assert run(job, [*arguments, f"store={folder / 'store'}", f"out={folder / job}"]) in (0, 1)
    return folder


def digests(out):
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in out.rglob("*") if path.is_file()
    }


@pytest.fixture
def copy(folders, tmp_path):
    def made(job):
        shutil.copytree(folders / job, tmp_path / job)
        return tmp_path / job

    return made


@pytest.mark.parametrize("job", JOBS)
def test_a_folder_alone_gives_the_same_report_to_the_byte(job, copy):
    out = copy(job)
    before = digests(out)
    (out / "report.html").unlink()
    (out / "report.md").write_text("torn")
    shutil.rmtree(out / "figures")
    (out / "figures").mkdir()
    (out / "figures" / "of_an_earlier_report.png").write_bytes(b"")
    (out / "config.yaml").unlink()
    assert run("report", [f"out={out}"]) == 0
    del before["config.yaml"]
    assert digests(out) == before


@pytest.mark.parametrize(
    ("job", "lang"), [("realism", "fr"), ("realism", "de"), ("compare", "fr"), ("study", "fr"), ("select", "de")]
)
def test_another_language_and_back(job, lang, copy):
    out = copy(job)
    before = digests(out)
    assert run("report", [f"out={out}", f"lang={lang}"]) == 0
    page, first = (out / "report.html").read_text(), digests(out)
    assert f'<html lang="{lang}">' in page
    assert first != before
    if job == "compare":
        return  # drawing takes its time: once is enough
    assert run("report", [f"out={out}", f"report.lang={lang}"]) == 0
    assert digests(out) == first
    # what is no report stays as it is: tables, the record, the manifest
    kept = [name for name in before if name.endswith((".csv", ".npz", ".yaml", "manifest.json"))]
    assert all(first[name] == before[name] for name in kept)
    assert run("report", [f"out={out}"]) == 0
    assert digests(out) == before


def test_a_report_written_in_french_is_rebuilt_in_french(folders, tmp_path):
    arguments = JOBS["realism"]
    out = tmp_path / "fr"
    assert run("realism", [*arguments, "report.lang=fr", f"store={folders / 'store'}", f"out={out}"]) in (0, 1)
    before = digests(out)
    assert '<html lang="fr">' in (out / "report.html").read_text()
    assert run("report", [f"out={out}"]) == 0
    assert digests(out) == before


def _gone(name):
    return lambda out: (out / name).unlink()


def _torn(name, keep):
    return lambda out: (out / name).write_bytes((out / name).read_bytes()[:keep])


def _flipped(out):
    data = bytearray((out / "report.npz").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (out / "report.npz").write_bytes(data)


DAMAGE = {
    "no marker": (_gone(MARKER), "no job has written there"),
    "another program": (lambda out: (out / MARKER).write_text("thesis\n"), "it is of 'thesis'"),
    "unfinished": (_gone("manifest.json"), "did not finish there"),
    "no record": (_gone("report.npz"), "report.npz is missing: run compare again"),
    "half a record": (_torn("report.npz", 2000), "report.npz is damaged"),
    "an empty record": (_torn("report.npz", 0), "report.npz is damaged"),
    "a flipped bit": (_flipped, "report.npz is damaged"),
    "no report at all": (lambda out: (out / "report.npz").write_bytes(pack("compare", "en", {"a": 1})), "report.npz is damaged"),
    "of another job": (lambda out: (out / MARKER).write_text("study\n"), "report.npz is of compare"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_folder_is_one_clear_error_and_stays_as_it_is(kind, copy, capsys):
    harm, message = DAMAGE[kind]
    out = copy("compare")
    harm(out)
    before = digests(out)
    assert run("report", [f"out={out}"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: out = ")
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert digests(out) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "out is missing: out=DIR"),
        (["out=/nowhere/at/all"], "there is no such folder"),
        (["out={study}", "lang=nl"], "lang = 'nl', must be one of: en, fr, de"),
        (["out={compare}", "lang=nl"], "lang = 'nl', must be one of: en, fr, de"),
        (["out={compare}", "lamg=fr"], "lamg=fr, unknown key; did you mean lang?"),
    ],
)
def test_bad_arguments_are_one_message(arguments, message, folders, capsys):
    before = digests(folders / "compare")
    assert run("report", [one.format(study=folders / "study", compare=folders / "compare") for one in arguments]) == 2
    assert message in capsys.readouterr().err
    assert digests(folders / "compare") == before


@pytest.mark.parametrize("job", sorted(JOBS))
def test_an_unknown_language_is_refused_before_anything_is_simulated(job, tmp_path, capsys):
    arguments = JOBS[job]
    assert run(job, [*arguments, "report.lang=nl", f"store={tmp_path / 'store'}", f"out={tmp_path / 'out'}"]) == 2
    assert "report.lang = 'nl', input should be 'en', 'fr' or 'de'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
