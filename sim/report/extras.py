"""What the report of a comparison is made of: the results, and what is said beyond them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.calibration.base_fit import BaseFit
from sim.report.measurable import Measurable
from sim.report.replayed import Replayed
from sim.report.rule import DecisionRule
from sim.report.settling import Settling, WantedPrecision
from sim.report.within import Within
from sim.said import Said
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval
from sim.worlds.found import OverWorlds


@dataclass(frozen=True)
class ReportExtras:
    """What a report says beyond the results. Nothing in it may change when the same comparison is run again, such as a duration."""

    market: str
    """Name of the market."""
    arm_descriptions: Mapping[str, str]
    """One line an arm; arms may be missing."""
    min_sessions: int
    """Completed sessions from which the scores shown count, >= 0."""
    share_of_oracle_gain: Mapping[str, Interval]
    """By arm, in the primary metric; nan where undefined, empty without a reference."""
    assumptions: Sequence[Said]
    command: str
    """What to type to get the same page."""
    seed: int
    versions: Mapping[str, str]
    """By name of the software."""
    n_clients: int
    """New clients in a run."""
    n_pros: int
    horizon_days: float
    warmup_days: float
    gain_reference: str = "oracle"
    """The arm whose gain that is a share of."""
    rule: DecisionRule = field(default_factory=DecisionRule)
    """What was agreed on before the runs."""
    strict: Sequence[str] = ()
    """Arms that order pros strictly instead of drawing them by weight."""
    realism_arm: str = ""
    """The arm under which the market is held against published figures; empty for none."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Of the model's source and of the runs, by what they are of."""
    precision: WantedPrecision | None = None
    """Where the number of replications comes from; None when it was simply given."""
    settling: Settling | None = None
    """Whether the warm-up is long enough; None when that was not judged."""
    pays_for_growth: bool = False
    """Whether clients are bought out of contribution, so that ``n_clients`` are only the most that there can be."""
    score_arm: str | None = None
    """Whose scores the charts show; None: the first arm that has some and is neither control nor reference."""
    services: Sequence[str] = ()
    """Names of the market's services, in their order."""
    within: Within | None = None
    """A milder form of a policy that a guardrail holds back; None: none was searched for."""
    replayed: Replayed | None = None
    """The stream whose requests were replayed; None: requests were drawn."""
    base: BaseFit | None = None
    """The file beside the simulation of the control; None without a file."""
    over: OverWorlds | None = None
    """The policies in other plausible worlds; None: they were looked at in this market alone."""
    measurable: Measurable | None = None
    """Whether a real experiment can show what is to be rolled out; None: that was not asked."""

    @property
    def shares(self) -> dict[str, Interval]:
        """By policy that was looked at in plausible worlds, the share of them in which it is worth rolling out."""
        return self.over.shares if self.over else {}

    @property
    def ranks(self) -> bool:
        """Whether policies may be ranked."""
        return self.base is None or self.base.ranks


@dataclass(frozen=True)
class ComparisonRecord:
    """All that the report of a comparison is made of."""

    comparison: Comparison
    extras: ReportExtras
