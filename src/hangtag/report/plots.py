"""Curves as pictures, by matplotlib: what precision costs in coverage, and how taggers compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hangtag.errors import InputError
from hangtag.extras import require

__all__ = ["check_picture", "plot_cascade", "plot_comparison", "plot_risk_coverage"]

_KINDS = (".svg", ".png", ".pdf")


def check_picture(path: str | Path) -> None:
    """Raise `InputError` for a file that no picture can be written as: by its suffix, or in a folder that is not there."""
    if Path(path).suffix not in _KINDS:
        raise InputError(f"{path}: a picture is written as {', '.join(_KINDS)}; name the file so")
    if not Path(path).parent.is_dir():
        raise InputError(f"{path}: there is no folder {Path(path).parent}; make it, or name another")


def plot_risk_coverage(path: str | Path, curves: Mapping[str, Sequence[tuple[float, float]]], *, title: str) -> None:
    """Write a picture of (coverage, risk) curves by name. Raises `InputError` as `check_picture` does."""
    figure, axes = _figure()
    for name, points in curves.items():
        axes.plot([100 * x for x, _ in points], [100 * (1 - y) for _, y in points], marker="o", markersize=3, label=name)
    axes.set(xlabel="published, % of the tags, surest first", ylabel="right, %", title=title)
    axes.legend()
    _save(figure, path)


def plot_comparison(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a picture of compared taggers: micro-F1 with its interval, best on top. Raises `InputError` as `check_picture` does."""
    figure, axes = _figure(height=1.6 + 0.45 * len(rows))
    ranked = sorted(rows, key=lambda row: row["f1"])
    scores = [100 * row["f1"] for row in ranked]
    low = [100 * max(0.0, row["f1"] - row["f1_low"]) for row in ranked]
    high = [100 * max(0.0, row["f1_high"] - row["f1"]) for row in ranked]
    axes.barh(range(len(ranked)), scores, xerr=[low, high], color="#0f766e", ecolor="#334155", capsize=3, height=0.6)
    axes.set_yticks(range(len(ranked)), [f"{row['tagger']}  ({row['products_per_s']:,.0f}/s)" for row in ranked])
    axes.set(xlabel="micro-F1, % (95 % interval)", xlim=(0, 100))
    _save(figure, path)


def plot_cascade(path: str | Path, points: Sequence[Mapping[str, Any]], *, title: str) -> None:
    """Write a picture of a cascade's curve: micro-F1 and products a second over the share of answers asked again; a star for thresholds by
    attribute. Raises `InputError` as `check_picture` does."""
    figure, axes = _figure()
    ranked = sorted((point for point in points if point["sure"] is not None), key=lambda point: point["asked"])
    shares = [100 * point["asked"] for point in ranked]
    axes.plot(shares, [100 * point["f1"] for point in ranked], marker="o", markersize=3, color="#0f766e", label="micro-F1")
    for point in points:
        if point["sure"] is None:
            axes.plot(100 * point["asked"], 100 * point["f1"], "*", markersize=12, color="#be123c", label="by attribute")
    axes.set(xlabel="answers asked again, %", ylabel="micro-F1, %", title=title)
    speed = axes.twinx()
    speed.plot(shares, [point["products_per_s"] for point in ranked], linestyle="--", color="#b45309", label="products/s")
    speed.set_yscale("log")
    speed.set_ylabel("products/s")
    figure.legend(loc="outside lower center", ncols=2)
    _save(figure, path)


def _figure(*, height: float = 4.2) -> tuple[Any, Any]:
    matplotlib = require("matplotlib", extra="plot")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "hangtag"
    pyplot = require("matplotlib.pyplot", extra="plot")
    figure, axes = pyplot.subplots(figsize=(7.5, height), layout="constrained")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, path: str | Path) -> None:
    check_picture(path)
    figure.savefig(path, metadata={"Date": None} if Path(path).suffix == ".svg" else None)
    require("matplotlib.pyplot", extra="plot").close(figure)
