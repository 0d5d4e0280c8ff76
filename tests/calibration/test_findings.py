from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from sim.bookings.columns import CANCELLED_BY_CLIENT, NO_SHOW
from sim.bookings.visits import Visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.file_market import read_findings
from sim.calibration.findings import Finding, market_with, nested
from sim.calibration.fit import Fit
from sim.calibration.reader import Reader
from sim.calibration.taste import felt_late_share, stay_moments
from sim.config import ConfigError
from tests.markets import market

MODEL = ClientModel(2.5, 14.0, 0.3, 0.6, 3.6, 0.0, True)
FIT = Fit(MODEL, -100.0, 500, ("rate_shape", "rate_weeks", "drop_a", "drop_b", "gap_shape"), np.eye(5) * 0.01)


def world(n: int = 900, **changes: object) -> Visits:
    """Clients 0..n-1 with a first visit on days 0..899 in turn, every third with a second one ten days later."""
    first = np.arange(n) % 900
    client = np.sort(np.r_[np.arange(n), np.arange(0, n, 3)])
    second = np.r_[False, np.diff(client) == 0]
    day = first[client] + 10 * second
    columns: dict[str, object] = {
        "client": client,
        "day": day,
        "status": np.zeros(len(day), np.int64),
        "left_censored": np.zeros(n, np.bool_),
        "numbers": {},
        "labels": {},
        "names": {},
        "hour": np.full(len(day), np.nan),
        "has_status": False,
    }
    return Visits(**(columns | {k: v(client, second) if callable(v) else v for k, v in changes.items()}))  # type: ignore[arg-type]


def found(visits: Visits) -> tuple[dict[str, Finding], str]:
    base = market(preset="personal_care")
    result = read_findings(Reader(visits, 920, base), FIT)
    return {finding.key: finding for finding in result.found}, "; ".join(keys for keys, _ in result.untold)


def test_a_bare_file_gives_clients_and_says_what_it_cannot_tell() -> None:
    values, untold = found(world())
    assert values["clients.arrivals_per_day"].value == 1
    assert values["clients.rate_scale_per_day"].value == pytest.approx(1 / (7 * 14), rel=1e-5)
    assert values["clients.gap_shape"].value == 3.6
    assert values["clients.dropout_after_first"].value is True
    # 900 days from a Thursday on: every weekday 128 or 129 times
    assert values["clients.weekly_shape"].value == pytest.approx([1] * 7, abs=0.01)
    assert sum(values["clients.yearly_shape"].value) == pytest.approx(12, abs=0.01)
    # the taste gives the fitted probability to stay, 2/3, once experiences are on top
    taste = (values["clients.taste_mean"].value, values["clients.taste_size"].value)
    assert stay_moments(*taste, market(preset="personal_care"))[0] == pytest.approx(2 / 3, abs=2e-3)
    assert values["sessions.no_show_share"].value == 0
    for key in ("channels", "lead_mean_hours", "late_share", "cut_logits", "stay.skill", "economics", "start_hour_weights"):
        assert key in untold
    assert all(finding.source for finding in values.values())


def test_a_market_carries_how_much_its_clients_differ_in_regularity() -> None:
    base, free = market(preset="personal_care"), (*FIT.free, "gap_shape_log_sd")
    differing = Fit(replace(MODEL, gap_shape_log_sd=0.8), -100.0, 500, free, np.eye(6) * 0.01)
    fitted = market_with(base, read_findings(Reader(world(), 920, base), differing).found, "mine")
    assert (fitted.clients.gap_shape, fitted.clients.gap_shape_log_sd) == (3.6, 0.8)
    # whatever the base has
    assert market_with(fitted, read_findings(Reader(world(), 920, base), FIT).found, "mine").clients.gap_shape_log_sd == 0


def test_cancellations_and_no_shows_are_shares_of_needs() -> None:
    # of 900 first bookings a third was cancelled and 30 had nobody there, none of them made again; 300 second ones took place.
    # Those of every thirtieth client who comes back were cancelled as well, but the visit ten days later stands for them
    def ends(client: np.ndarray, second: np.ndarray) -> np.ndarray:
        first = np.where(client % 3 == 1, CANCELLED_BY_CLIENT, np.where(client % 30 == 2, NO_SHOW, 0))
        return np.where(second, 0, np.where(client % 30 == 0, CANCELLED_BY_CLIENT, first))

    values, untold = found(world(has_status=True, status=ends))
    assert values["sessions.client_cancellation_share"].value == pytest.approx(300 / 1170, rel=1e-4)
    # the share on the day of booking, from which it rises with lead time: 30 of 1170 on average over the default lead times
    base = market(preset="personal_care")
    lead = np.minimum(2 + np.random.default_rng(1).exponential(60, 200_000), 24 * 45) / 24
    logit = special.logit(values["sessions.no_show_share"].value) + base.sessions.no_show_logit_per_log_day * np.log1p(lead)
    assert special.expit(logit).mean() == pytest.approx(30 / 1170, abs=0.001)
    assert "pros.cancellation_share" in untold


