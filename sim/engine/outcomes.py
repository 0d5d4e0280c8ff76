"""From the end of a request to the next need: outcome, experience, rating, the decision to stay."""

import math
from typing import Any

from sim import draws, rules
from sim.calendar import TICKS_PER_DAY, TICKS_PER_SLOT, mark
from sim.draws import block
from sim.engine import loyalty
from sim.engine.groups import arm_of
from sim.engine.script import next_asked
from sim.engine.world import CLIENT_CANCELS, N_FIRSTS, REBOOKED, REBOOKED_SAME_PRO, SESSION, SESSION_ENDS, World
from sim.jit import kernel
from sim.rules import NEVER


@kernel
def won_over(world: World, client: int, tick: int, when: int) -> bool:
    """Whether a competitor has the client's next need, which arises ``when`` after being idle from ``tick`` on."""
    rule = world.rules[0]
    u, _, _, _ = block(rule["seed"], rule["replication"], draws.COMPETITORS, client, world.client_state[client]["need"], 0)
    if u < rules.faithful_probability(when - tick, rule):
        return False
    world.ties[client]["lost_tick"] = when
    return True


@kernel
def next_need(world: World, client: int, tick: int) -> int:
    """Tick of the next request, or NEVER if a competitor gets it, or the client leaves over too many reminders.

    The gap runs from need to need, and a need before the end of this request waits for it.
    """
    rule, state, traits = world.rules[0], world.client_state[client], world.clients[client]
    unit = draws.gamma(rule["seed"], rule["replication"], draws.GAP, client, state["need"], traits["gap_shape"])
    u_lapse, u_length = 1.0, 1.0
    if traits["lapse_share"] > 0.0:
        u_lapse, u_length, _, _ = block(rule["seed"], rule["replication"], draws.LAPSE, client, state["need"], 0)
    gap_days = rules.gap_days(unit, u_lapse, u_length, traits, rule)
    if len(world.loyalty) > 0:
        gap_days *= 1.0 - world.loyalty[client]["haste"]
    state["need"] += 1
    # a gap beyond the horizon is as good as never, and a huge one would overflow a tick
    state["need_tick"] += int(min(gap_days * TICKS_PER_DAY, rule["horizon_tick"] + 1.0))
    when = max(state["need_tick"], tick)
    if len(world.loyalty) > 0:
        when = loyalty.next_tick(world, client, tick, when)
        if when == NEVER:
            return NEVER
    if rule["competitors_hazard_per_idle_month"] > 0.0 and won_over(world, client, tick, when):
        return NEVER
    return when


@kernel
def settle(world: World, client: int, row: int, kind: int) -> int:
    """Which outcome the last event means; a client who is not there when the session should start is a no-show."""
    rule, booking = world.rules[0], world.bookings[row]
    if kind == SESSION_ENDS:
        _, _, u_no_show, _ = block(rule["seed"], rule["replication"], draws.ABSENCE, client, booking["need"], booking["attempts"])
        lead_days = (booking["slot"] * TICKS_PER_SLOT - booking["request_tick"]) / TICKS_PER_DAY
        return rules.NO_SHOW if u_no_show < rules.no_show_share(lead_days, rule) else rules.COMPLETED
    if kind == CLIENT_CANCELS:
        mark(world.free, booking["pro"], booking["slot"], booking["slots"], False)
        return rules.CANCELLED_BY_CLIENT
    return rules.UNFILLED if booking["pro"] == NEVER else rules.CANCELLED_BY_PRO


@kernel
def felt_traits(world: World, client: int, pro: int) -> tuple[float, float, float]:
    """Skill, warmth and advocacy of the pro as this client feels them: partly the pro's own, partly how the two get on."""
    rule, traits = world.rules[0], world.pros[pro]
    share = rule["pair_share"]
    if share <= 0.0:
        return traits["skill"], traits["warmth"], traits["advocacy"]
    u_common, u_skill, u_warmth, u_advocacy = block(rule["seed"], rule["replication"], draws.PAIR, client, pro, 0)
    common = draws.normal_quantile(u_common)
    return (
        rules.mixed(traits["skill"], rules.fit(common, rule["loading_skill"], u_skill), share),
        rules.mixed(traits["warmth"], rules.fit(common, rule["loading_warmth"], u_warmth), share),
        rules.mixed(traits["advocacy"], rules.fit(common, rule["loading_advocacy"], u_advocacy), share),
    )


@kernel
def count_session(counts: Any, is_late: bool, stars: int) -> None:
    """Add a completed session to a pro's running counts; 0 stars: not rated."""
    counts["completed"] += 1
    if is_late:
        counts["late"] += 1
    if stars > 0:
        counts["ratings"] += 1
        counts["stars"] += stars


