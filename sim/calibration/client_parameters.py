"""The parameters of the client model: all that its likelihood, its forecasts and its gaps are functions of."""

from dataclasses import dataclass

from sim.said import Said, say


@dataclass(frozen=True)
class ClientModel:
    """Parameters of the client model; time in weeks."""

    rate_shape: float
    """r > 0."""
    rate_weeks: float
    """alpha > 0: the mean rate is r / alpha a week."""
    drop_a: float
    drop_b: float
    """Both > 0: a client leaves after a visit with probability a / (a + b) on average."""
    gap_shape: float = 1.0
    """k > 0; 1 is Poisson, larger is more regular."""
    one_time_share: float = 0.0
    """Share of clients who never have a second need, 0 to 1."""
    dropout_after_first: bool = False
    """Whether the first visit can already end the relation."""
    lapse_share: float = 0.0
    """Share of gaps without rhythm, exponential instead of regular, 0 to 1."""
    lapse_gaps: float = 1.0
    """Mean of such a gap, in mean gaps of the client; > 0."""
    gap_shape_log_sd: float = 0.0
    """How much clients differ in regularity: standard deviation of the log of k, which is log-normal around ``gap_shape``; 0: not
    at all, as where gaps lapse: one form explains long gaps by the gap, the other by the client."""

    def __post_init__(self) -> None:
        if self.lapse_share and self.gap_shape_log_sd:
            raise ValueError(f"gap_shape_log_sd = {self.gap_shape_log_sd:g}, must be 0 with lapse_share = {self.lapse_share:g}")

    @property
    def name(self) -> Said | str:
        """The model's name in the literature, as far as it has one."""
        name: Said | str = "MBG/NBD" if self.dropout_after_first else "BG/NBD"
        if self.gap_shape_log_sd:
            name = say("{base} with gaps of differing regularity", base=name)
        elif self.gap_shape != 1:
            name = say("{base} with regular gaps", base=name)
        if self.lapse_share:
            name = say("{base} and lapses", base=name)
        return say("{base} and one-time clients", base=name) if self.one_time_share else name
