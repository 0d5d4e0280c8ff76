"""Everything that a file says of a market, in the order in which one number needs another."""

from sim.calibration.clients import arrivals, client_model
from sim.calibration.findings import Findings
from sim.calibration.first_visit import Settle, effects, signs
from sim.calibration.fit import Fit
from sim.calibration.pros import pros
from sim.calibration.ratings import ratings
from sim.calibration.reader import Reader
from sim.calibration.sessions import endings, lateness, services
from sim.said import say


def read_findings(reader: Reader, fitted: Fit, settle: Settle) -> Findings:
    """Everything that a file says of a market.

    Parameters
    ----------
    reader
        The file beside the base market.
    fitted
        The client model of the file's new clients.
    settle
        Makes a market from the findings so far, which the taste is then matched to: ``settle(findings) -> Market``.
    """
    arrivals(reader)
    services(reader)
    endings(reader)
    lateness(reader)
    spread = pros(reader)
    ratings(reader, settle(reader.found))
    effects(reader, fitted, settle, spread)
    # how stars spread depends on what they tell
    ratings(reader, settle(reader.found))
    keys = "stay.unfilled, stay.redispatched, clients.flexible_share, requests (offers), economics"
    reader.miss(keys, say("no file of bookings says"))
    client_model(reader, fitted, settle(reader.found), signs(reader))
    return Findings(tuple(reader.found), tuple(reader.untold), spread)
