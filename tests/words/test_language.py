"""Languages: every text has its translation, and numbers are written as their readers write them."""

import ast
import re
import threading
import tomllib

import pytest

from sim.said import number, say
from sim.words import language
from sim.words.language import (
    LANGUAGES,
    catalogue,
    configured,
    enumerated,
    files,
    listed,
    speaking,
    spoken,
    t,
    tn,
    told,
    within_sentence,
)
from sim.words.units import percent, plain, rounded, shift, signed, signed_interval, whole
from tests.charts.messages import FOLDERS, MEANINGS, PLACES, calls, messages, placeholders, words

ALIKE = {
    *("points", "score", "Pros", "Platform", "Gini", "Source", "Contribution", "Arm", "Verdict", "Oracle"),
    *("Score", "Programme", "Interaction", "signal (%)", "simulation", "simulation, {model}", "rho {rho}"),
    *("clients", "Clients", "{n} clients", "zones", "services", "Zone"),
}
OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_a_translation_and_no_translation_is_left_over(code: str) -> None:
    assert set(catalogue(code)) == set(messages())


@pytest.mark.parametrize("code", OTHERS)
def test_a_text_stands_in_one_file_of_a_language_only(code: str) -> None:
    found = [text for path in files(code) for section in tomllib.loads(path.read_text()).values() for text in section]
    assert len(found) == len(set(found)) > 500


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_placeholders_of_its_text(code: str) -> None:
    for text, entry in catalogue(code).items():
        for pattern in [entry] if isinstance(entry, str) else entry.values():
            # a number may be left out where the words say it, as in "one of them"
            assert placeholders(pattern) - {"n"} == placeholders(text) - {"n"}, text
            assert pattern.strip() == pattern
        if isinstance(entry, str):
            assert placeholders(entry) == placeholders(text), text
        else:
            assert set(entry) == {"one", "other"}


@pytest.mark.parametrize("code", OTHERS)
def test_hardly_any_text_is_the_same_in_another_language(code: str) -> None:
    same = {text for text, entry in catalogue(code).items() if entry == text and re.search("[a-z]{2}", words(text))}
    # names, and words that both languages have
    assert same <= ALIKE


def test_french_has_its_spaces_before_double_punctuation_and_percent() -> None:
    for entry in catalogue("fr").values():
        for pattern in [entry] if isinstance(entry, str) else entry.values():
            assert not re.search(r" [;?!%:€]|\w[;?!](?:\s|$)|'", pattern), pattern


def test_texts_are_given_as_literals_so_that_they_can_be_found() -> None:
    # a call with a variable would escape the catalogue; only what comes from tables may go through word() and Said()
    named = []
    for path in (path for folder in FOLDERS for path in folder.rglob("*.py")):
        named += [(path.name, node.lineno) for node in calls(path) if not isinstance(node.args[PLACES[node.func.id]], ast.Constant)]
    # the name of a unit
    assert [name for name, _ in named] == ["units.py"], named


def test_only_labels_and_units_are_said_by_the_table_that_they_stand_in() -> None:
    found = {path.name for folder in FOLDERS for path in folder.rglob("*.py") if re.search(r"\bSaid\(", path.read_text())}
    assert found == {"said.py", "units.py"}


def test_a_message_without_a_translation_stays_english() -> None:
    with speaking("fr"):
        assert t("no such text {x}", x=1) == "no such text 1"
        assert configured("{a text of a configuration}") == "{a text of a configuration}"


def test_values_are_put_in_as_they_are_whatever_braces_they_hold() -> None:
    for code in LANGUAGES:
        with speaking(code):
            assert "{x}{0.__class__}" in t("The control is {control}.", control="{x}{0.__class__}")


@pytest.mark.parametrize(
    ("code", "n", "text"),
    [
        ("en", 0, "0 replications"),
        ("en", 1, "1 replication"),
        ("en", 1200, "1,200 replications"),
        ("fr", 0, "0 réplication"),
        ("fr", 1, "1 réplication"),
        ("fr", 2, "2 réplications"),
        ("de", 0, "0 Replikationen"),
        ("de", 1, "1 Replikation"),
        ("de", 1200, "1.200 Replikationen"),
    ],
)
def test_plurals_follow_the_language(code: str, n: int, text: str) -> None:
    with speaking(code):
        assert tn("{n} replication", "{n} replications", n) == text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["1,234.50", "+0.63 points", "95 %", "0.05", "17,076", "[−0.14, +1.12]", "−1.2"]),
        ("fr", ["1\u202f234,50", "+0,63\u00a0points", "95\u202f%", "0,05", "17\u202f076", "[−0,14\u202f; +1,12]", "−1,2"]),
        ("de", ["1.234,50", "+0,63\u00a0Punkte", "95\u00a0%", "0,05", "17.076", "[−0,14; +1,12]", "−1,2"]),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(code: str, expected: list[str]) -> None:
    with speaking(code):
        found = [rounded(1234.5, 2), shift(0.0063, "share"), percent(0.95), plain(0.05), whole(17076)]
        assert [*found, signed_interval(-0.0014, 0.0112, "share"), signed(-1.2, "months")] == expected


def test_what_another_layer_says_is_told_with_its_numbers_in_the_marks_of_the_language() -> None:
    wide = say("{low} to {high}", low=number(0.5), high=number(-1234.5, ",.1f"))
    assert told(wide) == str(wide) == "0.5 to -1,234.5"
    with speaking("fr"):
        assert told(wide) == "0,5 à -1\u202f234,5"
        assert str(wide) == "0.5 to -1,234.5"


def test_values_of_a_message_are_told_each_by_what_it_is() -> None:
    # a text within a text, a count with its digits alone, and a name that happens to be a text of the catalogues
    inner = say("{n} clients", n=1200)
    assert told(say("{names} and {last}", names=inner, last="no column")) == "1200 clients and no column"
    with speaking("de"):
        assert told(say("{names} and {last}", names=inner, last="no column")) == "1200 Kunden und no column"
        assert told((say("no column"), say("{n} clients", n=3))) == "keine Spalte; 3 Kunden"
        assert told("no column") == "no column"
    assert str(say("{names} and {last}", names=(inner, inner), last="x")) == "1200 clients; 1200 clients and x"


def test_several_numbers_are_kept_apart_where_a_comma_stands_in_them() -> None:
    assert enumerated(["0.5", "1"]) == "0.5, 1"
    with speaking("fr"):
        assert enumerated(["0,5", "1"]) == "0,5\u202f; 1"


def test_lists_and_labels_within_sentences() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    with speaking("de"):
        assert listed(["a", "b"]) == "a und b"
        assert within_sentence("Neue Kunden") == "Neue Kunden"
    with speaking("fr"):
        assert within_sentence("Nouveaux clients") == "nouveaux clients"


def test_the_language_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(KeyError), speaking("fr"):
        raise KeyError
    assert spoken() == "en"
    with pytest.raises(ValueError, match="lang = 'nl', must be one of: en, fr, de"), speaking("nl"):
        pass


def test_a_language_is_that_of_its_own_thread() -> None:
    heard: list[str] = []
    with speaking("de"):
        thread = threading.Thread(target=lambda: heard.append(spoken()))
        thread.start()
        thread.join()
        assert spoken() == "de"
    assert heard == ["en"]


def test_meanings_are_looked_up_as_they_are_shown() -> None:
    assert len(set(MEANINGS)) == len(MEANINGS)
    assert all(language.catalogue("fr").get(text) for text in MEANINGS)
