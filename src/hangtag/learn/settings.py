"""What a practitioner sets of a training."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hangtag.errors import InputError

__all__ = [
    "CAUSAL",
    "CAUSAL_BACKBONE",
    "DEFAULT_BACKBONE",
    "LATIN_PIECES",
    "SCRATCH_PREFIX",
    "SEQ2SEQ",
    "STUDENT",
    "TrainSettings",
    "defaults_of",
    "refuse_unfit",
]

DEFAULT_BACKBONE, CAUSAL_BACKBONE = "multilingual-e5-small", "smollm2-135m"
SCRATCH_PREFIX = "scratch:"
LATIN_PIECES = 76_000
_PRECISIONS = ("fp32", "bf16", "fp16")
_MANY = 10**9
_RANGES = (
    ("epochs batch lora_rank least_value_count", 1, _MANY),
    ("patience freeze_layers layers hidden feed_forward latin_pieces foreign also_epochs threads", 0, _MANY),
    ("learning_rate head_learning_rate", 1e-9, 1),
    ("weight_decay adversarial rare_weight named", 0, 10),
    ("dropout blank", 0, 0.9),
    ("warmup swap synonym", 0, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What a practitioner sets.

    - `patience` ends a training after so many epochs without a better loss on held-out products (0: never).
    - Learning rates are AdamW's peak ones, after a linear warm-up (`warmup` of all steps) and before a linear decline to 0.
    - `layers` keeps so many of the encoder's lowest layers (0: all), `hidden` so many dimensions of its states (0: all), `feed_forward` so
      many inner units of each layer (0: all), `latin_pieces` so many of its tokenizer's pieces in Latin letters (0: all pieces, of all
      languages).
    - `freeze_layers` holds the lowest layers still; `tune` says what moves in the others: everything ("full"), "bias" terms alone
      (BitFit, Ben Zaken et al. 2022) or low-rank updates ("lora", Hu et al. 2022) of the rank `lora_rank`.
    - `swap` is the share of products that have a value replaced in each epoch, `synonym` that of those that have a word without a label
      replaced by another of the starter vocabulary's for the same, `blank` the share of tokens made unknown; `foreign` is the number of
      attributes that products like it never have (see `attributes_nearby`) and that each product is shown to be without.
    - `named` is the number of lessons in reading names per labelled product in each epoch (see `learn.named`), which let a model be asked
      for attributes that no label taught (`hangtag extend`).
    - `adversarial` is the length of the step against which embeddings are defended (FGM, Miyato et al. 2017), in shares of an
      embedding's own.
    - `also_epochs` is the number of epochs, the first ones, that learn from labels of another source too.
    - `rare_weight` weighs an answer by its count to the power of minus that; values that no text says are learned from
      `least_value_count` products on.
    - `precision` is "fp32", "bf16" or "fp16"; `device` "auto" is the graphics card where there is one; `threads` 0 leaves their number
      to torch.
    """

    backbone: str = DEFAULT_BACKBONE
    epochs: int = 12
    patience: int = 0
    batch: int = 32
    learning_rate: float = 3e-4
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    warmup: float = 0.1
    freeze_layers: int = 0
    tune: str = "full"
    lora_rank: int = 16
    layers: int = 6
    hidden: int = 0
    feed_forward: int = 0
    latin_pieces: int = LATIN_PIECES
    swap: float = 0.3
    synonym: float = 0.0
    blank: float = 0.05
    foreign: int = 3
    named: float = 0.0
    adversarial: float = 0.0
    also_epochs: int = 0
    rare_weight: float = 0.0
    precision: str = "fp32"
    device: str = "auto"
    least_value_count: int = 2
    threads: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        for names, least, most in _RANGES:
            for name in names.split():
                if not least <= getattr(self, name) <= most:
                    raise InputError(f"--{name.replace('_', '-')} {getattr(self, name)}: it must be between {least:g} and {most:g}")
        if self.precision not in _PRECISIONS:
            raise InputError(f"--precision {self.precision}: there are {', '.join(_PRECISIONS)}")


STUDENT = TrainSettings(layers=2, hidden=192, feed_forward=384, latin_pieces=10_000, learning_rate=6e-4, epochs=20)
"""A student's: a third of the layers, half the dimensions, a quarter of the inner units, a seventh of the Latin pieces. What is so small
learns at twice the rate, and longer."""

CAUSAL = TrainSettings(backbone=CAUSAL_BACKBONE, epochs=2, batch=8, learning_rate=1e-3, tune="lora", blank=0.0)
"""A language model's that goes on with a text: low-rank updates, few epochs."""

SEQ2SEQ = TrainSettings(layers=4, latin_pieces=10_000, learning_rate=5e-4, blank=0.0)
"""A translating model's: few layers and few pieces, since every word it writes is chosen among all of them."""


_OF_ENCODERS = {"hidden", "feed_forward", "blank", "rare_weight", "named", "head_learning_rate"}
_OF_PRETRAINED = {"layers", "hidden", "feed_forward", "latin_pieces", "named"}
_EVERY = {one.name for one in fields(TrainSettings)}
_IDLE = {
    "encoder": set[str](),
    "causal": _OF_ENCODERS | {"layers", "latin_pieces", "dropout"},
    "seq2seq": _OF_ENCODERS | {"adversarial"},
    "bilstm-crf": _EVERY - {"epochs", "batch", "weight_decay", "seed"},
}


def refuse_unfit(settings: TrainSettings, kind: str) -> None:
    """Raise `InputError` for what is set otherwise than by default, or to 0, and does nothing with this kind of tagger, and for a base out
    of a package that is of another kind: its name would be looked for in vain on the hub."""
    usual = defaults_of(kind)
    if kind == "causal" and settings.backbone == DEFAULT_BACKBONE:
        raise InputError(f"--backbone {DEFAULT_BACKBONE} is an encoder, which writes nothing: use it with --kind encoder or seq2seq")
    if kind in ("encoder", "seq2seq") and settings.backbone == CAUSAL_BACKBONE:
        raise InputError(f"--backbone {CAUSAL_BACKBONE} is a model that goes on with a text: use it with --kind causal")
    for where, names in (
        (f"--kind {kind}", _IDLE.get(kind, _EVERY - {"seed"})),
        (f"--backbone {settings.backbone}", _OF_PRETRAINED if settings.backbone.startswith(SCRATCH_PREFIX) else ()),
        (f"--tune {settings.tune}", ("lora_rank",) if settings.tune != "lora" else ()),
    ):
        for name in sorted(names):
            if getattr(settings, name) not in (0, getattr(usual, name)):
                raise InputError(f"--{name.replace('_', '-')} does nothing with {where}: leave it out")


def defaults_of(kind: str) -> TrainSettings:
    """What is set for a kind of tagger where nobody says otherwise."""
    return {"causal": CAUSAL, "seq2seq": SEQ2SEQ}.get(kind, TrainSettings())
