import json
import math
from pathlib import Path

import pytest

from experiments.plans.compose import compose_settings
from experiments.search.sampling import Search
from experiments.search.space import Candidate, parse_space
from experiments.search.storage import resume, save
from experiments.search.told import Told
from sim.config import ConfigError

pytest.importorskip("optuna")

SETTINGS = compose_settings("compare", ["arm=[wecasa_2025]"])
SPACE = parse_space(
    SETTINGS
    | {
        "search": {
            "arm.allocator": ["fidelity", "softmax"],
            "arm.allocator.strength": {"low": 0, "high": 8},
            "arm.score.min_sessions": [0, 30],
        }
    },
    "wecasa_2025",
)
ABOUT = {"arm": "wecasa_2025", "objectives": ["return_rate_6m", "exposure_gini"]}


def new(seed: int = 1, method: str = "nsga2") -> Search:
    return Search(SPACE, ("higher", "lower"), seed, method, 1, population=4)  # type: ignore[arg-type]


def reached(candidate: Candidate) -> Told:
    x = float(dict(candidate.values).get("arm.allocator.strength", 0.1))  # type: ignore[arg-type]
    # thirds have no short decimal form, and a value may be undefined
    return Told(candidate, (math.nan if x < 0.2 else x / 3, 1 / (1 + x)), (x - 5,))


def batches(search: Search, n: int) -> list[list[Told]]:
    found = []
    for _ in range(n):
        found.append([reached(candidate) for candidate in search.ask(4)])
        search.tell(found[-1])
    return found


@pytest.mark.parametrize("method", ["nsga2", "tpe", "gp"])
def test_a_search_goes_on_from_its_file_as_if_it_had_never_stopped(method: str, tmp_path: Path) -> None:
    whole = batches(new(method=method), 5)
    first = new(method=method)
    save(tmp_path / "search.json", first, ABOUT, batches(first, 3))
    second = new(method=method)
    before = resume(tmp_path / "search.json", second, ABOUT)
    # repr, since nan is not itself
    assert repr(before + batches(second, 2)) == repr(whole)


def test_without_a_file_there_is_nothing_to_resume(tmp_path: Path) -> None:
    assert resume(tmp_path / "search.json", new(), ABOUT) == []


def test_a_file_of_another_search_is_refused_and_says_what_differs(tmp_path: Path) -> None:
    path, search = tmp_path / "search.json", new()
    save(path, search, ABOUT, batches(search, 1))
    with pytest.raises(ConfigError, match="is of another search: seed differ"):
        resume(path, new(seed=2), ABOUT)
    with pytest.raises(ConfigError, match="about, method, population differ"):
        resume(path, new(method="tpe"), ABOUT | {"arm": "uniform"})


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path, search = tmp_path / "search.json", new()
    save(path, search, ABOUT, batches(search, 2))
    content = json.loads(path.read_text())
    for broken, message in (
        ("{", "cannot be read as a search"),
        ("[]", "cannot be read as a search"),
        (json.dumps(content | {"format": 9}), "has the format 9, must be 1"),
        (json.dumps(content | {"batches": [content["batches"][1]]}), "batch 0: other candidates than this search asks for"),
        (json.dumps(content | {"batches": [[{"values": {}}]]}), "batch 0: search.arm.allocator is missing"),
    ):
        path.write_text(broken)
        with pytest.raises(ConfigError, match=message):
            resume(path, new(), ABOUT)
