"""Looking for better settings: trials chosen by a tree of Parzen estimators (Bergstra et al. 2011; optuna), scored on held-out products."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hangtag.extras import require
from hangtag.jobs.train import fit, learned_and_held, read_labelled
from hangtag.learn.checkpoint import fingerprint_of
from hangtag.learn.settings import TrainSettings

__all__ = ["search_settings"]


def search_settings(
    gold: str | Path,
    journal: str | Path,
    *,
    trials: int,
    dev: str | Path | None = None,
    also: Sequence[str | Path] = (),
    settings: TrainSettings | None = None,
    match: str = "set",
    progress: Callable[[int, float], None] | None = None,
) -> tuple[TrainSettings, float]:
    """The best settings of so many trials, and their micro-F1 on `dev` or every tenth product, which none of them learned from.

    Learning rates, dropout, swapping and blanking are searched, beginning with `settings`. Finished trials are kept in `journal`, and the
    same call goes on from there; one with other labels or settings begins anew. `progress` hears the number of a trial and its F1.
    """
    optuna = require("optuna", extra="train")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    begin = settings if settings is not None else TrainSettings()
    learned, held = learned_and_held(gold, dev)
    more = [one for path in also for one in read_labelled(path)]
    storage = require("optuna.storages", extra="train")
    study = optuna.create_study(
        study_name=f"hangtag-{fingerprint_of([*learned, *held, *more], len(held), begin, match)[:16]}",
        direction="maximize",
        storage=storage.JournalStorage(storage.journal.JournalFileBackend(str(journal))),
        sampler=optuna.samplers.TPESampler(seed=begin.seed),
        load_if_exists=True,
    )
    states = optuna.trial.TrialState
    if not study.get_trials(states=(states.COMPLETE, states.WAITING)):  # a trial that was stopped is none
        names = ("learning_rate", "head_learning_rate", "dropout", "swap", "blank")
        study.enqueue_trial({name: getattr(begin, name) for name in names})

    def attempt(trial: Any) -> float:
        chosen = replace(begin, **_chosen(trial))
        with tempfile.TemporaryDirectory(prefix="hangtag-search-") as folder:
            place, card = Path(folder) / "model", {"gold": str(gold)}
            facts = fit(learned, held, place, also=more, settings=chosen, match=match, card=card)
        f1 = float(facts["dev"]["f1"])
        if progress is not None:
            progress(trial.number + 1, f1)
        return f1

    done = len(study.get_trials(states=(states.COMPLETE,)))
    study.optimize(attempt, n_trials=max(0, trials - done))
    return replace(begin, **study.best_params), float(study.best_value)


def _chosen(trial: Any) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 3e-5, 1e-3, log=True),
        "head_learning_rate": trial.suggest_float("head_learning_rate", 3e-4, 5e-3, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.3),
        "swap": trial.suggest_float("swap", 0.0, 0.6),
        "blank": trial.suggest_float("blank", 0.0, 0.15),
    }
