"""Every error Hangtag raises on purpose.

    HangtagError
    ├── InputError            a file, row or option given by the user cannot be used
    │   ├── CatalogError      a catalogue that cannot be read (encoding, columns, format)
    │   ├── GoldError         labelled data that cannot be scored or learned from
    │   ├── VocabularyError   a vocabulary file that does not compile
    │   ├── ConfigError       hangtag.toml with an unknown key or a wrong type
    │   └── UnknownTagger     a tagger name, folder or class that does not exist
    ├── MissingExtra          a feature whose optional packages are not installed
    └── RunError              a run that cannot start or go on (other input than before, output in use)
        ├── EndpointError     a language model's endpoint that answers no question (key, model, credit)
        └── BudgetSpent       the next question could cost more than is left of the budget

Messages say what is wrong, where (file, row, column, key) and the cure.
"""

from __future__ import annotations

__all__ = [
    "BudgetSpent",
    "CatalogError",
    "ConfigError",
    "EndpointError",
    "GoldError",
    "HangtagError",
    "InputError",
    "MissingExtra",
    "RunError",
    "UnknownTagger",
    "VocabularyError",
]


class HangtagError(Exception):
    """The root: catch this to catch all that Hangtag raises on purpose."""


class InputError(HangtagError):
    """Something the user gave cannot be used."""


class CatalogError(InputError):
    """A catalogue that cannot be read."""


class GoldError(InputError):
    """Labelled data that cannot be used."""


class VocabularyError(InputError):
    """A vocabulary that does not compile."""


class ConfigError(InputError):
    """A configuration file that cannot be used."""


class UnknownTagger(InputError):
    """A tagger that does not exist."""


class MissingExtra(HangtagError):
    """An optional package is not installed."""


class RunError(HangtagError):
    """A run that cannot start or go on."""


class EndpointError(RunError):
    """An endpoint that will answer none of the questions."""


class BudgetSpent(RunError):
    """A run that has spent what it may."""
