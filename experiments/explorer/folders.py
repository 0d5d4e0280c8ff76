"""Which folders of this machine the explorer may read and write: those it was started with, and no others."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Folders of a session."""

    store: Path
    """Where runs are kept."""
    out: Path
    """Below it lie the ``out`` folders of finished comparisons."""
    config_dirs: tuple[Path, ...] = ()
    """Further folders of configurations, as for every command."""

    def arguments(self) -> list[str]:
        """What ``add_options`` reads back."""
        words = ["--store", str(self.store), "--out", str(self.out)]
        return [*words, *(word for folder in self.config_dirs for word in ("--config-dir", str(folder)))]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that name folders."""
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="where runs are kept (results)")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder of finished comparisons to open (out)")
    parser.add_argument(
        "--config-dir", action="append", default=[], type=Path, metavar="DIR", help="further folder of configurations"
    )


def folders_of(options: argparse.Namespace) -> Folders:
    """The folders, wherever the working directory goes later."""
    return Folders(options.store.absolute(), options.out.absolute(), tuple(folder.absolute() for folder in options.config_dir))


def read_folders(arguments: Sequence[str]) -> Folders:
    """The folders that the launcher passed on to the page."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    return folders_of(parser.parse_args(list(arguments)))
