"""What a real experiment says, in sentences."""

from sim.report.format import difference, p_value
from sim.report.lab import UNITS, outcome_name
from sim.report.observed_learned import learned_sentences
from sim.report.observed_record import LOOK_BACK_DAYS, Beside, Line, ObservedRecord, Verdict
from sim.words.language import t, tn
from sim.words.units import percent, rounded, shift, whole


def verdict_name(verdict: Verdict) -> str:
    """A verdict in the current language."""
    return {
        "fine": t("as it should be"),
        "doubtful": t("look"),
        "broken": t("do not trust"),
        "unknown": t("cannot be told"),
        "seen": t("an effect is seen"),
        "not_seen": t("no effect is seen"),
        "consistent": t("consistent"),
        "not_consistent": t("not consistent"),
    }[verdict]


def line_name(name: str) -> str:
    """A check or an estimator in the current language."""
    return {
        "sample_ratio": t("Share treated"),
        "balance": t("Groups alike before"),
        "settling": t("Later days of a period less the first"),
        "carry_over": t("Periods that are still felt"),
        "spill_over": t("All others nearby treated instead of none"),
        "treated_since_before": t("Treated group since before"),
        "control_since_before": t("Control group since before"),
        "difference": t("Difference between groups"),
        "hajek": t("Means of periods"),
        "before_after": t("Before and after"),
        "adjusted": t("Adjusted by what was known before"),
        "always_valid": t("At any look"),
    }[name]


def covariate_name(name: str) -> str:
    """What was known of a client before, in the current language."""
    return {
        "lead_days": t("lead time"),
        "hour": t("hour of the request"),
        "weekday": t("day of the week"),
        "service": t("service"),
        "zone": t("zone of the client"),
    }[name]


def sentences(record: ObservedRecord) -> list[str]:
    """What was found, the most important first."""
    own = record.estimates[0]
    effect = difference(own.interval, UNITS[record.outcome])
    lines = [sentence for check in record.checks if check.verdict == "broken" for sentence in _told(check)]
    said = t(
        "{treated} instead of {control} changes {outcome} by {effect}.",
        treated=record.treated or t("after"),
        control=record.control or t("before"),
        outcome=outcome_name(record.outcome),
        effect=effect,
    )
    seen = t("The effect is seen.") if own.verdict == "seen" else t("That can be luck: no effect is seen.")
    if record.is_broken:
        lines.append(t("What the file says, not to be trusted: {said}", said=said))
    else:
        lines.append(f"{said} {seen}")
    if record.beside is not None:
        lines.append(_agreement(record, record.beside))
        unit = UNITS[record.outcome]
        lines.append(
            t(
                "There, treating everybody instead of nobody changes it by {truth}; what an experiment of this design says beyond"
                " that, groups do to one another: {bias}.",
                truth=shift(record.beside.truth, unit),
                bias=shift(record.beside.bias, unit),
            )
        )
    if record.learned is not None:
        lines += learned_sentences(record.learned, UNITS[record.outcome])
    lines += [sentence for check in record.checks if check.verdict == "doubtful" for sentence in _told(check)]
    if record.design == "before_after":
        lines.append(t("Nothing was drawn: whatever else changed between before and after is taken for the effect."))
    lines += _looked(record)
    return lines + _counted(record)


def _agreement(record: ObservedRecord, beside: Beside) -> str:
    unit = UNITS[record.outcome]
    values = {
        "n": whole(beside.n),
        "market": beside.market,
        "treated": beside.treated,
        "control": beside.control,
        "mean": difference(beside.interval, unit),
        "sd": shift(beside.sd, unit).lstrip("+"),
        "p": _against(beside.p_value),
    }
    if beside.verdict == "consistent":
        return t(
            "Consistent with the simulated market {market} (p {p}): {n} experiments of this design and length with"
            " {treated} instead of {control} say {mean} on average, and one with as many clients is off by {sd}.",
            **values,
        )
    return t(
        "Not consistent with the simulated market {market} (p {p}): {n} experiments of this design and length with {treated}"
        " instead of {control} say {mean} on average, and one with as many clients is off by {sd}. The market, or what is tried, is"
        " not as it is described.",
        **values,
    )


