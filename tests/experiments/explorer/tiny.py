"""A market that is simulated in a blink, and settings in it."""

from pathlib import Path

from experiments.explorer.choice import Choice
from experiments.explorer.folders import Folders

TINY = Choice(market="tiny", size_percent=100, months=12, replications=2)
MARKET = """# As small as can be followed for a year.
defaults:
  - personal_care
  - _self_

name: tiny
horizon_days: 460
warmup_days: 60
clients: {arrivals_per_day: 3}
pros: {n: 20}
"""


def make_folders(root: Path) -> Folders:
    """Folders with the market in them, and with nothing simulated yet."""
    configs = root / "configs"
    (configs / "market").mkdir(parents=True)
    (configs / "market" / "tiny.yaml").write_text(MARKET)
    return Folders(root / "store", root / "out", (configs,))
