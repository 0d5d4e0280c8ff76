"""The platform clock: weekly refresh of scores and visibility, pros who join, pros who leave.

It runs on SimPy in every engine. Whatever a team plugs in is called here, on whole columns, and its answer is checked here.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.allocators.base import Allocator, RequestAllocator, traits, weighs_requests
from sim.arrays import Flags, Floats, Ints
from sim.calendar import FULL_TIME_SLOTS, TICKS_PER_DAY
from sim.config import Leaving, Market, Pros
from sim.engine.entering import Entry
from sim.engine.groups import CONTROL, TREATED, mixed, share_treated
from sim.engine.selecting import select
from sim.engine.sight import RecentWork, case_mix, clients_of_firsts, relative_visibility, uniforms
from sim.engine.traits import Traits
from sim.engine.world import EFFORT, JOIN, LEAVE, N_FIRSTS, REBOOKED, REBOOKED_SAME_PRO, REFRESH, SESSION, World
from sim.jit import compiled
from sim.programmes.base import Programme
from sim.scores.base import Score
from sim.scores.base import traits as score_traits
from sim.views import History, ProView, ScoreTable, frozen, ordered_mean, sealed

PUBLIC = {
    "completed_sessions": "completed",
    "cancelled_sessions": "cancelled",
    "late_sessions": "late",
    "n_ratings": "ratings",
    "rating_sum": "stars",
}
"""Running counts that everybody may know, and what the state calls them."""

ENTITIES = 1 << 40
"""Room for entities below an event kind in the priority of an event."""


class PolicyError(ValueError):
    """A score or an allocator answered something that cannot be used; the message says what and when."""


class Due(simpy.Event):
    """An event at an absolute tick. At equal ticks the kind decides, then the entity, never the order of scheduling."""

    def __init__(self, env: simpy.Environment, tick: int, kind: int, entity: int = 0) -> None:
        self.env = env
        self.callbacks = []
        self._value = None
        self._ok = True
        env.schedule(self, kind * ENTITIES + entity, tick - env.now)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Arm:
    """A policy to be simulated: what is measured about pros, and what visibility follows from it."""

    name: str
    score: Score
    allocator: Allocator | RequestAllocator
    description: str = ""
    """One sentence for a reader who knows neither class."""
    programmes: tuple[Programme, ...] = ()
    """What else the platform does so that clients come back; at most one of each kind."""

    @property
    def is_reference(self) -> bool:
        """Whether it sees the truth: something to measure policies by, not a policy anybody could run."""
        return traits(self.allocator).sees_truth


class Platform:
    """The processes of the platform in one run, and the table of scores that they leave behind."""

    def __init__(
        self, env: simpy.Environment, market: Market, arm: Arm, world: World, pro_traits: Traits, treated: Arm | None = None
    ) -> None:
        self.env = env
        self.market = market
        self.arm = arm
        self.treated = treated
        self.world = world
        self.pro_traits = pro_traits
        self.notes: list[dict[str, Any]] = []
        n_pros = len(world.pros)
        self.n_stages = int(world.rules[0]["n_stages"])
        # asked for at every refresh, and always the same
        self.known = {id(one): (score_traits(one.score), traits(one.allocator)) for one in (arm, treated) if one is not None}
        self.joined_days = sealed(np.asarray(world.pros["joined_tick"] / TICKS_PER_DAY))
        self.weekly_hours = sealed(np.asarray(world.pros["weekly_slots"] / 2))
        self.view: ProView | None = None
        self.smoothed_sessions = np.full(n_pros, np.inf)
        self.sessions_a_week_ago = np.zeros(n_pros, np.int64)
        self.scarce_weeks = np.zeros(n_pros, np.int64)
        self.recent_work = RecentWork(world)
        self.entry = Entry(market.pros.entering, world, self.pro_traits.propensity_at_rest)

    def start(self) -> None:
        """Schedule the platform's processes."""
        self.env.process(self.refreshes())
        self.env.process(self.joins())
        if self.market.pros.leaving.enabled:
            self.env.process(self.departures(self.market.pros.leaving))
        if (self.world.leave_ticks >= 0).any():
            self.env.process(self.planned_departures())
        if self.market.pros.adapting.enabled or self.market.pros.selecting.enabled:
            self.env.process(self.reactions(self.market.pros))

    def weekly(self, kind: int) -> Generator[Due, None, None]:
        """An event of this kind on each refresh day."""
        tick = self.market.refresh_weekday * TICKS_PER_DAY
        while True:
            yield Due(self.env, tick, kind)
            tick += 7 * TICKS_PER_DAY

    def refreshes(self) -> Generator[Due, None, None]:
        """Scores and visibility on day 0 and on each refresh day."""
        if self.market.refresh_weekday != 0:
            yield Due(self.env, 0, REFRESH)
            self.refresh()
        for event in self.weekly(REFRESH):
            yield event
            self.pro_traits.next_week()
            self.refresh()

    def reactions(self, pros: Pros) -> Generator[Due, None, None]:
        """On each refresh day, once the new visibility is known, pros answer to it: by effort, or by leaving clients out."""
        for event in self.weekly(EFFORT):
            yield event
            if self.view is None:
                continue
            counted = np.asarray(self.view.score.counted & self.world.active)
            if pros.adapting.enabled:
                self.pro_traits.answer(counted)
            if pros.selecting.enabled:
                select(self.world.reluctance, relative_visibility(self.world), counted, pros.selecting)

    def joins(self) -> Generator[Due, None, None]:
        """Each later pro becomes active at the tick of joining, unless the platform gives too little."""
        for pro in np.flatnonzero(self.world.pros["joined_tick"] > 0):
            yield Due(self.env, int(self.world.pros[pro]["joined_tick"]), JOIN, int(pro))
            joins = self.view is None or self.entry.joins(int(pro), self.view, self.notes[-1]["refresh_days"])
            self.world.active[pro] = joins

    def planned_departures(self) -> Generator[Due, None, None]:
        """Pros whose last day is given leave then, unless they have left before."""
        planned = self.world.leave_ticks
        for pro in np.argsort(planned, kind="stable"):
            if planned[pro] < 0:
                continue
            yield Due(self.env, int(planned[pro]), LEAVE, int(pro))
            if self.world.active[pro]:
                self.world.active[pro] = False
                self.world.pro_state["left_tick"][pro] = self.env.now

    def departures(self, leaving: Leaving) -> Generator[Due, None, None]:
        """Each week, pros whose work has been too scarce for too long leave; sessions they have accepted still take place."""
        state = self.world.pro_state
        needed = leaving.min_sessions_per_week * self.world.pros["weekly_slots"] / FULL_TIME_SLOTS
        joined_tick, patience = self.world.pros["joined_tick"].copy(), self.world.pros["patience_weeks"].copy()
        for event in self.weekly(LEAVE):
            yield event
            active = self.world.active
            # a pro is judged by full weeks
            judged = active & (joined_tick <= self.env.now - 7 * TICKS_PER_DAY)
            done = state["completed"] - self.sessions_a_week_ago
            self.sessions_a_week_ago = state["completed"].copy()
            # a pro starts with the benefit of the doubt: as if the work so far had just been enough
            before = np.where(np.isinf(self.smoothed_sessions), needed, self.smoothed_sessions)
            self.smoothed_sessions = np.where(judged, before + (done - before) / leaving.smoothing_weeks, self.smoothed_sessions)
            scarce = judged & (self.smoothed_sessions < needed)
            self.scarce_weeks = np.where(scarce, self.scarce_weeks + 1, 0)
            leaves = scarce & (self.scarce_weeks > patience)
            if leaves.any():
                state["left_tick"][leaves] = self.env.now
                active[leaves] = False

    def public_counts(self) -> dict[str, Ints]:
        """What everybody may know of each pro, (n_pros,) each: copies of the running counts."""
        return {name: self.world.pro_state[field].copy() for name, field in PUBLIC.items()}

    def history(self, needs_clients: bool, counts: dict[str, Ints], without: int | None = None) -> History:
        """What a score may see now.

        Parameters
        ----------
        needs_clients
            Whether it asks for the clients' services and channels.
        counts
            Those of ``public_counts``.
        without
            Arm of the experiment, CONTROL or TREATED, whose first sessions are left out.
        """
        n_firsts = int(self.world.counters[N_FIRSTS])
        days = self.world.first_days[:, :n_firsts]
        now_days = self.env.now / TICKS_PER_DAY

        columns = {
            "first_pro": self.world.first_pro[:n_firsts],
            "first_session_days": days[SESSION],
            "rebooked_days": happened(days[REBOOKED], now_days),
            "rebooked_same_pro_days": happened(days[REBOOKED_SAME_PRO], now_days),
            **(case_mix(self.world, n_firsts) if needs_clients else {}),
        }
        if without is not None:
            kept = self.world.client_state["first_arm"][clients_of_firsts(self.world, n_firsts)] != without
            columns = {name: column[kept] for name, column in columns.items()}
        return History(**{name: sealed(column) for name, column in (columns | counts).items()})

    def refresh(self) -> None:
        """Compute scores and visibility from what has happened so far."""
        world, n_stages = self.world, self.n_stages
        counts, active, recent = self.public_counts(), world.active.copy(), self.recent_work.columns()
        others = None if self.treated is None or world.arm_state.size == 0 else TREATED
        self.view, shown = self.answer(self.arm, counts, active, recent, others)
        world.visibility[:n_stages] = shown
        compared = {}
        if self.treated is not None:
            view, theirs = self.answer(self.treated, counts, active, recent, None if others is None else CONTROL)
            merges = bool(world.trial[0]["merges"])
            if not merges:
                # weights of one arm may all be 0 for the pros whom it is to weigh
                theirs = check_visibility(
                    mixed(shown, theirs, world.pro_state["group"], active), n_stages, len(active), self.env.now / TICKS_PER_DAY
                )
            world.visibility[n_stages:] = theirs
            world.trial[0]["treated_share"] = share_treated(world, int(self.env.now))
            compared = {"treated_value": view.score.value, "treated_visibility": world.visibility[n_stages].copy()}
        self.note(counts, compared)

    def answer(
        self, arm: Arm, counts: dict[str, Ints], active: Flags, recent: dict[str, Ints], without: int | None
    ) -> tuple[ProView, Floats]:
        """What an arm sees now, and the visibility (n_stages, n_pros) that follows from it.

        ``without`` is the arm of the experiment whose sessions its score does not see.
        """
        world, now_days = self.world, self.env.now / TICKS_PER_DAY
        n_stages, n_pros = self.n_stages, len(world.pros)
        of_score, known = self.known[id(arm)]
        if without is not None:
            counts = {name: counts[name] - world.arm_state[without][field] for name, field in PUBLIC.items()}
        history = self.history(of_score.needs_clients, counts, without)
        if without is not None:
            recent = recent | {"new_clients": np.bincount(history.first_pro, minlength=n_pros)}
        columns = {
            "active": active,
            "joined_days": self.joined_days,
            "weekly_hours": self.weekly_hours,
            **counts,
            **recent,
            **({"uniforms": uniforms(world, self.env.now)} if known.needs_uniforms else {}),
        }
        view = ProView(
            score=check_scores(arm.score(history, now_days), n_pros, now_days),
            n_stages=n_stages,
            true_return_propensity=frozen(self.pro_traits.propensity) if known.sees_truth else None,  # type: ignore[arg-type]
            **{name: sealed(column) for name, column in columns.items()},  # type: ignore[arg-type]
        )
        if weighs_requests(arm.allocator):
            return view, world.visibility[:n_stages]
        return view, check_visibility(cast(Allocator, arm.allocator).visibility(view, now_days), n_stages, n_pros, now_days)

    def note(self, counts: dict[str, Ints], compared: dict[str, Floats]) -> None:
        """Write down a refresh for the table of scores; ``compared`` are its columns about the treated arm."""
        if self.view is None:
            return
        table = self.view.score
        self.notes.append(
            {
                "refresh_days": self.env.now / TICKS_PER_DAY,
                "active": self.view.active,
                "value": table.value,
                "counted": table.counted,
                "clients_behind": table.clients_behind,
                "completed_sessions": counts["completed_sessions"],
                "offers": self.world.pro_state["offers"].copy(),
                "visibility": self.world.visibility[0].copy(),
                "standard_error": table.standard_error,
                "return_propensity": self.pro_traits.propensity,
                **compared,
            }
        )

    def score_table(self) -> dict[str, NDArray[Any]]:
        """The table of scores: one row a refresh and active pro."""
        rows = []
        for note in self.notes:
            pros = np.flatnonzero(note["active"])
            apart = ("refresh_days", "active", "return_propensity")
            columns = {name: column[pros] for name, column in note.items() if name not in apart}
            for name in {"visibility", "treated_visibility"}.intersection(columns):
                shown = columns[name]
                columns[name] = shown / ordered_mean(shown) if (shown > 0).any() else shown
            rows.append({"refresh_days": np.full(len(pros), note["refresh_days"]), "pro": pros, **columns})
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]} if rows else {}

    def truth_table(self) -> dict[str, NDArray[Any]]:
        """The truth about pros at each refresh, in the rows of the table of scores; no columns unless their quality moves."""
        if not self.pro_traits.moves or not self.notes:
            return {}
        return {
            "refresh_days": np.concatenate([np.full(note["active"].sum(), note["refresh_days"]) for note in self.notes]),
            "pro": np.concatenate([np.flatnonzero(note["active"]) for note in self.notes]),
            "return_propensity": np.concatenate([note["return_propensity"][note["active"]] for note in self.notes]),
        }


