"""A quick form of ``python -m benchmarks.estimators``: few experiments, wide bands, a fixed seed."""

import dataclasses

from benchmarks import estimators


def test_every_promise_is_kept(capsys):
    assert estimators.coverage(40, 1)
    assert estimators.powers(40, 1)
    assert "BROKEN" not in capsys.readouterr().out


def test_intervals_that_are_too_narrow_are_found_out(monkeypatch):
    def narrow(generator):
        found, true = estimators.covariate(generator)
        return dataclasses.replace(
            found, low=found.estimate - found.standard_error, high=found.estimate + found.standard_error
        ), true

    monkeypatch.setattr(estimators, "EXPERIMENTS", {"narrow": narrow})
    assert not estimators.coverage(200, 1)
