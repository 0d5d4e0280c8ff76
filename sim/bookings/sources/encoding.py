"""How the characters of a text file are written, and the text without what is no part of it."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sim.bookings.sources.source import Source
from sim.said import Said, say

CHUNK_BYTES = 2**20
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""By byte-order mark, the longer one before one that it begins with."""
LATIN = ("cp1252", "cp1250", "mac_roman", "cp850")
OTHER = ("cp1251", "cp1253", "shift_jis", "gb18030", "big5", "euc_kr", "koi8_r", "cp1255", "cp1256")
SAMPLE_BYTES = 2**16
ENOUGH = 10_000
FEW = 6
"""Bytes beyond ASCII with which a file is not taken for one in another script."""
CLEARLY = 0.05
"""By so much must the words of another language be commoner than with Windows-1252 before that is given up."""
UNLIKELY = re.compile(r"[a-zß-ÿ](?:[À-ÖØ-ÞŠŽŸ¹²³ªº]|[^\w\s'’.&@/()+:;-])|[£¥¯¹³ª×÷](?=[a-z])")
"""A small letter and then a capital with an accent, or a sign: what words look like in the wrong code page."""
ODD_WORD = re.compile(rb"""[^\s,;|"']*[\x80-\xff][^\s,;|"']*""")


@dataclass(frozen=True)
class Encoding:
    """A name that Python knows, and what to do with bytes that it does not allow."""

    name: str
    errors: str = "replace"
    notes: tuple[Said, ...] = ()


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, as Windows-1252: exports of two systems that were joined."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252", _as_windows)


def encoding_of(source: Source) -> Encoding:
    """The encoding of a text file: by its byte-order mark or zero bytes, UTF-8 if that fits, else the likeliest code page."""
    head = source.head()
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return Encoding(name, notes=() if name == "utf-8" else (say("encoding {encoding}", encoding=name.upper()),))
    odd, even, half = head[1::2].count(0), head[::2].count(0), len(head) // 2
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > half / 3 and others < half / 20:
            return Encoding(name, notes=(say("encoding {encoding}", encoding=name.upper()),))
    if _is_utf8(source):
        return Encoding("utf-8")
    good, bad, words = _count(source)
    if good > bad:
        return Encoding("utf-8", "windows-1252", (say("{n} characters are in Windows-1252, all others in UTF-8", n=bad),))
    name = code_page(words)
    longest = max(words, key=len).decode(name, "replace")
    return Encoding(name, notes=(say("encoding {encoding}, such as {example}", encoding=name, example=longest),))


def _is_utf8(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open() as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _count(source: Source) -> tuple[int, int, list[bytes]]:
    """Characters beyond ASCII that are UTF-8, bytes that are not, and distinct words with such bytes.

    Once ``ENOUGH`` bytes are not, and fewer characters are, the rest of the file is not looked at.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    words: dict[bytes, None] = {}
    with source.open() as stream:
        while (chunk := stream.read(CHUNK_BYTES)) and not bad > max(ENOUGH, good):
            text = decoder.decode(chunk)
            wrong = text.count("\ufffd")
            bad += wrong
            good += len(text.encode("utf-16-le")) // 2 - len(text.encode("ascii", "ignore")) - wrong
            if wrong and len(words) < ENOUGH:
                words |= dict.fromkeys(ODD_WORD.findall(chunk))
    return good, bad, list(words)


def code_page(words: list[bytes]) -> str:
    """The likeliest code page of some words; Windows-1252 when in doubt.

    Examples
    --------
    >>> [code_page([name.encode(page)]) for name, page in (("Zoë", "cp1252"), ("Chloé", "mac_roman"), ("Иванова", "cp1251"))]
    ['cp1252', 'mac_roman', 'cp1251']
    """
    from charset_normalizer import from_bytes

    sample = b"\n".join(words)[:SAMPLE_BYTES]
    n_odd = sum(byte > 127 for byte in sample)
    latin = n_odd < FEW or sum(bytes([byte]).isalpha() for byte in sample) >= n_odd
    western = sample.decode("cp1252", "replace")
    if latin and re.search(r"[ðþýÐÞÝ]", western) and not re.search("[æáíóú]", western):
        return "cp1254"
    if latin and "¤" in western and "€" not in western:
        return "iso8859_15"
    found = list(from_bytes(sample, cp_isolation=list(LATIN if latin else OTHER)))
    if not latin:
        return found[0].encoding if found else "cp1252"
    # a letter within a word that becomes a sign or a capital speaks against a code page
    wrong = {page: len(UNLIKELY.findall(sample.decode(page, "replace"))) for page in LATIN}
    fewest = min(wrong.values())
    coherence = {match.encoding: match.coherence for match in found}
    left = [page for page in LATIN if wrong[page] == fewest]
    return max(left, key=lambda page: coherence.get(page, 0.0) + CLEARLY * (page == "cp1252"))


def texts(source: Source, encoding: Encoding) -> Iterator[str]:
    """The text of a file in pieces, without byte-order marks and null characters."""
    decoder = codecs.getincrementaldecoder(encoding.name)(encoding.errors)
    with source.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield decoder.decode(chunk).replace("\ufeff", "").replace("\0", "")
        # half a character at the end is none
        yield decoder.decode(b"", final=True).strip("\ufffd")
