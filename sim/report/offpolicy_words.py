"""What a log says about other policies, in sentences."""

import math
from collections.abc import Iterator

from sim.report.format import difference
from sim.report.offpolicy_record import LARGE_SHARE, MUCH_MOVED, EstimatorSays, OffpolicyRecord, PolicyJudged
from sim.words.language import joined, t
from sim.words.units import percent, rounded, whole


def estimator_name(name: str) -> str:
    """An estimator in the current language."""
    return {
        "ips": t("Weights (IPS)"),
        "self_normalised": t("Weights, normalised"),
        "clipped": t("Weights, cut"),
        "direct": t("Model alone"),
        "doubly_robust": t("Doubly robust"),
        "switched": t("Doubly robust, model where weights are large"),
        "offers_ips": t("Offer by offer"),
        "offers_self_normalised": t("Offer by offer, normalised"),
        "offers_clipped": t("Offer by offer, cut"),
    }[name]


def verdict_name(one: PolicyJudged) -> str:
    """What follows for a policy, in the current language."""
    return {
        "better": t("better"),
        "worse": t("worse"),
        "better_here": t("better, with these pros only"),
        "worse_here": t("worse, with these pros only"),
        "unclear": t("not told apart"),
        "few": t("hangs on one client") if one.lacks == "spread" else t("too few"),
        "refused": t("the log says nothing"),
    }[one.verdict]


def policy_name(one: PolicyJudged) -> str:
    """A policy, marked where nobody could run it."""
    return t("{arm} (reference)", arm=one.arm) if one.sees_truth else one.arm


def reason_name(reason: str) -> str:
    """Why clients of a file are left out, in the current language."""
    return {
        "older": t("may be older than the file"),
        "no_pro": t("first booking without a pro"),
        "no_candidates": t("first booking without candidates"),
    }[reason]


def sentences(record: OffpolicyRecord) -> list[str]:
    """What was found, the most important first."""
    lines = [line for one in record.policies for line in _of_policy(one, record)]
    levels = {one.level for one in record.policies if one.says}
    if len(record.policies) > 1 and levels:
        lines.append(
            t(
                "{n} policies are judged: what is luck, and for which pros, is told by intervals at {level}, so that all verdicts"
                " together are wrong as rarely as one alone at 95 %. The table has 95 %.",
                n=whole(len(record.policies)),
                level=percent(round(max(levels), 3)),
            )
        )
    if record.estimated:
        lines.append(
            t(
                "The file does not say how likely each candidate was: that is estimated from the choices and from what was known of"
                " pros. Where the rule saw something else, every estimate but that of the model alone is off."
            )
        )
    if record.only_chosen:
        lines.append(t("The file has the propensity of the chosen pro only: whether all others had a chance cannot be told."))
    lines.append(_counted(record))
    return lines


def _of_policy(one: PolicyJudged, record: OffpolicyRecord) -> Iterator[str]:
    yield _found(one, record) if one.headline is not None else refusal(one, record)
    if one.true_difference is not None:
        yield t(
            "Simulated with the calendars and scores that {arm} makes itself, it changes by {truth} ({n} pairs of runs).",
            arm=one.arm,
            truth=difference(one.true_difference, "share"),
            n=one.true_difference.n,
        )
    if one.moved_share > MUCH_MOVED:
        yield t(
            "{arm} sends {share} of first sessions to other pros than the log did, up to {times} times as many to one of them."
            " Whether they have time for that, the log does not show.",
            arm=one.arm,
            share=percent(round(one.moved_share, 2)),
            times=rounded(one.busiest_times, 1),
        )


def _found(one: PolicyJudged, record: OffpolicyRecord) -> str:
    first = one.headline
    assert first is not None  # noqa: S101
    said = t(
        "By the log, {arm} instead of {control} changes the share of new clients who come back within {days} days by {difference}.",
        arm=policy_name(one),
        control=record.control or t("the present rule"),
        days=whole(record.outcome_days),
        difference=difference(first.difference, "share"),
    )
    return f"{said} {_lacking(one, first, record) if one.lacks else _luck(one)}"


def _lacking(one: PolicyJudged, first: EstimatorSays, record: OffpolicyRecord) -> str:
    """Why it is not to be decided by an estimate."""
    if one.lacks == "spread":
        return t(
            "Do not decide by it: a single client has {share} of all weights, {most} at most are wanted.",
            share=percent(round(first.largest_share, 3)),
            most=percent(LARGE_SHARE),
        )
    if one.lacks == "interval":
        return t("Do not decide by it: the clients are too few for an interval.")
    return t(
        "Do not decide by it: the log weighs like {n} choices of this policy, {wanted} are wanted.",
        n=whole(first.effective_n),
        wanted=whole(record.effective_n),
    )


def _luck(one: PolicyJudged) -> str:
    """Whether a difference is more than luck, and for whom."""
    if one.verdict == "unclear":
        return t("That can be luck.")
    others = one.decides_other_pros
    if not math.isfinite(others.low):
        return t("That is more than the luck of which clients came, with these pros only: they are too few to speak for others.")
    found = difference(others, "share")
    if one.verdict in ("better", "worse"):
        return t(
            "That is more than the luck of which clients came, and of which pros there are: for others such as these, {found}.",
            found=found,
        )
    return t(
        "That is more than the luck of which clients came, but with these pros only: for others such as these, {found}.",
        found=found,
    )


def refusal(one: PolicyJudged, record: OffpolicyRecord) -> str:
    """Why a log says nothing about a policy, and what would have to be logged."""
    why = {
        "alone": t(
            "The log says nothing about {arm}: nobody else could have been chosen, by the candidates that it names.", arm=one.arm
        ),
        "strict": t("The log says nothing about {arm}: it always asked in a strict order and left nothing to chance.", arm=one.arm),
        "support": t(
            "The log says nothing about {arm}: {share} of its choices are of pros whom the log could not have chosen.",
            arm=one.arm,
            share=percent(round(one.unsupported_share, 2)),
        ),
        "weights": t("The log says nothing about {arm}: it would have made none of the choices logged.", arm=one.arm),
    }[one.refused]
    if not math.isfinite(one.needed):
        return why
    needed = t(
        "With a tenth of the choices made at random, {n} choices would weigh like {wanted} of this policy.",
        n=whole(one.needed),
        wanted=whole(record.effective_n),
    )
    return f"{why} {needed}"


def _counted(record: OffpolicyRecord) -> str:
    text = t(
        "{mature} of {n} new clients have had {days} days to come back; {rate} of them did.",
        mature=whole(record.mature),
        n=whole(record.clients),
        days=whole(record.outcome_days),
        rate=percent(round(record.logged.estimate, 3)),
    )
    out = joined(f"{reason_name(reason)} {whole(n)}" for reason, n in record.left_out.items() if n)
    return f"{text} {t('Clients left out: {reasons}.', reasons=out)}" if out else text
