import pytest
import yaml

from sim.bookings.columns import Columns
from sim.config import ConfigError, load

PLAIN = {"client": "client", "date": "date"}


def test_words_that_yaml_reads_as_true_or_false_are_values_of_the_file() -> None:
    statuses = yaml.safe_load("{No: done, Yes: no_show, 0: done, 1.5: no_show, null: left_out}")
    found = load(Columns, PLAIN | {"statuses": statuses}).statuses
    assert found["No"] == found["no"] == found["0"] == "done"
    assert found["Yes"] == found["TRUE"] == found["1.5"] == "no_show"
    assert found[""] == "left_out"


def test_a_client_may_be_several_columns_and_a_column_a_position() -> None:
    found = load(Columns, {"client": ["First", "Last"], "date": 3, "left_out": {"Type": "Product"}})
    assert found.mapped() == {"client": ("First", "Last"), "date": ("3",), "left_out.Type": ("Type",)}
    assert found.left_out == {"Type": ("Product",)}


def test_a_format_is_that_of_the_date_or_of_each_column() -> None:
    assert load(Columns, PLAIN | {"date_format": "%d/%m/%Y"}).format_of("requested") is None
    both = load(Columns, PLAIN | {"date_format": {"requested": "%Y"}})
    assert (both.format_of("date"), both.format_of("requested")) == (None, "%Y")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"constant_status": "gone"}, "constant_status = 'gone', must be one of done"),
        ({"constant_status": {"a.csv": "gone"}}, "constant_status.a.csv = 'gone', must be one of done"),
        ({"naive_timezone": "Paris"}, "naive_timezone = 'Paris', must be a name such as Europe/Paris"),
        ({"date_format": {"price": "%d"}}, "date_format.price, must be one of date, time, end, requested, requested_time"),
        ({"decimal_mark": ";"}, "decimal_mark = ';'"),
    ],
)
def test_a_wrong_mapping_names_its_key_its_value_and_the_rule(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(Columns, PLAIN | changes)
    assert words in str(caught.value)
