"""Training of the `encoder` tagger: from labelled products to a network, epoch by epoch, able to go on after a kill."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.errors import GoldError
from hangtag.extras import require
from hangtag.learn.backbone import encode_names, load_backbone, shorten
from hangtag.learn.batches import Batch, Item, collate
from hangtag.learn.categories import learn_categories
from hangtag.learn.examples import Labelled, unsaid_values
from hangtag.learn.imitate import imitate
from hangtag.learn.lessons import Lessons, NetworkReading, mean_weight, unseen_items, weigher
from hangtag.learn.loop import AfterEpoch, device_of, run
from hangtag.learn.named import named_items, named_lessons
from hangtag.learn.narrow import narrow
from hangtag.learn.scratch import make_scratch
from hangtag.learn.settings import SCRATCH_PREFIX, TrainSettings
from hangtag.learn.slim import slim
from hangtag.learn.trained import Trained
from hangtag.learn.trim import trim
from hangtag.learn.tuning import choose_tuned, merge_tuned
from hangtag.model import CATEGORY
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import lay_out

__all__ = ["train"]

_OFTEN = 0.05


def train(
    labelled: Sequence[Labelled],
    settings: TrainSettings | None = None,
    *,
    also: Sequence[Labelled] = (),
    dev: Sequence[Labelled] = (),
    checkpoint: Path | None = None,
    after_epoch: AfterEpoch | None = None,
) -> Trained:
    """Train on labelled products. `after_epoch` hears the epoch (from 1), its mean loss and that on `dev`.

    `also` are products of another source, labelled by other habits: their values are known ones, told to the network where they stand,
    and take the place of others; they are learned from in the first `settings.also_epochs` epochs, before your habits have the last word.
    With `settings.patience` the network is that of the epoch with the least loss on `dev`, and training ends once so many epochs made it
    no less. Started by `accelerate launch`, several processes share each batch. With a `checkpoint` file each finished epoch is kept,
    and the same call goes on from there to the same network. Raises `GoldError` where nothing can be learned, `RunError` for a
    checkpoint of other labels or settings, `MissingExtra` without the `train` extra.
    """
    torch = require("torch", extra="train")
    settings = settings if settings is not None else TrainSettings()
    if not any(any(example.gold.values()) for example, _ in labelled):
        raise GoldError("no labelled product has any value, so there is nothing to learn: give values, not only empty lists")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    named = named_lessons(labelled, settings.named, settings.epochs, seed=settings.seed)
    names = sorted({name for lessons in named for lesson in lessons for name in lesson.places})
    trained = _begin(labelled, settings, also, names)
    trained.network.to(device_of(settings))
    weigh = weigher(labelled, settings.rare_weight)
    reading = NetworkReading(trained, weigh, training=True)
    numbers = {name: number for number, name in enumerate(names, len(trained.attributes))}
    by_name = named_items(named, trained.tokenizer, numbers, weight=mean_weight(labelled, weigh))
    lessons = Lessons(reading, labelled, also, by_name, settings=settings, style=trained.style)
    if not lessons.items:
        raise GoldError("no labelled product can be learned from: no value stands in its text or comes again elsewhere")
    course = _Course(trained, lessons, [*labelled, *also], unseen_items(trained, dev))
    trained.curve = run(course, checkpoint=checkpoint, after_epoch=after_epoch)
    trained.network.to("cpu")
    trained.network.backbone = merge_tuned(trained.network.backbone)
    if CATEGORY not in trained.attributes:
        trained.categories = learn_categories(trained.network.backbone, trained.tokenizer, labelled)
    return trained


def _begin(labelled: Sequence[Labelled], settings: TrainSettings, also: Sequence[Labelled] = (), more: Sequence[str] = ()) -> Trained:
    """The untrained network, over the attributes and those values that some product has without saying them; it may be asked for `more`
    attributes by their names in training."""
    torch = require("torch", extra="train")
    from hangtag.learn.network import TagNetwork

    attributes = list(dict.fromkeys(name for example, _ in labelled for name in example.gold))
    pairs = [(lay_out(example.product).text, example.gold) for example, _ in labelled]
    known = KnownValues.learn([*pairs, *_of_attributes(also, set(attributes))])
    style = HouseStyle.learn(pairs)
    values = unsaid_values(labelled, style, settings.least_value_count)  # only these need an output of their own
    texts = [text for text, _ in pairs]
    model, tokenizer = _backbone(texts, settings)
    every = [*attributes, *more]
    whole = encode_names(model, tokenizer, every) if more else None  # for lessons in reading names their gist, which upper layers make
    model, tokenizer = _cut(model, tokenizer, texts, settings)
    names, more_names = (encode_names(model, tokenizer, every) if whole is None else whole).tensor_split([len(attributes)])
    value_names = encode_names(model, tokenizer, [value for _, value in values])
    owners = torch.tensor([attributes.index(attribute) for attribute, _ in values], dtype=torch.long)
    model = choose_tuned(model, freeze_layers=settings.freeze_layers, tune=settings.tune, lora_rank=settings.lora_rank)
    network = TagNetwork(model, names, value_names, owners, more_names=more_names, dropout=settings.dropout)
    return Trained(network, tokenizer, attributes, values, _of_several_values(labelled), known, style, settings)


def _of_attributes(labelled: Sequence[Labelled], names: Set[str]) -> Iterator[tuple[str, dict[str, Sequence[str]]]]:
    """(text, gold) of these attributes."""
    for example, _ in labelled:
        yield lay_out(example.product).text, {name: values for name, values in example.gold.items() if name in names}


def _backbone(texts: Sequence[str], settings: TrainSettings) -> tuple[Any, Any]:
    """The encoder and its tokenizer, whole."""
    if settings.backbone.startswith(SCRATCH_PREFIX):
        return make_scratch(settings.backbone.removeprefix(SCRATCH_PREFIX), texts, seed=settings.seed)
    return load_backbone(settings.backbone)


def _cut(model: Any, tokenizer: Any, texts: Sequence[str], settings: TrainSettings) -> tuple[Any, Any]:
    """An encoder and its tokenizer, cut to size."""
    torch = require("torch", extra="train")
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):  # none within attention: it costs a tenth of the time and helps nothing
            module.p = 0.0 if "self" in name.split(".") else settings.dropout
    if settings.backbone.startswith(SCRATCH_PREFIX):
        return model, tokenizer
    if settings.layers:
        shorten(model, settings.layers)
    if settings.latin_pieces:
        tokenizer = trim(model, tokenizer, texts, latin_pieces=settings.latin_pieces)
    whole = deepcopy(model) if 0 < settings.hidden < model.config.hidden_size else None
    if whole is not None:
        slim(model, tokenizer, texts, hidden=settings.hidden)
    if settings.feed_forward:
        narrow(model, tokenizer, texts, units=settings.feed_forward)
    if whole is not None:
        imitate(model, whole, tokenizer, texts, seed=settings.seed)
    return model, tokenizer


def _of_several_values(labelled: Sequence[Labelled]) -> list[str]:
    """The attributes that products often have several values of."""
    valued, several = Counter[str](), Counter[str]()
    for example, _ in labelled:
        valued.update(name for name, values in example.gold.items() if values)
        several.update(name for name, values in example.gold.items() if len(values) > 1)
    return [name for name, count in several.items() if count >= _OFTEN * valued[name]]


class _Course:
    """What the encoder's network learns; see `loop.Course`."""

    def __init__(self, trained: Trained, lessons: Lessons, labels: Sequence[Labelled], watched: Sequence[Item]) -> None:
        torch = require("torch", extra="train")
        self.settings, self.network, self.body = trained.settings, trained.network, trained.network.backbone
        self.labels, self.watched = labels, watched
        self.count, self.of_epoch = lessons.count, lessons.of_epoch
        self._trained, self._device = trained, device_of(trained.settings)
        several = [name in trained.several for name in trained.attributes] + [False] * len(trained.network.more_names)
        self._several = torch.tensor(several, device=self._device)

    def loss(self, items: Sequence[Item], chance: random.Random | None) -> Any:
        """Weighted mean over judged pairs of what the answer lost: the stretch it stands in, which value it is, or that there is none.

        Any place that says the value will do: the loss is of what they get together (marginal likelihood; Clark and Gardner 2018). An
        attribute of several values wants each of them above "none", and "none" above all else (adaptive threshold; Zhou et al. 2021).
        """
        torch = require("torch", extra="train")
        batch = collate(items, len(self._trained.values))
        if self.settings.blank and chance is not None:
            _blank(batch, self.settings.blank, self._trained.tokenizer, np.random.default_rng(chance.getrandbits(32)))
        ids, mask, hits, rows, attributes, spans, none, values, weights = (torch.from_numpy(one).to(self._device) for one in batch)
        scores = self.network.score_pairs(ids, mask, hits, rows, attributes)
        logs = torch.cat([scores.none[:, None], scores.values, scores.spans.flatten(1)], 1).float().log_softmax(-1)
        wanted = torch.cat([none[:, None], values, spans.flatten(1)], 1)
        losses = _either(wanted, logs, self._several[attributes], n_values=values.shape[1])
        return (weights * losses).sum() / weights.sum()


