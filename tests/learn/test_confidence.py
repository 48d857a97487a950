"""Confidences that say how often they are right."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hangtag.errors import InputError
from hangtag.evaluate.confidence import calibration_error, risk_coverage
from hangtag.learn.confidence import fit_curves
from hangtag.taggers.confidence import EVERY, Curve, Curves

Judged = list[tuple[str, float, bool]]


def boastful(count: int, seed: int) -> Judged:
    """Tags that claim more than they keep: of those 90 % sure two thirds are right; every fifth is of a rare attribute."""
    chance = np.random.default_rng(seed)
    sure = chance.uniform(0.5, 1.0, count)
    right = chance.random(count) < sure**4
    return [
        ("Rare" if number % 60 == 0 else "Color", float(one), bool(hit)) for number, (one, hit) in enumerate(zip(sure, right, strict=True))
    ]


def columns(judged: Judged, curves: Curves) -> tuple[list[float], list[bool]]:
    return [curves.read(name, sure) for name, sure, _ in judged], [right for *_, right in judged]


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_curves_make_confidences_true(method: str) -> None:
    fitted = fit_curves(boastful(1500, 1), method)
    fresh = boastful(3000, 2)
    before, after = calibration_error(*columns(fresh, Curves())), calibration_error(*columns(fresh, Curves(fitted)))
    assert before > 0.2 and after < 0.05
    assert set(fitted) == {"Color", EVERY}  # the rare attribute has too few tags for a curve of its own and takes everyone's


def test_tags_that_claim_certainty_do_not_tear_the_curve_away() -> None:
    chance = np.random.default_rng(4)
    sure = np.round(np.minimum(1.0, chance.beta(8.0, 0.4, 3000)), 4)  # most of them at or next to 1, as an encoder's are
    judged = [("Color", float(one), bool(hit)) for one, hit in zip(sure, chance.random(3000) < 0.25 + 0.7 * sure, strict=True)]
    fitted = fit_curves(judged[:1500], "temperature")
    assert 0.1 < fitted["Color"].slope < 1.5
    before, after = calibration_error(*columns(judged[1500:], Curves())), calibration_error(*columns(judged[1500:], Curves(fitted)))
    assert after < before < 0.2 and after < 0.03


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_the_surer_tag_stays_the_surer(method: str) -> None:
    curves = Curves(fit_curves(boastful(400, 3), method))
    read = [curves.read("Color", sure) for sure in np.linspace(0, 1, 101)]
    assert all(0 <= one <= other <= 1 for one, other in pairwise(read))


def test_labels_that_are_all_right_make_nothing_certain() -> None:
    curve = fit_curves([("Color", 0.9, True)] * 40)["Color"]
    assert 0.9 < curve.read(0.9) < 0.999 and curve.read(1.0) <= 1.0


def test_without_labels_nothing_changes() -> None:
    assert fit_curves([]) == {} and Curves().read("Color", 0.7) == 0.7 and Curve().read(0.7) == pytest.approx(0.7)


def test_risk_and_error_are_what_they_are_called() -> None:
    sure, right = [0.9, 0.9, 0.6, 0.5], [True, True, True, False]
    assert risk_coverage(sure, right, points=4) == [(0.5, 0.0), (0.75, 0.0), (1.0, 0.25)]
    assert calibration_error(sure, right) == pytest.approx((0.1 + 0.1 + 0.4 + 0.5) / 4)
    assert calibration_error([], []) == 0.0 and risk_coverage([], []) == []


def test_a_model_is_calibrated_and_drawn(
    model_folder: Path, tmp_path: Path, products: Callable[[int, int], list[dict[str, Any]]], write_gold: Callable[..., Path]
) -> None:
    pytest.importorskip("matplotlib")
    from hangtag.jobs.calibrate import calibrate_model

    model = tmp_path / "clothes"
    shutil.copytree(model_folder, model)
    gold = write_gold(tmp_path / "dev.jsonl", products(200, 9))
    facts = calibrate_model(model, gold, precision=0.8, method="temperature", plot=tmp_path / "curve.svg")
    assert facts["products"] == 100 and facts["before"]["risk_coverage"][-1][0] == 1.0
    assert "published" in (tmp_path / "curve.svg").read_text() or "<svg" in (tmp_path / "curve.svg").read_text()
    assert EVERY in json.loads((model / "model.json").read_text())["confidence"]
    with pytest.raises(InputError, match="isotonic"):
        calibrate_model(model, gold, method="magic")
    with pytest.raises(InputError, match=r"\.svg"):
        calibrate_model(model, gold, plot=tmp_path / "curve.docx")


def test_tags_that_a_true_confidence_silences_are_counted(
    model_folder: Path, tmp_path: Path, products: Callable[[int, int], list[dict[str, Any]]], write_gold: Callable[..., Path]
) -> None:
    from typer.testing import CliRunner

    import hangtag.cli.calibrate  # noqa: F401  the command joins the app
    from hangtag.cli.app import app

    model = tmp_path / "clothes"
    shutil.copytree(model_folder, model)
    rows = products(120, 9)
    wrong = [{**row, "gold": {name: ["nothing of the kind"] for name in row["gold"]}} for row in rows]
    gold = write_gold(tmp_path / "dev.jsonl", wrong)
    said = CliRunner().invoke(app, ["calibrate", str(model), str(gold), "--method", "temperature"])
    assert said.exit_code == 0, said.output
    found = re.search(r"([\d,]+) of these tags are now less sure than \[policy\] review asks for", said.stdout)
    assert found is not None and int(found[1].replace(",", "")) > 100
    plain = tmp_path / "plain"
    shutil.copytree(model_folder, plain)
    said = CliRunner().invoke(app, ["calibrate", str(plain), str(gold)])
    assert said.exit_code == 0 and "less sure" not in said.stdout
