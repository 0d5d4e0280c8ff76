import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import experiments
from experiments.cli import interrupt

MESSAGE = "stopped; finished runs are kept in the store, the same command goes on from there"


def test_an_interrupt_during_imports_ends_in_one_line_even_if_a_library_catches_it(tmp_path):
    (tmp_path / "tqdm.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    sum(range(10))\n"
        "except BaseException:\n    raise ImportError('something else')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    root = Path(experiments.__file__).resolve().parent.parent
    command = [sys.executable, "-m", "experiments.compare", "arm=[uniform]"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr.strip() == MESSAGE


LOSES = """
import os, signal, time, weakref
from experiments.cli.exits import exit_code
from experiments.cli.interrupt import as_program

class Thing:
    pass

def lose(_):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)

def body():
    thing = Thing()
    watched = weakref.ref(thing, lose)
    del thing
    time.sleep(60)
    return 0

as_program(lambda: exit_code(body))
"""


def test_an_interrupt_that_comes_while_an_object_is_taken_apart_is_not_lost():
    root = Path(experiments.__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", LOSES], cwd=root, capture_output=True, text=True, check=False, timeout=50)
    assert (done.returncode, done.stderr.strip()) == (130, MESSAGE)


def called_in(*places):
    """Call the handler as if functions of these modules stood on the stack, the first outermost."""
    call = lambda: interrupt.stop(signal.SIGINT, sys._getframe())  # noqa: E731
    for module, name in reversed(places):
        space = {"__name__": module, "call": call}
        exec(f"def {name}(): call()", space)  # noqa: S102
        call = space[name]
    call()


def test_an_interrupt_of_running_simulations_is_an_exception_so_that_workers_are_ended():
    with pytest.raises(KeyboardInterrupt):
        called_in(("experiments.cli.exits", "exit_code"), ("experiments.execution.runner", "run"))


@pytest.mark.parametrize(
    "places",
    [
        [("experiments.compare", "main")],
        [
            ("experiments.cli.exits", "exit_code"),
            ("experiments.execution.runner", "compile_once"),
            ("numba.core.dispatcher", "compile"),
        ],
    ],
)
def test_an_interrupt_of_imports_or_of_the_compiler_ends_the_process_at_once(places, monkeypatch):
    written = []
    monkeypatch.setattr(os, "write", lambda file, text: written.append((file, text.decode().strip())))
    monkeypatch.setattr(os, "_exit", lambda code: written.append(code))
    called_in(*places)
    assert written == [(2, MESSAGE), 130]


def test_a_program_that_imports_the_package_keeps_its_own_handler():
    assert signal.getsignal(signal.SIGINT) is not interrupt.stop