def _either(wanted: Any, logs: Any, several: Any, *, n_values: int) -> Any:
    """Losses per pair, "none" being the first column and `n_values` known values the next: for one value, minus the logarithm of the share
    that all `wanted` have together; for `several`, that of each wanted one against "none", of "none" against each unwanted value, and
    against all unwanted stretches: these are one another's rivals, as most of them overlap."""
    torch = require("torch", extra="train")
    softplus = torch.nn.functional.softplus
    right = wanted > 0
    together = -torch.where(right, logs, torch.full_like(logs, -1e9)).logsumexp(-1)
    one = together.where(right.any(-1), torch.zeros_like(together))
    margins, chosen = logs[:, 1:] - logs[:, :1], right[:, 1:]
    found = (softplus(-margins) * chosen).sum(-1)
    values, stretches = margins.masked_fill(chosen, -1e9).tensor_split([n_values], -1)
    unwanted = softplus(values).sum(-1) + torch.cat([torch.zeros_like(logs[:, :1]), stretches], 1).logsumexp(-1)
    return torch.where(several, found + unwanted, one)


def _blank(batch: Batch, share: float, tokenizer: Any, chance: np.random.Generator) -> None:
    """Make some tokens unknown (word dropout), so that no single one decides."""
    special = [
        number for token in ("<s>", "</s>", "<pad>", "[CLS]", "[SEP]", "[PAD]") if (number := tokenizer.token_to_id(token)) is not None
    ]
    unknown = next(number for token in ("<mask>", "[MASK]", "<unk>", "[UNK]") if (number := tokenizer.token_to_id(token)) is not None)
    hidden = (chance.random(batch.ids.shape) < share) & ~np.isin(batch.ids, special)
    batch.ids[hidden] = unknown
