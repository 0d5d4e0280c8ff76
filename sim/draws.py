"""Keyed random numbers: every draw is a pure function of who it is for and what it decides.

A draw is addressed by (seed, replication, purpose, entity, ordinal, sub). Client 812's third gap is the same number under every
policy and in every engine, and a new purpose moves no other draw; that is what makes random numbers *common* between arms.

The generator is Philox4x64-10, counter-based: the key holds (seed, replication), the 256-bit counter holds (sub, ordinal,
entity, purpose). Its words equal those of ``numpy.random.Philox``. The functions use only + - * /, ``log``, ``exp`` and
``sqrt``, on which compiled code and Python agree to the last bit.

References
----------
Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC'11.
Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution. Applied Statistics 37(3).
Marsaglia & Tsang (2000), A simple method for generating gamma variables. ACM TOMS 26(3).
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim.arrays import Floats
from sim.jit import JIT_DISABLED, compiled, kernel

# Purposes: what a draw decides. Append only: a number, once used, keeps its meaning, so that golden runs do not move.
ARRIVAL_GAP = 1
ARRIVAL_KEPT = 2
CLIENT_KIND = 3
CLIENT_RATE = 4
CLIENT_TASTE = 5
CLIENT_HOME = 6
CLIENT_TOLERANCE = 7
PRO_TRAIT = 8
PRO_JOIN = 9
PRO_ZONES = 10
PRO_SERVICES = 11
PRO_HOURS = 12
PRO_PATIENCE = 13
GAP = 14
REQUEST = 15
RACE = 16
ANSWER = 17
SESSION = 18
ABSENCE = 19
QUALITY = 20
RATING = 21
STAY = 22
ACQUISITION = 23
LEAKAGE = 24
COMPETITORS = 25
OUTREACH = 26
REFERRAL = 27
CARD_SALE = 28
REPLAY = 29
POLICY = 30
SERVICE = 40
LAPSE = 41
CHOICE = 44
LISTS = 45
PRO_PRICE = 46
ENTRY = 47
DRIFT = 42
PAIR = 43
GAP_SHAPE = 48
SPLIT = 49
MERGE = 50
NOVELTY = 51

MULTIPLIER_0 = 0xD2E7470EE14C6C93
MULTIPLIER_1 = 0xCA5A826395121157
WEYL_0 = 0x9E3779B97F4A7C15
WEYL_1 = 0xBB67AE8584CAA73B
WORD = (1 << 64) - 1
ROUNDS = 10


@intrinsic
def _high_product(typingctx: Any, a: Any, b: Any) -> Any:
    """Upper 64 bits of the 128-bit product of two unsigned words: one machine instruction."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        left, right = (builder.zext(argument, wide) for argument in arguments)
        return builder.trunc(builder.lshr(builder.mul(left, right), ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


def philox_plain(key0: int, key1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """The four 64-bit words of a Philox4x64-10 block in plain Python integers (used when compilation is off)."""
    k0, k1, x0, x1, x2, x3 = (int(word) for word in (key0, key1, c0, c1, c2, c3))
    for _ in range(ROUNDS):
        p0, p1 = MULTIPLIER_0 * x0, MULTIPLIER_1 * x2
        x0, x1, x2, x3 = (p1 >> 64) ^ x1 ^ k0, p1 & WORD, (p0 >> 64) ^ x3 ^ k1, p0 & WORD
        k0, k1 = (k0 + WEYL_0) & WORD, (k1 + WEYL_1) & WORD
    return x0, x1, x2, x3


@kernel
def _philox_compiled(key0: int, key1: int, c0: int, c1: int, c2: int, c3: int) -> Any:
    m0, m1 = np.uint64(MULTIPLIER_0), np.uint64(MULTIPLIER_1)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(ROUNDS):
        y0 = _high_product(m1, x2) ^ x1 ^ k0  # type: ignore[call-arg]
        y2 = _high_product(m0, x0) ^ x3 ^ k1
        x1 = m1 * x2
        x3 = m0 * x0
        x0, x2 = y0, y2
        k0 += np.uint64(WEYL_0)
        k1 += np.uint64(WEYL_1)
    return x0, x1, x2, x3


philox = philox_plain if JIT_DISABLED else _philox_compiled


@kernel
def uniform(word: int) -> float:
    """A number strictly between 0 and 1 from a 64-bit word: the midpoint of one of 2**52 equal cells."""
    return (float(word >> 12) + 0.5) * (1.0 / 4503599627370496.0)


@kernel
def block(seed: int, replication: int, purpose: int, entity: int, ordinal: int, sub: int) -> tuple[float, float, float, float]:
    """Four independent uniforms on (0, 1) for one address.

    Parameters
    ----------
    seed, replication
        The key: what a run is.
    purpose
        What is decided; one of the constants above.
    entity
        Who it is for: a client, or a pro for the traits of pros.
    ordinal
        Which time: the need index of the client (it advances on every need, filled or not).
    sub
        Which of several within the ordinal: attempt, candidate, or trial of a rejection.
    """
    w0, w1, w2, w3 = philox(seed, replication, sub, ordinal, entity, purpose)
    return uniform(w0), uniform(w1), uniform(w2), uniform(w3)


@compiled
def uniforms(seed: int, replication: int, purpose: int, n: int, ordinal: int) -> Floats:
    """The first uniform on (0, 1) of each of n entities at one ordinal, (n,)."""
    values = np.empty(n)
    for entity in range(n):
        values[entity], _, _, _ = block(seed, replication, purpose, entity, ordinal, 0)
    return values


# fmt: off
# Coefficients of AS 241 (PPND16), highest power first: centre, middle and far tail, each as numerator and denominator.
CENTRE = (
    (
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
    ),
)
MIDDLE = (
    (
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
        3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0,
    ),
)
FAR = (
    (
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
    ),
)
# fmt: on


@kernel
def _ratio(r: float, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> float:
    """Ratio of two polynomials of degree 7, by Horner's rule."""
    top, bottom = 0.0, 0.0
    for i in range(8):
        top = top * r + coefficients[0][i]
        bottom = bottom * r + coefficients[1][i]
    return top / bottom


@kernel
def lot(w0: int, w1: int, w2: int, w3: int, which: int) -> float:
    """The ``which``-th (0 to 7) of eight coarser uniforms on (0, 1) from one block: the midpoint of one of 2**32 equal cells."""
    pair = which >> 1
    word = w0 if pair == 0 else w1 if pair == 1 else w2 if pair == 2 else w3
    bits = word >> 32 if which & 1 else word & 0xFFFFFFFF
    return (float(bits) + 0.5) * (1.0 / 4294967296.0)


@kernel
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal for 0 < u < 1, to about 16 digits (Wichura 1988, PPND16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, CENTRE)
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    z = _ratio(r - 1.6, MIDDLE) if r <= 5.0 else _ratio(r - 5.0, FAR)
    return -z if q < 0.0 else z


@kernel
def gamma(seed: int, replication: int, purpose: int, entity: int, ordinal: int, shape: float) -> float:
    """A Gamma(shape, scale 1) variate, shape > 0, by the rejection of Marsaglia & Tsang (2000).

    Each trial has its own sub-counter. Below shape 1 the variate of shape + 1 is multiplied by u ** (1 / shape).
    """
    boosted = shape + 1.0 if shape < 1.0 else shape
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    trial = 0
    while True:
        u_normal, u_accept, u_boost, _ = block(seed, replication, purpose, entity, ordinal, trial)
        x = normal_quantile(u_normal)
        t = 1.0 + c * x
        if t > 0.0:
            v = t * t * t
            if math.log(u_accept) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
                value = d * v
                if shape < 1.0:
                    value *= math.exp(math.log(u_boost) / shape)
                return value
        trial += 1


@kernel
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), for any finite x."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1.0 + odds)


@kernel
def logit(p: float) -> float:
    """log(p / (1 - p)); minus or plus infinity at 0 and 1."""
    if p <= 0.0:
        return -math.inf
    if p >= 1.0:
        return math.inf
    return math.log(p / (1.0 - p))


@kernel
def pick(cumulative: Floats, u: float) -> int:
    """Index of the first cumulative share above u; ``cumulative`` is (n,) and ends at 1."""
    for i in range(len(cumulative) - 1):
        if u < cumulative[i]:
            return i
    return len(cumulative) - 1
