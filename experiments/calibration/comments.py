"""Texts as comments of a yaml."""

import textwrap

WIDTH = 128


def one_line(text: str) -> str:
    """A text as a comment holds it: a line break in the name of a file would end it, and what follows would be read."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def wrapped(note: str) -> list[str]:
    """A note as lines of comments; a key is never broken."""
    return textwrap.wrap(note, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False)
