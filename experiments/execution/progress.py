"""Progress where somebody watches: a bar of text on a terminal, one of the browser's own in a notebook."""

import sys
import time
from collections.abc import Callable
from functools import partial
from html import escape
from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm

REDRAW_SECONDS = 0.2


class _Shown(Protocol):
    """What a notebook shows, and shows something else in place of."""

    def update(self, content: object, /) -> None:
        """Show this instead."""


class NotebookBar:
    """A bar that is redrawn in its place and goes away when all is done; needs no widgets, and is used as ``tqdm`` is."""

    def __init__(self, total: int, initial: int = 0, desc: str = "", unit: str = "run", **_: Any) -> None:
        self.total = total
        self.done = initial
        self.desc = desc
        self.unit = unit
        self.drawn = time.monotonic()
        self.show: Callable[[str], object] = str
        self.handle: _Shown | None = None

    def _html(self) -> str:
        words = f"{escape(self.desc)}: {self.done} of {self.total} {escape(self.unit)}s"
        return f'<label>{words} <progress max="{max(self.total, 1)}" value="{self.done}"></progress></label>'

    def __enter__(self) -> "NotebookBar":
        from IPython.display import HTML, display

        self.show = HTML
        if self.done < self.total:
            self.handle = display(HTML(self._html()), display_id=True)
        return self

    def update(self, n: int = 1) -> None:
        """So many more are done."""
        self.done += n
        if self.handle is not None and time.monotonic() - self.drawn > REDRAW_SECONDS:
            self.handle.update(self.show(self._html()))
            self.drawn = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.handle is not None:
            self.handle.update(self.show(""))


def progress(quiet: bool = False) -> Callable[..., Any]:
    """What draws the progress, to be called as ``tqdm`` is."""
    if quiet:
        return partial(tqdm, disable=True)
    return NotebookBar if "ipykernel" in sys.modules else partial(tqdm, leave=False)
