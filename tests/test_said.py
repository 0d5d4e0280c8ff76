"""A message is a text with named values, in English until it is told."""

import pytest

from sim.said import Number, Said, number, say


def test_a_message_in_english_is_its_text_with_its_values() -> None:
    inner = say("fit {estimate} [{low}, {high}]", estimate=number(0.5, ".3f"), low=number(0.25, ".3f"), high=number(1, ".3f"))
    assert f"{say('{model}: {words}', model='BG/NBD', words=inner)}" == "BG/NBD: fit 0.500 [0.250, 1.000]"


def test_several_values_stand_with_semicolons_between_them() -> None:
    assert str(say("of {n}: {signs}", n=2, signs=(say("one"), "two", Number("3")))) == "of 2: one; two; 3"


def test_a_number_is_written_in_its_form() -> None:
    assert [str(number(*one)) for one in ((0.95,), (1234.5, ",.0f"), (-0.25, "+.2f"))] == ["0.95", "1,234", "-0.25"]


def test_values_are_put_in_as_they_are_whatever_braces_they_hold() -> None:
    assert str(say("service {name}", name="{x}{0.__class__}")) == "service {x}{0.__class__}"


def test_some_values_are_given_later_and_others_changed() -> None:
    promise = say("{chance}, delta = {delta}", delta=1)
    assert str(promise.having(chance="sure", delta=2)) == "sure, delta = 2"
    # the first one is as it was
    assert promise.values == {"delta": 1}
    with pytest.raises(KeyError):
        str(promise)


def test_messages_are_equal_by_text_and_values_and_stand_as_keys() -> None:
    one, other = say("{n} runs", n=1), say("{n} runs", n=2)
    assert one != other
    assert one == Said("{n} runs", {"n": 1})
    assert {one: "a", other: "b"}[say("{n} runs", n=2)] == "b"
