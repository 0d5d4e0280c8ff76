import numpy as np
import pytest

from sim.forecasting.forms import BOUNDS, CLASSES, DROPOUTS, REGULARITIES, SHARES, STARTS, Form

ALL = [Form(ending, regularity) for ending in DROPOUTS for regularity in REGULARITIES]


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_every_parameter_has_a_range_around_its_start(form: Form) -> None:
    for name, (low, high), start in zip(form.free, form.bounds(), form.start(), strict=True):
        assert (low, high) == BOUNDS[name]
        assert low < start < high
        assert start == STARTS[name]
    assert list(form.values(form.start())) == list(form.free)
    assert form.values(form.start())["rate_shape"] == pytest.approx(np.exp(STARTS["rate_shape"]))


def test_names_tell_forms_apart_and_titles_are_those_of_the_literature() -> None:
    assert len({form.name for form in ALL}) == len(ALL)
    assert Form("mbg", "varied").name == "mbg_varied"
    assert Form("bg").name == "bg"
    assert Form("pareto").title == "Pareto/NBD"
    assert len({str(form.title) for form in ALL}) == len(ALL)


@pytest.mark.parametrize("ending", DROPOUTS)
def test_each_regularity_holds_the_one_before_it(ending: str) -> None:
    plain, common, varied = (Form(ending, regularity) for regularity in REGULARITIES)
    assert set(plain.free) < set(common.free) < set(varied.free)
    values = dict.fromkeys(varied.free, 2.0)
    assert plain.classes(values | {"gap_shape": 1.0})[0].tolist() == [1.0]
    assert common.classes(values)[0].tolist() == [2.0]
    shapes, logs = varied.classes(values | {"gap_shape_log_sd": 1e-9})
    assert shapes == pytest.approx(2.0)
    assert np.exp(logs).sum() == pytest.approx(1.0)


def test_classes_have_the_moments_of_a_normal_distribution() -> None:
    # three nodes integrate polynomials of degree five: moments 1, 0, 1, 0, 3, 0
    assert [float(SHARES @ CLASSES**power) for power in range(6)] == pytest.approx([1, 0, 1, 0, 3, 0], abs=1e-12)
