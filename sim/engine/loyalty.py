"""Where programmes take part in the client clock: paying, rewarding, making good, reminding, bringing friends.

Both engines call these functions at the same places. Without programmes ``World.loyalty`` is empty and none of them is called.
"""

from sim import draws, rules
from sim.calendar import TICKS_PER_MONTH
from sim.draws import block
from sim.engine.world import N_LEDGER, N_SPEND, REFERRED, World
from sim.jit import kernel
from sim.population import draw_traits
from sim.programmes import base, outreach, points, recognition, recovery, referral, response, tiers
from sim.programmes.base import cents
from sim.rules import NEVER


@kernel
def spend(world: World, client: int, row: int, tick: int, programme: int, kind: int, cost_eur: float) -> None:
    """Book a cost (an income when negative); what falls due after the run counts at its end, and 0 is not booked."""
    if cost_eur == 0.0:
        return
    due = min(tick, world.rules[0]["horizon_tick"])
    n = world.counters[N_SPEND]
    world.counters[N_SPEND] = n + 1
    entry = world.spend[n]
    entry["client"] = client
    entry["booking"] = row
    entry["tick"] = due
    entry["programme"] = programme
    entry["kind"] = kind
    entry["cost_eur"] = cost_eur
    world.money[1 + due // TICKS_PER_MONTH] += cost_eur


@kernel
def enter(world: World, client: int, row: int, tick: int, kind: int, change: int) -> None:
    """Change a client's balance of points, and say so in the ledger."""
    state = world.loyalty[client]["points"]
    state["balance"] += change
    n = world.counters[N_LEDGER]
    world.counters[N_LEDGER] = n + 1
    entry = world.ledger[n]
    entry["client"] = client
    entry["tick"] = tick
    entry["booking"] = row
    entry["kind"] = kind
    entry["points"] = abs(change)
    entry["balance"] = state["balance"]


@kernel
def expire(world: World, client: int, tick: int) -> None:
    """Take away points that have not been added to for too long; the ledger has the instant at which they expired."""
    rule, state = world.programmes[0]["points"], world.loyalty[client]["points"]
    if points.expires(state, tick, rule):
        enter(world, client, NEVER, state["earned_tick"] + rule["expiry_ticks"], base.EXPIRED, -state["balance"])


# ---- paying


@kernel
def paid_cents(world: World, row: int) -> int:
    """What the client paid for a completed session, less what was refunded, in cents."""
    booking = world.bookings[row]
    return round((booking["price_eur"] - booking["discount_eur"] - booking["refund_eur"]) * 100.0)


@kernel
def enter_window(world: World, client: int, row: int, tick: int) -> None:
    """A session completed now begins to count for the client's status."""
    window = world.loyalty[client]["tiers"]
    if window["sessions"] > 0:
        world.bookings[window["last_row"]]["following"] = row
    else:
        window["first_row"] = row
        window["first_tick"] = tick
    window["last_row"] = row
    window["sessions"] += 1
    window["paid_cents"] += paid_cents(world, row)


@kernel
def amount_in_window(world: World, client: int, tick: int) -> float:
    """What counts for a client's status now, once the sessions that have left the rolling window are taken out."""
    rule, window = world.programmes[0]["tiers"], world.loyalty[client]["tiers"]
    since = tick - rule["window_ticks"]
    while window["sessions"] > 0 and window["first_tick"] <= since:
        window["sessions"] -= 1
        window["paid_cents"] -= paid_cents(world, window["first_row"])
        if window["sessions"] > 0:
            window["first_row"] = world.bookings[window["first_row"]]["following"]
            window["first_tick"] = world.bookings[window["first_row"]]["closed_tick"]
    return window["paid_cents"] / 100.0 if rule["by_spend"] else float(window["sessions"])


@kernel
def discount(world: World, client: int, row: int, tick: int) -> float:
    """What programmes take off the price of a completed session, in EUR; spends the points and vouchers that pay for it."""
    programmes, booking, wallet = world.programmes[0], world.bookings[row], world.loyalty[client]["wallet"]
    left = booking["price_eur"]
    if programmes["tiers"]["on"]:
        channel = world.clients[client]["channel"]
        status = tiers.level(amount_in_window(world, client, tick), channel, programmes["tiers"])
        booking["tier"] = status
        left = max(left - cents(booking["price_eur"] * programmes["tiers"]["discount_share"][channel, status]), 0.0)
    if programmes["points"]["on"]:
        card = points.card_to_redeem(world.loyalty[client]["points"]["balance"], left, programmes["points"])
        if card >= 0:
            enter(world, client, row, tick, base.REDEEMED, -programmes["points"]["card_points"][card])
            left -= points.card_worth(card, left, programmes["points"])
    if left > 0.0 and wallet["voucher_eur"] > 0.0 and wallet["voucher_from"] <= tick <= wallet["voucher_until"]:
        used = min(wallet["voucher_eur"], left)
        # the rest of a voucher is lost
        wallet["voucher_eur"] = 0.0
        left -= used
    if wallet["prepaid_eur"] > 0.0:
        used = min(wallet["prepaid_eur"], left)
        wallet["prepaid_eur"] = cents(wallet["prepaid_eur"] - used)
        left -= used
    return min(cents(booking["price_eur"] - left), booking["price_eur"])


@kernel
def collect(world: World, client: int, row: int, tick: int) -> None:
    """Points for a completed session, and perhaps a gift card bought for money."""
    rule, booking, state = world.programmes[0]["points"], world.bookings[row], world.loyalty[client]
    paid = booking["price_eur"] - booking["discount_eur"] - booking["refund_eur"]
    gained = points.earned(paid, world.services[booking["service"]]["points"], rule)
    if gained > 0:
        state["points"]["earned_tick"] = tick
        enter(world, client, row, tick, base.EARNED, gained)
    if rule["card_sale_share"] > 0.0:
        run = world.rules[0]
        u, _, _, _ = block(run["seed"], run["replication"], draws.CARD_SALE, client, booking["need"], 0)
        if u < rule["card_sale_share"]:
            worth = rule["card_eur"][0]
            state["wallet"]["prepaid_eur"] += worth
            spend(world, client, row, tick, base.POINTS, base.CARD_SALE, -worth)


@kernel
def pay(world: World, client: int, row: int, tick: int) -> None:
    """A completed session is paid for, and rewarded."""
    programmes, booking, state = world.programmes[0], world.bookings[row], world.loyalty[client]
    if programmes["points"]["on"]:
        expire(world, client, tick)
    booking["discount_eur"] = discount(world, client, row, tick)
    # nobody is rewarded for money that comes back
    booking["refund_eur"] = rules.refund_eur(
        booking["outcome"], booking["price_eur"], booking["discount_eur"], booking["minutes_late"], world.rules[0]
    )
    if programmes["points"]["on"]:
        collect(world, client, row, tick)
    if programmes["tiers"]["on"]:
        enter_window(world, client, row, tick)
    n_completed, recognises = world.client_state[client]["completed"], programmes["recognition"]
    if recognises["on"] and recognition.is_known(n_completed, recognises):
        spend(world, client, row, tick, base.RECOGNITION, base.GREETING, recognises["cost_eur"])
    if state["referral"]["is_friend"] and n_completed == 1:
        # the bonus belongs to what this client cost, so that is whose cost it is
        spend(world, client, row, tick, base.REFERRAL, base.REFERRAL_BONUS, programmes["referral"]["referrer_bonus_eur"])


# ---- the decision to stay


@kernel
def make_good(world: World, client: int, row: int, tick: int, effect: float) -> float:
    """Apologise and compensate for a failure; returns the shift of the decision to stay that this gives."""
    rule, booking, wallet = world.programmes[0]["recovery"], world.bookings[row], world.loyalty[client]["wallet"]
    outcome, cancellations = booking["outcome"], booking["attempts"]
    if not recovery.failed(outcome, booking["minutes_late"], booking["rating"], cancellations, rule):
        return 0.0
    when = tick + rule["delay_ticks"]
    spend(world, client, row, when, base.RECOVERY, base.APOLOGY, rule["apology_cost_eur"])
    spend(world, client, row, when, base.RECOVERY, base.COMPENSATION, rule["money_eur"])
    if rule["voucher_eur"] > 0.0:
        unused = wallet["voucher_eur"] if wallet["voucher_until"] >= tick else 0.0
        if unused == 0.0:
            wallet["voucher_from"] = when
        wallet["voucher_eur"] = unused + rule["voucher_eur"]
        wallet["voucher_until"] = max(wallet["voucher_until"], when + rule["voucher_ticks"])
    felt_late = outcome == rules.COMPLETED and booking["minutes_late"] > world.clients[client]["tolerance_minutes"]
    harm = recovery.failure_logit(outcome, effect, felt_late, cancellations, world.rules[0])
    return -harm * recovery.repaired_share(booking["price_eur"], rule)


@kernel
def incentive(world: World, client: int, row: int, tick: int) -> float:
    """What rewards that the client has or works for do to the decision to stay; sets the haste of the next need."""
    programmes, booking, state = world.programmes[0], world.bookings[row], world.loyalty[client]
    price, rate = booking["price_eur"], world.clients[client]["rate_per_day"]
    shift, pace = 0.0, 1.0
    if programmes["points"]["on"]:
        expire(world, client, tick)
        rule = programmes["points"]
        worth, progress, days = points.goal(
            state["points"]["balance"], price, world.services[booking["service"]]["points"], rate, rule
        )
        shift += response.stay_logit(worth, progress, days, rule["response"])
        pace *= 1.0 - response.haste(worth, progress, days, rule["response"])
    if programmes["tiers"]["on"]:
        grid, channel = programmes["tiers"], world.clients[client]["channel"]
        amount = amount_in_window(world, client, tick)
        status = tiers.level(amount, channel, grid)
        has = grid["discount_share"][channel, status]
        per_visit = price * (1.0 - has) if grid["by_spend"] else 1.0
        worth, progress, days = tiers.next_goal(amount, status, channel, per_visit, rate, grid)
        # a discount in hand is a reward that has been reached
        shift += response.stay_logit(has, 1.0, 0.0, grid["response"]) + response.stay_logit(worth, progress, days, grid["response"])
        pace *= 1.0 - response.haste(worth, progress, days, grid["response"])
    state["haste"] = 1.0 - pace
    return shift


@kernel
def respond(world: World, client: int, row: int, tick: int, effect: float) -> float:
    """Effect of a closed request on the decision to stay, once the programmes have had their say."""
    programmes, booking = world.programmes[0], world.bookings[row]
    shift = 0.0
    if programmes["recovery"]["on"]:
        shift += make_good(world, client, row, tick, effect)
    if not world.clients[client]["one_time"]:
        shift += incentive(world, client, row, tick)
    recognises, completed = programmes["recognition"], booking["outcome"] == rules.COMPLETED
    if recognises["on"] and completed and recognition.is_known(world.client_state[client]["completed"], recognises):
        shift += recognises["lift_logit"]
    return effect + shift


# ---- between bookings


@kernel
def remind(world: World, client: int, row: int, tick: int, when: int, here: bool) -> int:
    """Send reminders from ``tick`` until the need at ``when`` (NEVER: none will come); returns when it comes now, or NEVER.

    ``here``: the client is still there and may answer, opt out or leave. Messages sent since the request ended count towards the
    most in a row.
    """
    rule, state, run = world.programmes[0]["outreach"], world.loyalty[client]["outreach"], world.rules[0]
    need = world.client_state[client]["need"]
    while state["sent"] < rule["max_messages"] and not state["opted_out"]:
        message = tick + (state["sent"] + 1) * rule["every_ticks"]
        if message >= run["horizon_tick"] or (when != NEVER and message >= when):
            return when
        state["sent"] += 1
        spend(world, client, row, message, base.OUTREACH, base.MESSAGE, rule["cost_eur"])
        if not here:
            continue
        u_annoyed, u_opts_out, u_answers, u_taught = block(
            run["seed"], run["replication"], draws.OUTREACH, client, need, state["sent"]
        )
        if u_taught < rule["taught_share"]:
            state["taught"] = True
        effect = outreach.effect_of(u_annoyed, u_opts_out, u_answers, rule)
        if effect == outreach.ANSWERED:
            when = outreach.brought_forward(when, message, rule)
        elif effect != outreach.NOTHING:
            state["opted_out"] = True
            if effect == outreach.LEFT:
                return NEVER
    return when


@kernel
def next_tick(world: World, client: int, tick: int, when: int) -> int:
    """When the next need comes after reminders; NEVER for a client who left over them. The gap after it begins there."""
    if not world.programmes[0]["outreach"]["on"]:
        return when
    reminded = remind(world, client, world.client_state[client]["booking"], tick, when, True)
    if reminded != NEVER:
        world.client_state[client]["need_tick"] = min(world.client_state[client]["need_tick"], reminded)
    return reminded


@kernel
def asked_share(world: World, client: int, share: float) -> float:
    """Share of requests at which the client asks for the favourite pro."""
    if world.programmes[0]["outreach"]["on"] and world.loyalty[client]["outreach"]["taught"]:
        return max(share, world.programmes[0]["outreach"]["favourite_share"])
    return share


@kernel
def wanted_service(world: World, u: float) -> int:
    """Service of a client whose draw is u."""
    for service in range(len(world.services) - 1):
        if u < world.services[service]["cumulative"]:
            return service
    return len(world.services) - 1


@kernel
def bring_friend(world: World, client: int, tick: int, effect: float) -> None:
    """A client who stays after a completed session may bring a friend, who is then due to arrive."""
    rule, state, run = world.programmes[0]["referral"], world.loyalty[client]["referral"], world.rules[0]
    n_arrivals = run["n_arrivals"]
    need = world.client_state[client]["need"]
    u_brings, u_delay, _, _ = block(run["seed"], run["replication"], draws.REFERRAL, client, need, 0)
    if not referral.brings(u_brings, client, state["brought"], effect, n_arrivals, rule):
        return
    friend = referral.friend_of(client, state["brought"], n_arrivals)
    state["brought"] += 1
    arrival = referral.arrival_tick(u_delay, tick, rule)
    if arrival >= run["horizon_tick"]:
        return
    traits, wallet = world.clients[friend], world.loyalty[friend]["wallet"]
    u_service, _ = draw_traits(traits, friend, run["seed"], run["replication"], rule["law"])
    traits["service"] = wanted_service(world, u_service)
    traits["arrival_tick"] = arrival
    traits["zone"] = world.clients[client]["zone"]
    traits["channel"] = rule["channel"]
    traits["taste_logit"] += rule["taste_logit"]
    arrives = world.client_state[friend]
    arrives["need_tick"] = arrival
    arrives["favourite"] = NEVER
    arrives["booking"] = NEVER
    arrives["first"] = NEVER
    world.loyalty[friend]["referral"]["is_friend"] = True
    world.loyalty[friend]["referral"]["referrer"] = client
    wallet["voucher_eur"] = rule["friend_voucher_eur"]
    wallet["voucher_until"] = run["horizon_tick"]
    world.acquired[friend] = True
    world.counters[REFERRED] = friend


@kernel
def follow_up(world: World, client: int, row: int, tick: int, effect: float, when: int) -> None:
    """What happens once it is decided when the client comes back, if at all: friends, and messages to those who have left.

    ``effect`` is that of the session itself on the decision to stay.
    """
    programmes, booking = world.programmes[0], world.bookings[row]
    world.counters[REFERRED] = NEVER
    if programmes["referral"]["on"] and booking["stays"] and booking["outcome"] == rules.COMPLETED:
        bring_friend(world, client, tick, effect)
    if programmes["outreach"]["on"]:
        if when == NEVER:
            remind(world, client, row, tick, NEVER, False)
        world.loyalty[client]["outreach"]["sent"] = 0