@kernel
def live_session(world: World, client: int, row: int, tick: int) -> float:
    """A completed session: lateness, quality, rating, survey, counts; returns the shift of the decision to stay."""
    rule, booking, state = world.rules[0], world.bookings[row], world.client_state[client]
    pro, need, attempt = booking["pro"], booking["need"], booking["attempts"]
    traits, counts = world.pros[pro], world.pro_state[pro]
    u_late, _, _, _ = block(rule["seed"], rule["replication"], draws.SESSION, client, need, attempt)
    late_minutes = rules.minutes_late(u_late, traits["late_share"], rule)
    felt_late = late_minutes > world.clients[client]["tolerance_minutes"]
    u_quality, _, _, _ = block(rule["seed"], rule["replication"], draws.QUALITY, client, need, attempt)
    skill, warmth, advocacy = felt_traits(world, client, pro)
    quality = rules.session_quality(u_quality, skill, rule)
    u_given, u_stars, u_surveyed, u_survey = block(rule["seed"], rule["replication"], draws.RATING, client, need, attempt)
    stars = rules.stars(u_given, u_stars, quality, warmth, felt_late, rule)
    booking["minutes_late"] = late_minutes
    booking["rating"] = stars
    booking["survey"] = rules.survey_answer(u_surveyed, u_survey, quality, warmth, felt_late, rule)
    is_late = late_minutes >= rule["late_from_minutes"]
    count_session(counts, is_late, stars)
    arm = arm_of(world, row, pro)
    if arm >= 0 and world.arm_state.size > 0:
        count_session(world.arm_state[arm, pro], is_late, stars)
    if state["completed"] == 0:
        first = world.counters[N_FIRSTS]
        world.counters[N_FIRSTS] = first + 1
        state["first"] = first
        world.first_pro[first] = pro
        state["first_arm"] = arm
        world.first_days[SESSION, first] = tick / TICKS_PER_DAY
        world.first_days[REBOOKED, first] = math.inf
        world.first_days[REBOOKED_SAME_PRO, first] = math.inf
    state["completed"] += 1
    return rules.experience_logit(quality, warmth, advocacy, felt_late, attempt > 0, rule)


@kernel
def goes_private(world: World, client: int, row: int, tick: int) -> bool:
    """Whether the client, happy with a completed session, carries on with its pro off the platform."""
    rule, booking, ties = world.rules[0], world.bookings[row], world.ties[client]
    ties["sessions"] = ties["sessions"] + 1 if ties["pro"] == booking["pro"] else 1
    ties["pro"] = booking["pro"]
    u, _, _, _ = block(rule["seed"], rule["replication"], draws.LEAKAGE, client, booking["need"], 0)
    if not rules.goes_private(u, ties["sessions"], rule):
        return False
    ties["private_tick"] = tick
    return True


@kernel
def decide(world: World, client: int, row: int, tick: int, effect: float, n_earlier_sessions: int) -> int:
    """Whether the client stays; returns the tick of the next request, or NEVER if the client leaves."""
    rule, state, traits, booking = world.rules[0], world.client_state[client], world.clients[client], world.bookings[row]
    if traits["one_time"]:
        return NEVER
    if booking["need"] > 0 or rule["dropout_after_first"]:
        u, _, _, _ = block(rule["seed"], rule["replication"], draws.STAY, client, booking["need"], 0)
        if u >= rules.stay_probability(traits["taste_logit"], effect, n_earlier_sessions, rule):
            return NEVER
    completed = booking["outcome"] == rules.COMPLETED
    if completed and rule["leakage_share_per_session"] > 0.0 and goes_private(world, client, row, tick):
        return NEVER
    booking["stays"] = True
    if completed and booking["service"] == traits["service"]:
        state["favourite"] = booking["pro"]
    return next_need(world, client, tick)


@kernel
def close_request(world: World, client: int, kind: int, tick: int) -> int:
    """End the client's open request, settle it and decide; returns the tick of the next request, or NEVER for none."""
    rule, state = world.rules[0], world.client_state[client]
    row = state["booking"]
    booking = world.bookings[row]
    earlier = state["completed"]
    outcome = settle(world, client, row, kind)
    booking["outcome"] = outcome
    booking["closed_tick"] = tick
    if outcome == rules.COMPLETED:
        effect = live_session(world, client, row, tick)
    else:
        effect = rules.disappointment_logit(outcome, rule)
    felt = effect
    if len(world.loyalty) > 0:
        if outcome == rules.COMPLETED:
            loyalty.pay(world, client, row, tick)
        felt = loyalty.respond(world, client, row, tick, effect)
    price, discount = booking["price_eur"], booking["discount_eur"]
    refund = rules.refund_eur(outcome, price, discount, booking["minutes_late"], rule)
    money = rules.contribution_eur(outcome, price, refund, discount, rule)
    booking["refund_eur"] = refund
    booking["contribution_eur"] = money
    world.money[0] += money
    if len(world.asked) > 0 and world.exogenous[client]:
        when = next_asked(world, client, row, tick)
    else:
        when = decide(world, client, row, tick, felt, earlier)
    if len(world.loyalty) > 0:
        loyalty.follow_up(world, client, row, tick, effect, when)
    return when
