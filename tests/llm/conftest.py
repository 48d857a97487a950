"""Servers to ask: one that goes wrong on purpose, and one with a real small model."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .fault_server import FaultServer
from .local_model import local_llm, smollm


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring all tests with the local model to one worker, so that it is loaded once."""
    for item in items:
        if "smollm_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("local_llm"))


@pytest.fixture
def fault_server() -> Iterator[Callable[..., FaultServer]]:
    """Starts a `FaultServer` with the options given; it stops with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(FaultServer(**options))


@pytest.fixture(scope="session")
def smollm_url() -> Iterator[str]:
    """The base URL of SmolLM2-135M behind llama.cpp's server; skips the test, saying so, where the packages are missing."""
    with local_llm(_weights()) as url:
        yield url


def _weights() -> Path:
    try:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModuleNotFoundError("llama.cpp's server is not installed: pip install xllamacpp")
        return smollm()
    except ModuleNotFoundError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
