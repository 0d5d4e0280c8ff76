from sim.allocators.uniform import Uniform
from tests.views import pro_view


def test_everybody_is_equally_visible_whatever_the_score() -> None:
    assert Uniform().visibility(pro_view([0.0, 0.3, 1.0]), 100.0).tolist() == [1, 1, 1]
