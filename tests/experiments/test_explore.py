import importlib.util
import os

import pytest

from experiments.explore import SAFE
from experiments.explorer.folders import read_folders
from tests.commands import run


@pytest.fixture
def started(monkeypatch):
    """The command and environment that the launcher would become."""
    calls = []
    monkeypatch.setattr(os, "execve", lambda path, command, environment: calls.append((path, command, environment)))
    return calls


def test_the_page_is_served_to_this_machine_only_and_tells_nobody(started, monkeypatch, tmp_path):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")  # noqa: S104 - what must not get through
    run("explore", ["--port", "9123", "--no-browser", "--store", str(tmp_path)])
    _, command, environment = started[0]
    flags = [word for word in command if word.startswith("--") and "=" in word]
    for flag in (
        "--server.address=127.0.0.1",
        "--server.port=9123",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--server.enableXsrfProtection=true",
        "--server.enableCORS=true",
        "--server.allowedHosts=127.0.0.1",
        "--server.enableStaticServing=false",
        "--client.toolbarMode=minimal",
        "--client.showErrorDetails=none",
    ):
        assert flag in flags
    assert "STREAMLIT_SERVER_ADDRESS" not in environment
    assert read_folders(command[command.index("--") + 1 :]).store == tmp_path


def test_every_flag_is_one_that_streamlit_knows():
    from streamlit import config

    assert [key for key in SAFE if key not in config.get_config_options()] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--address", "0.0.0.0"], "0.0.0.0, must be 127.0.0.1"),  # noqa: S104
        (["--address", "::"], "::, must be 127.0.0.1"),
        (["--address", "192.168.1.5"], "192.168.1.5, must be 127.0.0.1"),
        (["--port", "80"], "80, must be a port within 1024..65535"),
        (["--port", "70000"], "70000, must be a port"),
        (["--port", "x"], "x, must be a port"),
        (["--server.address=0.0.0.0"], "unrecognized arguments"),
    ],
)
def test_other_addresses_and_ports_are_refused(arguments, message, started, capsys):
    with pytest.raises(SystemExit) as stop:
        run("explore", arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
    assert started == []


def test_localhost_is_this_machine(started):
    run("explore", ["--address", "localhost"])
    assert "--server.address=127.0.0.1" in started[0][1]


def test_a_folder_of_configurations_must_be_there(started, tmp_path, capsys):
    assert run("explore", ["--config-dir", str(tmp_path / "none")]) == 2
    assert "must be a folder" in capsys.readouterr().err
    assert started == []


def test_without_streamlit_the_launcher_says_what_to_install(started, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert run("explore", []) == 2
    assert "mission-dispatch-sim[app]" in capsys.readouterr().err
    assert started == []


def test_help_says_where_the_page_is_and_where_runs_go(capsys):
    with pytest.raises(SystemExit) as stop:
        run("explore", ["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for word in ("--port", "--address", "--store", "--out", "--config-dir", "127.0.0.1", "8501"):
        assert word in text
