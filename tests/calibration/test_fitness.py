import numpy as np

from sim.bookings.visits import Visits
from sim.calibration.fitness import fitness_of


def visits(n_clients: int, span: int, **labels: tuple[np.ndarray, tuple[str, ...]]) -> Visits:
    """One visit a client, spread evenly over the days."""
    client = np.arange(n_clients)
    day = client * (span - 1) // max(n_clients - 1, 1)
    return Visits(
        client=client,
        day=day,
        status=np.zeros(n_clients, np.int64),
        left_censored=np.zeros(n_clients, np.bool_),
        numbers={"price": np.r_[np.full(n_clients - 1, 9.0), np.nan]},
        labels={name: codes for name, (codes, _) in labels.items()},
        names={name: names for name, (_, names) in labels.items()},
        hour=np.full(n_clients, np.nan),
        has_status=False,
    )


def test_what_there_is_enough_of_can_be_fitted_and_the_rest_says_what_is_missing() -> None:
    found = {str(one.what): one for one in fitness_of(visits(201, 400, pro=(np.arange(201) % 3, ("a", "b", "c"))))}
    assert found["who returns, and how often (the client model)"].can
    assert found["seasons of new clients"].can
    assert found["prices, and what a new client is worth"].can
    assert str(found["pros, their hours, and how much they differ"].why) == "3 in the file"
    assert not found["hours of demand"].can
    assert not found["zones"].can
    few = {str(one.what): one for one in fitness_of(visits(20, 100))}
    assert str(few["who returns, and how often (the client model)"].why) == "20 new clients, fewer than 30"
    assert str(few["stars"].why) == "the file has none: visits with a value"
