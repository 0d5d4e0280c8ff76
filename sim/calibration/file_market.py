"""Everything that a file says about a market, in the order in which one number needs another."""

from sim.calibration.clients import arrivals, client_model
from sim.calibration.findings import Findings
from sim.calibration.first_visit import effects, signs
from sim.calibration.fit import Fit
from sim.calibration.pros import pros
from sim.calibration.ratings import ratings
from sim.calibration.reader import Reader
from sim.calibration.sessions import endings, lateness, services
from sim.calibration.team import team
from sim.said import say


def read_findings(reader: Reader, fitted: Fit) -> Findings:
    """Everything that a file says about a market.

    Parameters
    ----------
    reader
        The file beside the base market.
    fitted
        The client model of the file's new clients.
    """
    arrivals(reader)
    services(reader)
    endings(reader)
    lateness(reader)
    team(reader)
    spread = pros(reader)
    ratings(reader, reader.market())
    ends = effects(reader, fitted, spread)
    # how stars spread depends on what they tell
    ratings(reader, reader.market())
    keys = "stay.unfilled, stay.redispatched, clients.flexible_share, requests (offers), economics"
    reader.miss(keys, say("no file of bookings says"))
    client_model(reader, fitted, reader.market(), signs(reader))
    return Findings(tuple(reader.found), tuple(reader.untold), spread, ends)
