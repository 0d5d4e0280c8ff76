import io
import json

import numpy as np
import pytest

from experiments.outputs.packed import CLASSES, VERSION, RecordError, pack, unpack, within
from sim.report.figures import ReportFigure
from sim.report.sheet import SelectionRecord, Sheet, SheetSection, SheetTable
from sim.said import Number, Said, number, say
from sim.statistics.intervals import Interval
from sim.statistics.selection import Selected
from tests.report.plausible import a_look, arm, in_full

HOLDS = arm("wecasa_2025", 0.02)

VALUES = [
    None,
    True,
    3,
    0.1 + 0.2,
    float("inf"),
    "é\u202f%",
    [1, [2]],
    (1, (2.5, "x")),
    frozenset({"b", "a"}),
    {"z": 1, "a": {2: "two"}},
    Interval(0.1, 0.0, 0.2, 8),
    say("{n} of {all}: {words}", n=number(0.5), all=3, words=(say("no column"), "x")),
    {say("no column"): 1},
    {"arm": (Interval(1.0, 0.5, 1.5, 2),)},
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_what_is_read_is_what_was_written(value):
    job, lang, back = unpack(pack("compare", "fr", value))
    assert (job, lang) == ("compare", "fr")
    assert back == value
    assert type(back) is type(value)


def test_the_order_of_a_mapping_is_kept():
    assert list(unpack(pack("x", "en", {"z": 1, "a": 2}))[2]) == ["z", "a"]


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.1, np.nan, -0.0]),
        np.arange(6).reshape(2, 3),
        np.array([True, False]),
        np.empty((0, 4)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ],
    ids=["nan", "whole", "bool", "empty", "columns first"],
)
def test_arrays_come_back_bit_for_bit(array):
    back = unpack(pack("x", "en", {"one": array, "two": array}))[2]
    for name in ("one", "two"):
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("over", [a_look(HOLDS), in_full([HOLDS])], ids=["a look", "in full"])
def test_what_was_found_over_worlds_comes_back_levels_as_texts_and_effects_bit_for_bit(over):
    data = pack("compare", "en", over)
    back = unpack(data)[2]
    assert type(back) is type(over)
    # the same fields, mappings in their order, and arrays to the last bit
    assert pack("compare", "en", back) == data
    assert [number.values for number in back.numbers] == [number.values for number in over.numbers]
    assert type(back.numbers) is type(back.numbers[0].values) is type(back.survived) is tuple
    assert back.arms["wecasa_2025"].verdicts == HOLDS.verdicts
    assert back.arms["wecasa_2025"].primary.worlds.tobytes() == HOLDS.primary.worlds.tobytes()
    assert back.dependence is None or back.dependence.curves[1].values == ("off", "on")
    assert [row.kind for row in back.information] == [row.kind for row in over.information]


def test_nan_comes_back_as_nan():
    assert np.isnan(unpack(pack("x", "en", float("nan")))[2])


def test_the_same_content_is_the_same_bytes():
    assert pack("x", "en", VALUES) == pack("x", "en", VALUES)


def test_what_is_not_listed_is_neither_written_nor_made():
    with pytest.raises(TypeError, match="object, must be a plain value"):
        pack("x", "en", object())
    with pytest.raises(TypeError, match="array of object"):
        pack("x", "en", np.array([None]))
    data = pack("x", "en", Interval(0.1, 0.0, 0.2, 8))
    with np.load(io.BytesIO(data)) as file:
        tree = json.loads(file["tree"].tobytes())
    assert tree["content"]["class"] == "Interval"
    tree["content"]["class"] = "Popen"
    with pytest.raises(RecordError, match="is damaged"):
        unpack(_with_tree(tree))


def _with_tree(tree):
    file = io.BytesIO()
    np.savez_compressed(file, tree=np.frombuffer(json.dumps(tree).encode(), np.uint8), numbers=np.empty(0, np.uint8))
    return file.getvalue()


def test_a_record_of_another_version_says_so():
    with pytest.raises(RecordError, match=f"is of version 99, this program reads version {VERSION}"):
        unpack(_with_tree({"version": 99, "job": "compare", "lang": "en", "content": None}))


@pytest.mark.parametrize(
    "content",
    [
        {"array": ["float64", [9], 0]},
        {"array": ["object", [1], 0]},
        {"odd": []},
        {"class": "X", "fields": {}},
        {"class": "Interval", "fields": []},
    ],
)
def test_a_tree_that_does_not_fit_is_damaged(content):
    with pytest.raises(RecordError, match="is damaged"):
        unpack(_with_tree({"version": VERSION, "job": "x", "lang": "en", "content": content}))


def test_what_a_record_can_hold_is_found_by_the_types_of_its_fields():
    # Sheet has values, Said in Said in a tuple; Selected its guarantee
    assert set(within(SelectionRecord)) == {
        *(SelectionRecord, Sheet, SheetSection, SheetTable, ReportFigure),
        *(Selected, Said, Number),
    }
    assert set(within(SelectionRecord)) <= CLASSES


def test_no_two_classes_share_a_name():
    assert len({one.__name__ for one in CLASSES}) == len(CLASSES)


def test_what_is_nested_beyond_reason_or_names_no_language_is_damaged():
    deep = _with_tree({"version": VERSION, "job": "x", "lang": "en", "content": None})
    with np.load(io.BytesIO(deep)) as file:
        text = file["tree"].tobytes().replace(b"null", b"[" * 100_000 + b"]" * 100_000)
    nested = io.BytesIO()
    np.savez_compressed(nested, tree=np.frombuffer(text, np.uint8), numbers=np.empty(0, np.uint8))
    for data in (nested.getvalue(), _with_tree({"version": VERSION, "job": "x", "lang": ["en"], "content": None})):
        with pytest.raises(RecordError, match="is damaged"):
            unpack(data)
