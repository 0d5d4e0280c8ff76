"""Pages from templates: where they lie, what is escaped, and what a browser may load."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sim.words import language, units

FOLDER = Path(__file__).parent


def script() -> str:
    """The only script of the pages: sorts tables and opens closed parts for printing."""
    return (FOLDER / "page.js").read_text(encoding="utf-8")


def policy() -> str:
    """Content security policy of the pages: nothing is loaded from anywhere, and no script runs but ours."""
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(template: str, **values: Any) -> str:
    """A template of this folder with its values; every text is escaped but what a template itself marks as safe.

    Templates have ``_`` and ``_n``, which translate as ``t`` and ``tn`` do; translations and their values are escaped like any
    text.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        _=language.t,
        _n=language.tn,
        configured=language.configured,
        told=language.told,
        word=language.word,
        label=units.label,
        starting=language.starting,
        whole=units.whole,
        plain=units.plain,
        semicolon=language.manners().semicolon,
        lang=language.spoken(),
        script=script(),
        policy=policy(),
    )
    return environment.get_template(template).render(**values)