def test_lateness_and_its_effect_are_read_where_there_is_enough() -> None:
    # every second first visit 15 minutes late, never followed by another; the others every time
    def minutes(client: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
        return {"minutes_late": np.where((client % 3 == 0) | second, 0.0, np.where(client % 3 == 1, 15.0, 2.0))}

    values, untold = found(world(numbers=minutes))
    # 300 of 1200 visits late, by 10 minutes beyond 5: that is the mean over pros, whose log odds differ by the default's .7
    pros = special.expit(special.logit(values["pros.late_share"].value) + 0.7 * np.random.default_rng(5).standard_normal(200_000))
    assert pros.mean() == pytest.approx(0.25, abs=0.001)
    assert values["sessions.late_extra_mean_minutes"].value == pytest.approx(10)
    # nobody came back after a late visit: the odds ratio is not known well enough
    assert "stay.late" in untold


def test_how_late_pros_are_is_that_of_the_median_pro() -> None:
    # 20 pros with 60 visits each: half are late at 6, half at 24; log odds -2.197 and -.405, a median of -1.301 and an sd of .9
    def pro(client: np.ndarray, _: np.ndarray) -> dict[str, np.ndarray]:
        return {"pro": np.arange(len(client)) % 20}

    def minutes(client: np.ndarray, _: np.ndarray) -> dict[str, np.ndarray]:
        visit = np.arange(len(client))
        return {"minutes_late": np.where(visit // 20 < np.where(visit % 2, 6, 24), 15.0, 0.0)}

    values, _ = found(world(numbers=minutes, labels=pro, names={"pro": tuple(map(str, range(20)))}))
    assert special.logit(values["pros.late_share"].value) == pytest.approx(-1.30, abs=0.1)
    # luck of 60 visits, about .35, taken out of what differs
    assert values["pros.late_logit_sd"].value == pytest.approx((0.9**2 - 0.35**2) ** 0.5, abs=0.06)


def test_ratings_give_the_levels_of_the_stars() -> None:
    def stars(client: np.ndarray, _: np.ndarray) -> dict[str, np.ndarray]:
        return {"rating": np.resize([1.0, 5.0, 5.0, 4.0, np.nan], len(client))}

    values, _ = found(world(numbers=stars))
    assert values["rating.given_share"].value == pytest.approx(0.8)
    # of those rated 1/4 gave one star, nobody two or three, 1/4 four: what the market's sessions must come to
    base = market(preset="personal_care")
    generator = np.random.default_rng(2)
    n = 400_000
    skill, warmth = generator.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n).T
    shift = base.rating.quality * (skill + generator.standard_normal(n)) + base.rating.warmth * warmth
    shift += base.rating.late * (generator.random(n) < felt_late_share(base))
    for cut, share in zip(values["rating.cut_logits"].value, (0.25, 0.25, 0.25, 0.5), strict=True):
        assert special.expit(cut - shift).mean() == pytest.approx(share, abs=0.004)


def test_lateness_shifts_the_stars_where_both_are_known() -> None:
    # on time half of the visits get five stars and half one, late ones a tenth five. Of late visits 15 / (15 + 3) are felt; the
    # others are rated as if on time: (.9 - .5 / 6) / (5 / 6) = .98 of those who felt it gave one star, odds 49 against 1
    def numbers(client: np.ndarray, _: np.ndarray) -> dict[str, np.ndarray]:
        late = np.resize([False, True], len(client))
        stars = np.where(late, np.resize([1.0] * 18 + [5.0] * 2, len(client)), np.resize([1.0, 1.0, 5.0, 5.0], len(client)))
        return {"rating": stars, "minutes_late": np.where(late, 20.0, 0.0)}

    values, _ = found(world(numbers=numbers))
    assert values["rating.late"].value == pytest.approx(-np.log(49), abs=0.2)


def test_pros_set_the_spread_whether_or_not_they_differ_beyond_chance() -> None:
    names = {"pro": tuple("abcdefghij")}
    values, untold = found(world(labels=lambda c, s: {"pro": c % 10}, names=names))
    assert values["pros.n"].value == 10
    # every third client comes back, with each pro alike: the file's estimate is no spread, and the default would be one
    assert "stay.skill" not in untold
    assert values["stay.skill"].value == pytest.approx(0, abs=1e-4)
    # of 300 who come back each of pros 0 to 5 sees 40 and each of pros 6 to 11 sees 10; of the others each sees 50
    names = {"pro": tuple("abcdefghijkl")}
    clear, _ = found(
        world(labels=lambda c, s: {"pro": np.where(c % 3 == 0, c // 3 % 6 + 6 * (c // 3 % 5 == 0), c // 3 % 12)}, names=names)
    )
    assert clear["stay.skill"].value > 0
    assert clear["stay.warmth"].value / clear["stay.skill"].value == pytest.approx(0.4 / 0.45, rel=1e-4)


def test_services_channels_and_prices_keep_their_shares() -> None:
    values, _ = found(
        world(
            labels=lambda c, s: {"service": c % 4 // 3, "channel": np.where(c % 10 == 0, -1, 0)},
            names={"service": ("cut", "colour"), "channel": ("ads",)},
            numbers=lambda c, s: {"price": np.where(c % 4 == 3, 80.0, 30.0)},
        )
    )
    assert [(s["name"], s["client_share"], s["price_eur"]) for s in values["services"].value] == [
        ("cut", 0.75, 30),
        ("colour", 0.25, 80),
    ]
    assert values["clients.channels"].value == [{"name": "ads", "share": 1.0, "relative_cost": 1.0}]


def test_findings_nest_as_the_yaml_does() -> None:
    assert nested([Finding("a.b", 1, ""), Finding("a.c.d", 2, ""), Finding("e", 3, "")]) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}


def test_findings_that_contradict_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"market\.clients\.one_time_share = 2"):
        market_with(market(), [Finding("clients.one_time_share", 2.0, "")], "x")
