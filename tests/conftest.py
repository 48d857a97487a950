"""Fixtures that several rooms' tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hangtag.llm import endpoint
from hangtag.vocabulary import Vocabulary, load_vocabulary

endpoint.ALLOW_NETWORK = False  # no test asks a language model but on this machine
SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def small_vocabulary() -> Vocabulary:
    """The vocabulary of tests/small_vocabulary.yaml."""
    return load_vocabulary([Path(__file__).parent / "small_vocabulary.yaml"])


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Gives a development data set by its path under ../shared/data; skips the test, saying so, where it is absent."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"needs the development data set {name} in {SHARED_DATA}, which is not there")
        return path

    return find
