import subprocess
import sys
from pathlib import Path

import pytest

import experiments
from experiments import main as dispatcher

FOLDER = Path(experiments.__file__).parent


def test_every_module_that_can_be_run_is_a_command():
    # a module that says what to do when it is run is a command, whoever wrote it
    runnable = {path.stem for path in FOLDER.glob("*.py") if 'if __name__ == "__main__":' in path.read_text()} - {"main"}
    assert set(dispatcher.commands()) == runnable
    assert list(dispatcher.commands())[:5] == ["compare", "study", "select", "realism", "calibrate"]


def test_a_command_that_is_added_appears_with_its_first_paragraph(tmp_path, monkeypatch):
    (tmp_path / "guess.py").write_text(
        '"""Guess which policy\nis best.\n\nNot listed."""\n\n\ndef main(arguments=None):\n    return 7\n'
    )
    (tmp_path / "helper.py").write_text("def body():\n    def main():\n        pass\n")
    monkeypatch.setattr(dispatcher, "__file__", str(tmp_path / "main.py"))
    assert dispatcher.commands() == {"guess": ("experiments.guess", "Guess which policy is best.")}
    assert "  guess  Guess which policy is best.\n" in dispatcher.help_text()


def test_help_lists_the_commands_without_importing_them():
    code = "import sys; from experiments.main import main; main(['--help']); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: mission-dispatch COMMAND [key=value ...]")
    for name in dispatcher.commands():
        assert f"\n  {name} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert done.stdout.endswith("False\n")


@pytest.mark.parametrize(("name", "near"), [("comprae", "; did you mean compare?"), ("zzz", "")])
def test_an_unknown_command_is_one_message(name, near, capsys):
    assert dispatcher.main([name, "arm=[uniform]"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {name}, unknown command{near}; there are: compare, study")


def test_a_command_gets_the_other_arguments_and_its_exit_code_is_returned(tmp_path, capsys):
    assert dispatcher.main(["store", "list", str(tmp_path / "nowhere")]) == 2
    assert "nowhere, must be a folder of results" in capsys.readouterr().err
    assert dispatcher.main(["compare", "--show-config", "replications=3"]) == 0
    assert "replications: 3\n" in capsys.readouterr().out