@compiled
def happened(when_days: Floats, now_days: float) -> Floats:
    """Instants (n,) that lie in the future replaced by inf: an assignment is worked out at the request, hours before it happens."""
    known = np.empty(len(when_days))
    for i in range(len(when_days)):
        known[i] = when_days[i] if when_days[i] <= now_days else np.inf
    return known


def check_scores(table: Any, n_pros: int, now_days: float) -> ScoreTable:
    """A read-only copy of a score table, once its shapes are right and every counted value is finite.

    Raises
    ------
    PolicyError
        Not a ScoreTable, a column that is not (n_pros,), a counted pro whose value is not finite, or a negative standard error.
    """
    if not isinstance(table, ScoreTable):
        raise PolicyError(f"score at day {now_days:g} is {type(table).__name__}, must be a ScoreTable")
    copies: dict[str, Any] = {}
    for name, dtype in (("value", np.float64), ("counted", np.bool_), ("clients_behind", np.int64), ("standard_error", np.float64)):
        given = getattr(table, name)
        if type(given) is np.ndarray and given.dtype == dtype:
            column = given.copy()
        else:
            column = np.array(as_numbers(given, f"score.{name} at day {now_days:g}"), dtype)
        if column.shape != (n_pros,):
            raise PolicyError(f"score.{name} at day {now_days:g} has shape {column.shape}, must be ({n_pros},)")
        copies[name] = sealed(column)
    unusable = copies["counted"] & ~np.isfinite(copies["value"])
    if unusable.any():
        pro = int(np.argmax(unusable))
        raise PolicyError(f"score.value at day {now_days:g} of pro {pro} = {copies['value'][pro]}, must be finite where counted")
    unusable = copies["standard_error"] < 0
    if unusable.any():
        pro = int(np.argmax(unusable))
        error = copies["standard_error"][pro]
        raise PolicyError(f"score.standard_error at day {now_days:g} of pro {pro} = {error:g}, must be >= 0, or nan where unknown")
    return ScoreTable(**copies)


