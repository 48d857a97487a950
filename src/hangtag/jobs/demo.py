"""The sample catalogue that comes with Hangtag."""

from __future__ import annotations

from pathlib import Path

__all__ = ["sample_catalogue"]


def sample_catalogue() -> Path:
    """About 120 invented products, half Chinese, all departments, some as ugly as real ones."""
    return Path(__file__).parent / "sample_catalogue.csv"
