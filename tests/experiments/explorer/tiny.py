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
WORLDS = """market: tiny
targets: {}
numbers:
  clients.one_time_share: {uniform: {low: 0.2, high: 0.5}, source: assumption}
"""

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://e.example/) :red[z]"
HOSTILE_MARKET = f"""# {HOSTILE}
defaults:
  - tiny
  - _self_

name: "{HOSTILE}"
services:
  - {{name: "{HOSTILE[:50]}", client_share: 1, duration_minutes: 60, price_eur: 55}}
clients:
  channels:
    - {{name: "{HOSTILE[:50]}", share: 1, relative_cost: 1}}
"""
HOSTILE_ARM = f"""# {HOSTILE}
defaults:
  - wecasa_2025
  - _self_

description: "{HOSTILE}"
"""


def make_folders(root: Path) -> Folders:
    """Folders with the market in them, and with nothing simulated yet."""
    configs = root / "configs"
    (configs / "market").mkdir(parents=True)
    (configs / "market" / "tiny.yaml").write_text(MARKET)
    (configs / "market" / "hostile.yaml").write_text(HOSTILE_MARKET)
    (configs / "worlds").mkdir()
    (configs / "worlds" / "tiny.yaml").write_text(WORLDS)
    (configs / "arm").mkdir()
    (configs / "arm" / "hostile.yaml").write_text(HOSTILE_ARM)
    return Folders(root / "store", root / "out", (configs,))
