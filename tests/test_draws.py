import json
import math
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from sim import draws
from sim.jit import JIT_DISABLED, compiled

ROOT = Path(__file__).resolve().parent.parent
WORDS = st.integers(0, draws.WORD)
MANY = 20_000 if JIT_DISABLED else 400_000


def numpy_block(key: tuple[int, int], counter: tuple[int, int, int, int]) -> list[int]:
    """The block of NumPy's generator at this counter; NumPy adds 1 to the counter before its first block, so 1 is taken off."""
    number = sum(word << (64 * i) for i, word in enumerate(counter))
    before = (number - 1) % (1 << 256)
    generator = np.random.Philox(
        key=np.array(key, np.uint64), counter=np.array([(before >> (64 * i)) & draws.WORD for i in range(4)], np.uint64)
    )
    return [int(word) for word in generator.random_raw(4)]


@compiled
def many_gammas(seed, purpose, ordinal, shape, n):
    """Variates (n,) of entities 0..n-1."""
    values = np.empty(n)
    for i in range(n):
        values[i] = draws.gamma(seed, 0, purpose, i, ordinal, shape)
    return values


@compiled
def many_blocks(purpose, n_entities, n_ordinals):
    """Uniforms (n_entities, n_ordinals, 4) under one purpose."""
    values = np.empty((n_entities, n_ordinals, 4))
    for i in range(n_entities):
        for j in range(n_ordinals):
            values[i, j] = draws.block(11, 0, purpose, i, j, 0)
    return values


@given(st.tuples(WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS, WORDS))
@settings(max_examples=200)
def test_words_equal_those_of_numpy_and_of_the_plain_version(key: tuple[int, int], counter: tuple[int, int, int, int]) -> None:
    expected = numpy_block(key, counter)
    assert list(draws.philox_plain(*key, *counter)) == expected
    assert [int(word) for word in draws.philox(*(np.uint64(word) for word in (*key, *counter)))] == expected


def test_words_equal_the_published_vectors() -> None:
    # Random123 1.14, tests/kat_vectors, philox4x64 with 10 rounds: all bits 0, then all bits 1
    zeros = (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)
    ones = (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)
    assert draws.philox_plain(*(0,) * 6) == zeros
    assert draws.philox_plain(*(draws.WORD,) * 6) == ones


def test_an_address_is_key_seed_and_replication_and_counter_sub_ordinal_entity_purpose() -> None:
    words = numpy_block((5, 6), (4, 3, 2, 1))
    # the midpoint of the cell that the upper 52 bits name
    expected = [((word >> 12) + 0.5) / 2**52 for word in words]
    assert list(draws.block(5, 6, 1, 2, 3, 4)) == expected


@pytest.mark.parametrize("word", [0, 1, (1 << 12) - 1, 1 << 12, 1 << 63, (1 << 63) - 1, draws.WORD - 1, draws.WORD])
def test_a_uniform_is_strictly_inside_the_unit_interval(word: int) -> None:
    u = float(draws.uniform(np.uint64(word)))
    assert 0.0 < u < 1.0
    assert u == ((word >> 12) + 0.5) / 2**52
    assert math.isfinite(math.log(u))
    assert math.isfinite(draws.normal_quantile(u))


@given(st.floats(2.0**-53, 1 - 2.0**-53))
@settings(max_examples=300)
def test_the_normal_quantile_equals_scipys(u: float) -> None:
    # AS 241 promises about 16 digits; next to u = 1/2 the subtraction leaves an absolute error instead
    assert draws.normal_quantile(u) == pytest.approx(special.ndtri(u), rel=2e-14, abs=1e-15)


