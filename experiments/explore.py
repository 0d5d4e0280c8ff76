"""Explore policies in a browser on this machine: choose, simulate in seconds, and look from the decision down to one client.

  python -m experiments.explore --port 8501

Runs go to the same store as those of python -m experiments.compare, so whatever one has simulated is there for the other. The
page answers this machine only, loads nothing from elsewhere and sends nothing anywhere.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.cli.interrupt import as_program
from experiments.cli.program import program
from experiments.explorer.folders import Folders, add_options, folders_of

ADDRESS = "127.0.0.1"
APP = Path(__file__).resolve().parent / "explorer" / "app.py"
LOCAL = (ADDRESS, "localhost")

SAFE = {
    "server.address": ADDRESS,
    "browser.serverAddress": ADDRESS,
    "server.allowedHosts": list(LOCAL),
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.enableStaticServing": "false",
    "server.maxUploadSize": "1",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "global.developmentMode": "false",
    "theme.base": "light",
}
"""Given as flags, which win over any config.toml and environment variable. The host list keeps other pages out (DNS rebinding)."""


def port_number(text: str) -> int:
    """A port that needs no privileges.

    Raises
    ------
    argparse.ArgumentTypeError
        It is none.
    """
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text}, must be a port within 1024..65535")
    return int(text)


def local_address(text: str) -> str:
    """An address of this machine only.

    Raises
    ------
    argparse.ArgumentTypeError
        It is another one.
    """
    if text not in LOCAL:
        raise argparse.ArgumentTypeError(f"{text}, must be {ADDRESS}: the explorer has no log-in, so it answers this machine only")
    return ADDRESS


def server_command(port: int, headless: bool, folders: Folders) -> list[str]:
    """The command that serves the page."""
    flags = SAFE | {"server.port": str(port), "server.headless": "true" if headless else "false"}
    words = [f"--{key}={one}" for key, value in flags.items() for one in ([value] if isinstance(value, str) else value)]
    # -P: a folder of the user's own that is called experiments must not hide the package
    return [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *words, "--", *folders.arguments()]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=program("explore"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=port_number, default=8501, metavar="PORT", help="where the page is (8501)")
    parser.add_argument("--address", type=local_address, default=ADDRESS, metavar="HOST", help=f"{ADDRESS}, and no other")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser, only say where the page is")
    add_options(parser)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; becomes the server, so it returns only when that cannot be."""
    options = parse(arguments)
    if importlib.util.find_spec("streamlit") is None:
        print("error: the explorer needs streamlit: pip install 'mission-dispatch-sim[app]'", file=sys.stderr)
        return 2
    for folder in options.config_dir:
        if not folder.is_dir():
            print(f"error: --config-dir {folder}, must be a folder", file=sys.stderr)
            return 2
    command = server_command(options.port, options.no_browser, folders_of(options))
    # no settings of streamlit's own from the environment
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(place).absolute()) for place in sys.path)
    os.execve(command[0], command, environment)  # noqa: S606 - a fixed program, no shell
    return 1


if __name__ == "__main__":
    as_program(main)
