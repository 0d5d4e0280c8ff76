"""The decision for programs: ``scorecard.json``.

Schema, version 1. Numbers are in the metric's own unit (a share of .005 is half a point); what is not defined is null.

=================  =====================================================================================================
key                value
=================  =====================================================================================================
schema, version    ``mission-dispatch-sim/scorecard`` and the version of this table
language           of all texts: ``en``, ``fr`` or ``de``
market, control    names
replications       of each arm; ``level``: of the intervals
base               of a replay only, the file beside the simulation of the control: ``arm``, ``ranks`` (whether policies are
                   ranked), ``text``, and ``rows``, a list: by, value, figure, file, simulated, low, high, difference, verdict
                   (``fits``, ``off`` or ``too few``)
rule               ``primary`` (metric, label, unit, better, smallest_effect), ``guardrails`` (metric, label, unit, side: ``up`` or
                   ``down``, limit), ``follows``: by outcome, what follows
decision           ``outcome``: ``roll_out``, ``discuss``, ``do_not_roll_out``, ``nothing_to_decide``, or ``not_ranked`` on a base
                   that is off; ``arm``: its name, or null; ``text``: the sentences at the top of the page; ``follows``
arms               a list: ``arm``, ``role`` (``control``, ``policy`` or ``reference``), ``metrics``: by name mean, half_width, n;
                   against the control, difference, low, high, p_value, verdict. Policies also have ``outcome``, ``sentence``,
                   ``effect`` (estimate, low, high, n, standing: ``above``, ``below``, ``not clear yet`` or ``not defined``) and
                   ``guardrails`` (metric, side, limit, estimate, low, high, n, p_value, verdict: ``within limit``, ``crossed``,
                   ``not clear yet`` or ``not defined``). Where incomes of pros were kept, ``people``: of the pros, against the
                   control, ``lost_by_quality`` (who have to expect a loss of more than a tenth, luck averaged out), ``lost``,
                   ``gained`` (with the luck of each) and ``leavers`` (further pros of a run), each estimate, low, high, n
robustness         where the decision was looked at in other plausible worlds: ``worlds`` and ``replications`` of each, ``origin``
                   (``prior``, ``matched`` or ``posterior``), ``survived`` (share of the prior left after each wave of matching),
                   ``robust_share`` (of worlds in which a roll out must be worth it), and ``arms``, by name, references too:
                   difference to the control in the primary metric, ``mean`` over worlds with ``mean_low`` and ``mean_high``,
                   ``between_sd`` (standard deviation of the true effects of worlds) with ``_low`` and ``_high``,
                   ``predictive_low`` and ``predictive_high`` (of the effect in the true world), ``share_roll_out`` (of worlds in
                   which it is worth rolling out) with ``_low`` and ``_high``, ``regret`` and ``worst_tenth_regret`` (lost against
                   the best arm of each world; null for references)
realism            a list: metric, low, high, verdict (the project's own tolerance), published_low, published_high,
                   published_verdict, estimate, interval_low, interval_high, n, source; beside the ``arm`` under which they were
                   measured; verdicts: ``within``, ``outside``, ``not clear yet`` or ``not defined``
reproduce          command, seed, versions, hashes
=================  =====================================================================================================

A later version may add keys; one that changes or drops any has a higher number.
"""

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import Any

from sim.calibration.base_fit import BaseFit
from sim.metrics.catalogue import metric
from sim.report.base import base_sentences
from sim.report.decision import NAMES, arm_sentence, follows, what_follows
from sim.report.extras import ReportExtras
from sim.report.format import known_metrics
from sim.report.published import TargetLine
from sim.report.rule import Decision, Guardrail, references_of
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval
from sim.statistics.people import lost_by_quality, who_pays
from sim.words.language import spoken
from sim.words.units import label
from sim.worlds.found import OverWorlds

SCHEMA, VERSION = "mission-dispatch-sim/scorecard", 1