def _against(p: float) -> str:
    """A p-value behind its letter: ``= 0.862``, ``< 0.001``."""
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _told(check: Line) -> list[str]:
    """What follows from a check that is not as it should be."""
    p = _against(check.p_value)
    if check.name == "sample_ratio":
        return [
            t(
                "Do not trust this experiment: {share} are treated where {meant} was meant ({treated} and {control}; p {p})."
                " Somebody is missing or counted twice in one group.",
                share=percent(round(check.estimate, 3)),
                meant=percent(float(check.about)),
                treated=whole(check.n_treated),
                control=whole(check.n_control),
                p=p,
            )
        ]
    if check.name == "balance":
        return [
            t(
                "The groups differed before anything was tried (p {p}), most in: {what} ({d} standard deviations). Was it assigned"
                " at random?",
                p=p,
                what=covariate_name(check.about),
                d=rounded(check.estimate, 2, signed=True),
            )
        ]
    if check.name == "settling":
        return [t("The effect differs between the first and the later days of a period: what was shown before is still felt.")]
    if check.name == "carry_over":
        return [
            tn(
                "What was shown {n} period ago is still felt: choose longer periods, or leave out their first days (burn_in_days).",
                "What was shown {n} periods ago is still felt: choose longer ones, or leave out their first days (burn_in_days).",
                int(check.estimate),
            )
        ]
    if check.name == "spill_over":
        return [
            t(
                "Clients do otherwise where more of the others are treated: the groups reach into one another, and the estimate is"
                " not the effect on everybody."
            )
        ]
    if check.name == "treated_since_before":
        return [t("One group rose and the other fell since before: the treated may have gained at the cost of the control.")]
    return []


def _looked(record: ObservedRecord) -> list[str]:
    """For a team that has looked on the way."""
    line = next((one for one in record.estimates if one.name == "always_valid"), None)
    if line is None or line.verdict == "unknown":
        return []
    shown = difference(line.interval, UNITS[record.outcome])
    if line.about:
        return [
            t("Looked at every day, the effect was first seen on {day}; the interval that holds at every look is {shown}.",
              day=line.about, shown=shown)
        ]  # fmt: skip
    return [t("Who looked on the way and could have stopped needs the interval that holds at every look: {shown}.", shown=shown)]


def _counted(record: ObservedRecord) -> list[str]:
    """Who counts, and who does not."""
    lines = [t("{n} new clients count, who first asked from {start} to {end}.",
               n=whole(record.clients), start=record.start, end=record.end)]  # fmt: skip
    if record.unfollowed:
        lines.append(
            tn(
                "{n} more is not followed for {days} days by the last day of the file, {last}: wait until {known_on} for all.",
                "{n} more are not followed for {days} days by the last day of the file, {last}: wait until {known_on} for all.",
                record.unfollowed,
                days=whole(record.window_days),
                last=record.last,
                known_on=record.known_on,
            )
        )
    if record.ungrouped:
        lines.append(tn("{n} new client is in neither group.", "{n} new clients are in neither group.", record.ungrouped))
    if record.early:
        lines.append(
            tn(
                "{n} new client asked before being assigned, and does not count.",
                "{n} new clients asked before they were assigned, and do not count.",
                record.early,
            )
        )
    if record.had_booked:
        lines.append(
            tn(
                "{n} client who asked meanwhile had done so before, and does not count.",
                "{n} clients who asked meanwhile had done so before, and do not count.",
                record.had_booked,
            )
        )
    if record.by_visit:
        lines.append(t("The file does not say when bookings were made: all is counted by the days of the visits."))
    if record.lookback_days < LOOK_BACK_DAYS:
        lines.append(
            t(
                "The file begins {days} days before the experiment: who asked before that counts as new. Take a longer file, or map"
                " columns.left_censored.",
                days=whole(record.lookback_days),
            )
        )
    return lines
