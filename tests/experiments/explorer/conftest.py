import pytest

from experiments.explorer.folders import Folders
from experiments.explorer.gather import Finished, from_choice
from tests.experiments.explorer.tiny import TINY, make_folders


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> Folders:
    return make_folders(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="session")
def finished(folders) -> Finished:
    return from_choice(TINY, folders)