def scorecard_json(
    comparison: Comparison, decision: Decision, text: Sequence[str], realism: Sequence[TargetLine], extras: ReportExtras
) -> str:
    """The scorecard as JSON text, in the current language; the same to the byte for the same results."""
    rule = decision.rule
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "language": spoken(),
        "market": extras.market,
        "control": comparison.control,
        "replications": comparison.n_replications,
        "level": comparison.level,
        **({"base": _base(extras.base)} if extras.base else {}),
        "rule": {
            "primary": _of(rule.primary) | {"better": metric(rule.primary).better, "smallest_effect": rule.smallest_effect},
            "guardrails": [_of(one.metric) | _limit(one) for one in rule.guardrails],
            "follows": {outcome: what_follows(rule, outcome) for outcome in NAMES},
        },
        "decision": {
            "outcome": decision.outcome,
            "arm": decision.arm,
            "text": list(text),
            "follows": follows(decision),
        },
        "arms": [_arm(comparison, decision, arm) for arm in comparison.arms],
        **({"robustness": _robustness(extras.over, rule.robust_share)} if extras.over else {}),
        "realism": {"arm": extras.realism_arm or None, "targets": [_target(line) for line in realism]},
        "reproduce": {
            "command": extras.command,
            "seed": extras.seed,
            "versions": dict(extras.versions),
            "hashes": dict(extras.hashes),
        },
    }
    return json.dumps(_defined(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _defined(node: Any) -> Any:
    """The same with null in the place of every number that is not one."""
    if isinstance(node, dict):
        return {key: _defined(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_defined(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def _base(base: BaseFit) -> dict[str, Any]:
    rows = [dataclasses.asdict(row) | {"difference": row.difference} for row in base.rows]
    return {"arm": base.arm, "ranks": base.ranks, "text": base_sentences(base), "rows": rows}


def _of(name: str) -> dict[str, Any]:
    shown = metric(name)
    return {"metric": name, "label": label(shown), "unit": shown.unit}


def _limit(one: Guardrail) -> dict[str, Any]:
    return {"side": one.side, "limit": one.limit}


def _interval(interval: Interval) -> dict[str, Any]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high, "n": interval.n}


def _target(line: TargetLine) -> dict[str, Any]:
    interval, target = line.interval, line.target
    return {
        "metric": target.metric,
        "low": target.tolerance[0],
        "high": target.tolerance[1],
        "estimate": interval.estimate,
        "interval_low": interval.low,
        "interval_high": interval.high,
        "n": interval.n,
        "verdict": line.against_tolerance,
        "published_low": target.published[0],
        "published_high": target.published[1],
        "published_verdict": line.against_published,
        "source": str(target.source),
    }


def _arm(comparison: Comparison, decision: Decision, arm: str) -> dict[str, Any]:
    role = "control" if arm == comparison.control else "reference" if arm in references_of(comparison) else "policy"
    content: dict[str, Any] = {"arm": arm, "role": role}
    if arm in decision.arms:
        one = decision.arms[arm]
        content |= {
            "outcome": one.outcome,
            "sentence": arm_sentence(decision, one),
            "effect": _interval(one.effect) | {"standing": one.standing},
            "guardrails": [
                {"metric": check.guardrail.metric}
                | _limit(check.guardrail)
                | _interval(check.test.interval)
                | {"p_value": check.test.p_value, "verdict": check.test.verdict}
                for check in one.checks
            ],
        }
    by_quality, groups = (None, ()) if role == "control" else (lost_by_quality(comparison, arm), who_pays(comparison, arm))
    if by_quality is not None and groups:
        numbers = {"lost": groups[0].lost, "gained": groups[0].gained, "leavers": groups[0].leavers}
        content["people"] = {name: _interval(one) for name, one in ({"lost_by_quality": by_quality} | numbers).items()}
    return content | {"metrics": {shown.name: _metric(comparison, arm, shown.name) for shown in known_metrics(comparison)}}


def _metric(comparison: Comparison, arm: str, name: str) -> dict[str, Any]:
    summary, row = comparison.summary(arm, name), comparison.difference(arm, name)
    content: dict[str, Any] = {"mean": summary.mean, "half_width": summary.half_width, "n": summary.n}
    if row is not None:
        content |= {"difference": row.difference, "low": row.low, "high": row.high, "p_value": row.p_value, "verdict": row.verdict}
    return content


def _robustness(over: OverWorlds, needed: float) -> dict[str, Any]:
    """The decision over plausible worlds."""
    arms = {
        one.arm: {
            "mean": one.primary.mean.estimate,
            "mean_low": one.primary.mean.low,
            "mean_high": one.primary.mean.high,
            "between_sd": one.primary.between_sd.estimate,
            "between_sd_low": one.primary.between_sd.low,
            "between_sd_high": one.primary.between_sd.high,
            "predictive_low": one.primary.predictive.low,
            "predictive_high": one.primary.predictive.high,
            "share_roll_out": one.share.estimate,
            "share_roll_out_low": one.share.low,
            "share_roll_out_high": one.share.high,
            "regret": one.regret.estimate,
            "worst_tenth_regret": one.worst_tenth_regret.estimate,
        }
        for one in over.arms.values()
    }
    about = {"worlds": over.n_worlds, "replications": over.n_replications, "origin": over.origin, "survived": list(over.survived)}
    return about | {"robust_share": needed, "arms": arms}
