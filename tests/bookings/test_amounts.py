import pyarrow as pa

from sim.bookings.amounts import read_amounts


def test_cents_of_a_heading_are_hundredths() -> None:
    read = read_amounts(pa.chunked_array([["4500", "-100", "n/a"]]), heading="amount_cents")
    assert read.values[:2].tolist() == [45.0, -1.0]
    assert [str(fact) for fact in read.facts] == ["in cents, as the heading says"]
    assert read_amounts(pa.chunked_array([["4500"]]), heading="amount").values.tolist() == [4500.0]