def check_visibility(weights: Any, n_stages: int, n_pros: int, now_days: float) -> Floats:
    """Visibility as (n_stages, n_pros), once it is usable.

    Raises
    ------
    PolicyError
        Neither (n_pros,) nor (n_stages, n_pros); nan, infinite or negative; all zero in a stage.
    """
    where = f"visibility at day {now_days:g}"
    table = weights if type(weights) is np.ndarray and weights.dtype == np.float64 else as_numbers(weights, where)
    if table.shape not in {(n_pros,), (n_stages, n_pros)}:
        raise PolicyError(f"{where} has shape {table.shape}, must be ({n_pros},) or ({n_stages}, {n_pros})")
    largest = table.max(axis=-1)
    # a nan is neither
    if not (table.min() >= 0.0 and largest.max() < np.inf):
        check_weights(table, where)
    if not largest.min() > 0.0:
        raise PolicyError(f"{where} is all zero, must be > 0 for at least one pro")
    return table if table.ndim == 2 else table[np.newaxis].repeat(n_stages, axis=0)


def as_numbers(answer: Any, where: str) -> Floats:
    """A policy's answer as floats; PolicyError when it is something else. ``where`` begins the message."""
    try:
        return np.asarray(answer, np.float64)
    except (TypeError, ValueError):
        raise PolicyError(f"{where} is {type(answer).__name__}, must be an array of numbers") from None


def check_weights(weights: Floats, where: str, pros: Ints | None = None) -> None:
    """Raise PolicyError unless every weight is finite and >= 0.

    Parameters
    ----------
    where
        Begins the message.
    pros
        Whose weights they are, along the last axis; by default pro 0, 1, ...
    """
    usable = np.isfinite(weights) & (weights >= 0)
    if not usable.all():
        position = tuple(int(i) for i in np.argwhere(~usable)[0])
        pro = position[-1] if pros is None else int(pros[position[-1]])
        raise PolicyError(f"{where} holds {weights[position]:g} for pro {pro}, must be finite and >= 0")
