from functools import partial

import pytest

from experiments.replays import known
from sim.forecasting import ensemble


@pytest.fixture(autouse=True)
def one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known clients are drawn from one form, without trials from earlier days: how forms are weighed is tested where they are."""
    monkeypatch.setattr(known, "fit_ensemble", partial(ensemble.fit_ensemble, endings=("mbg",)))
    monkeypatch.setattr(ensemble, "origin_days", lambda *_: [])