@given(st.floats(2.0**-53, 0.5), st.floats(2.0**-53, 0.5))
def test_the_normal_quantile_increases_and_is_odd(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert draws.normal_quantile(low) <= draws.normal_quantile(high) <= 0.0
    # 1 - u is exact only for multiples of 2**-53
    on_grid = math.ceil(low * 2**53) / 2**53
    assert draws.normal_quantile(1.0 - on_grid) == -draws.normal_quantile(on_grid)


@pytest.mark.parametrize("shape", [0.05, 0.3, 1.0, 3.0, 4.0, 60.0])
def test_gamma_variates_follow_the_gamma_distribution(shape: float) -> None:
    values = many_gammas(3, draws.GAP, 0, shape, MANY)
    assert stats.kstest(values, stats.gamma(shape).cdf).pvalue > 0.01
    # mean and variance are both the shape; a shift of the whole distribution shows in the mean first
    assert abs(values.mean() - shape) < 3 * math.sqrt(shape / len(values))


@pytest.mark.parametrize(("mean", "size"), [(0.71, 3.0), (0.5, 0.4), (0.9, 40.0)])
def test_two_gamma_variates_make_a_beta_variate(mean: float, size: float) -> None:
    stay = many_gammas(5, draws.CLIENT_TASTE, 0, mean * size, 20_000)
    leave = many_gammas(5, draws.CLIENT_TASTE, 1, (1 - mean) * size, 20_000)
    assert stats.kstest(stay / (stay + leave), stats.beta(mean * size, (1 - mean) * size).cdf).pvalue > 0.01


def test_a_gamma_variate_depends_on_its_own_address_only() -> None:
    alone = draws.gamma(1, 0, draws.GAP, 812, 3, 4.0)
    for other in (draws.gamma(1, 0, draws.GAP, 812, 2, 4.0), draws.gamma(1, 0, draws.GAP, 811, 3, 4.0)):
        assert other != alone
    assert draws.gamma(1, 0, draws.GAP, 812, 3, 4.0) == alone


def test_no_two_purposes_share_a_number() -> None:
    constants = {name: value for name, value in vars(draws).items() if name.isupper() and type(value) is int and value < 1000}
    purposes = [value for name, value in constants.items() if name != "ROUNDS"]
    assert len(purposes) >= 22
    assert len(set(purposes)) == len(purposes)
    assert min(purposes) > 0


def test_draws_of_different_purposes_entities_ordinals_and_positions_are_independent() -> None:
    # 1,000 entities x 10 ordinals, as normal scores; columns: 4 positions under each of 5 purposes, and the neighbours of one
    purposes = (draws.GAP, draws.REQUEST, draws.RACE, draws.SESSION, draws.STAY)
    tables = [many_blocks(purpose, 1_001, 11) for purpose in purposes]
    columns = [table[:-1, :-1, position].ravel() for table in tables for position in range(4)]
    columns += [tables[0][1:, :-1, 0].ravel(), tables[0][:-1, 1:, 0].ravel()]
    correlations = np.corrcoef(special.ndtri(np.array(columns)))
    n = len(columns[0])
    # 22 * 21 / 2 = 231 pairs: the largest |z| exceeds 4.2 with probability below 231 * 2.7e-5 = .6 %
    largest = max(abs(correlations[i, j]) for i, j in combinations(range(len(columns)), 2))
    assert largest * math.sqrt(n) < 4.2
    # nor is the square of one (variance clustering) related to the square of another
    squares = np.corrcoef(special.ndtri(np.array(columns)) ** 2)
    largest = max(abs(squares[i, j]) for i, j in combinations(range(len(columns)), 2))
    # squares of normals are skewed, so their correlation has heavier tails: a wider bound
    assert largest * math.sqrt(n) < 5.0


def test_uniforms_fill_the_square_evenly() -> None:
    table = many_blocks(draws.RACE, 500, 100)
    # 50,000 pairs on 16 x 16 cells: chi-square with 255 degrees of freedom
    cells, _, _ = np.histogram2d(table[..., 0].ravel(), table[..., 1].ravel(), bins=16, range=[[0, 1], [0, 1]])
    assert stats.chisquare(cells.ravel()).pvalue > 0.01


def test_seed_and_replication_each_change_every_draw() -> None:
    assert len({draws.block(seed, replication, draws.GAP, 1, 0, 0)[0] for seed in range(5) for replication in range(5)}) == 25


def test_logistic_and_logit_are_inverse_and_safe_at_the_ends() -> None:
    for p in (1e-12, 0.05, 0.5, 0.9, 1 - 1e-12):
        assert draws.logistic(draws.logit(p)) == pytest.approx(p, rel=1e-12)
    assert draws.logit(0.0) == -math.inf
    assert draws.logit(1.0) == math.inf
    assert draws.logistic(-800.0) == 0.0
    assert draws.logistic(800.0) == 1.0
    # an infinite taste stays whatever the experience
    assert draws.logistic(draws.logit(1.0) - 5.0) == 1.0
    assert draws.logistic(draws.logit(0.0) + 5.0) == 0.0


def test_pick_takes_the_first_cumulative_share_above_u() -> None:
    cumulative = np.array([0.2, 0.2, 0.5, 1.0])
    below = math.nextafter(0.2, 0)
    # the second share is 0, so it is never picked
    assert [int(draws.pick(cumulative, u)) for u in (1e-9, below, 0.2, 0.4999, 0.5, 1 - 2**-53)] == [0, 0, 2, 2, 3, 3]


BITS = """
import json, math
from sim import draws
rows = []
for entity in range(40):
    rows += [float(u).hex() for u in draws.block(7, 2, draws.GAP, entity, 3, (1 << 32) + entity)]
    rows += [float(draws.gamma(7, 2, draws.CLIENT_RATE, entity, 0, shape)).hex() for shape in (0.3, 1.0, 4.0)]
for k in range(1, 53):
    rows += [float(draws.normal_quantile(u)).hex() for u in (2.0**-k, 1 - 2.0**-k, k / 53)]
rows += [float(draws.logistic(x / 7)).hex() for x in range(-200, 200)]
rows += [float(draws.logit(k / 400)).hex() for k in range(401)]
"""


def test_compiled_and_plain_python_agree_to_the_last_bit() -> None:
    here: dict[str, list[str]] = {}
    exec(BITS, here)  # noqa: S102  the same text runs here and in the other process
    other = subprocess.run(
        [sys.executable, "-c", BITS + "print(json.dumps([draws.JIT_DISABLED, rows]))"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "0" if JIT_DISABLED else "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(other.stdout) == [not JIT_DISABLED, here["rows"]]


def test_a_block_holds_eight_lots_low_half_of_each_word_first() -> None:
    # 32 bits b give the midpoint (b + .5) / 2**32
    words = [np.uint64(word) for word in (0x00000001_00000000, 0x80000000_FFFFFFFF, 2, 3 << 32)]
    bits = [0, 1, 0xFFFFFFFF, 0x80000000, 2, 0, 0, 3]
    assert [draws.lot(*words, which) for which in range(8)] == [(b + 0.5) / 2**32 for b in bits]
    assert [getattr(draws.lot, "py_func", draws.lot)(*map(int, words), which) for which in range(8)] == [
        (b + 0.5) / 2**32 for b in bits
    ]
