"""What was found over worlds, as rows of csv files."""

from collections.abc import Sequence
from typing import Any

from experiments.outputs.tables import as_csv
from sim.worlds.found import OverWorlds

VOI = ("measurement", "kind", "n", "eur", "eur_low", "eur_high", "points", "points_low", "points_high", "enough")
"""``kind`` is evpi (everything), evppi (a number) or evsi (a measurement with n cases); EUR a year, and percentage points."""


def world_header(over: OverWorlds) -> tuple[str, ...]:
    """Columns of ``worlds.csv``: effects are in the primary metric, luck taken out as far as it can be."""
    ends = ("", "_low", "_high", "_worth", "_decision")
    arms = (f"{arm}{end}" for arm in over.arms for end in ends)
    return ("world", "weight", *(number.name for number in over.numbers), *arms, "decision")


def world_rows(over: OverWorlds, recommended: str | None) -> list[tuple[Any, ...]]:
    """One row a world; ``decision`` is that on the recommended arm, or on the first."""
    arms = list(over.arms.values())
    effects = [(one, one.primary.worlds, one.primary.worlds_reach) for one in arms]
    first = over.arms.get(recommended or "") or next(iter(arms), None)
    rows = []
    for i in range(over.n_worlds):
        row: list[Any] = [i, float(over.weights[i]), *(number.values[i] for number in over.numbers)]
        for one, worlds, reaches in effects:
            effect, reach = float(worlds[i]), float(reaches[i])
            row += [effect, effect - reach, effect + reach, float(one.probability[i]), one.verdicts[i]]
        rows.append((*row, first.verdicts[i] if first else ""))
    return rows


def voi_rows(over: OverWorlds) -> list[tuple[Any, ...]]:
    """One row a number and measurement, the most valuable first."""
    return [
        (
            row.name or "everything",
            row.kind,
            row.n,
            *(row.eur.estimate, row.eur.low, row.eur.high),
            *(100 * end for end in (row.points.estimate, row.points.low, row.points.high)),
            row.enough,
        )
        for row in over.information
    ]


def narrowed_rows(over_numbers: Sequence[Any]) -> list[tuple[Any, ...]]:
    """One row a number: name, quantiles .05, .5, .95 of the prior, and how wide plausible worlds are as a share of it."""
    return [(number.name, *number.prior, number.spread) for number in over_numbers]


def world_tables(over: OverWorlds, recommended: str | None) -> dict[str, str]:
    """Files of the out folder, by name."""
    tables = {"worlds.csv": as_csv(world_header(over), world_rows(over, recommended))}
    if over.information:
        tables["voi.csv"] = as_csv(VOI, voi_rows(over))
    return tables
