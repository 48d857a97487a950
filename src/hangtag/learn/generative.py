"""Training of the `generative` tagger: a language model learns to write a product's tags; exported for CTranslate2 with 8-bit weights."""

from __future__ import annotations

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from hangtag.errors import GoldError, InputError
from hangtag.extras import require
from hangtag.learn.bases import Base, load_causal, load_seq2seq
from hangtag.learn.examples import Labelled, targets_of, unsaid_values
from hangtag.learn.lessons import Lessons
from hangtag.learn.loop import AfterEpoch, device_of, run
from hangtag.learn.processes import is_first
from hangtag.learn.settings import TrainSettings
from hangtag.learn.tuning import choose_tuned, merge_tuned
from hangtag.taggers.generative import GENERATIVE_FORMAT, GenerativeSettings
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.layout import MOST_CHARS, lay_out
from hangtag.taggers.model_folder import new_model_folder
from hangtag.taggers.writing import Bones, ask, can_be_written, shorten_text, write

__all__ = ["GENERATIVE", "train_generative"]

GENERATIVE = ("causal", "seq2seq")
_TOGETHER = 8
_IGNORED = -100
_SAMPLE = ask("color: red | size: red", ["color", "size"])


class Written(NamedTuple):
    """A product as a language model learns it: the text, the numbers of the attributes asked for (`judged`) and the (attribute, value)
    pairs to write; `ids` are the tokens read, `answer` those written."""

    text: str
    judged: tuple[int, ...]
    pairs: tuple[tuple[int, str], ...]
    ids: list[int]
    answer: list[int]


class _Reading:
    """How a language model reads labelled products; see `lessons.Reading`."""

    def __init__(self, attributes: Sequence[str], values: Mapping[str, Sequence[str]], style: HouseStyle, base: Base) -> None:
        self.attributes = {name: number for number, name in enumerate(attributes)}
        self._names, self._values, self._style = attributes, values, style
        self._tokenizer, self._end = base.tokenizer.backend_tokenizer, base.tokenizer.eos_token_id

    def item(self, labelled: Labelled) -> Written:
        layout = lay_out(labelled.example.product)
        text = Bones(layout.text)
        judged, pairs = [], []
        for name, target in targets_of(labelled.example.gold, labelled.spans, layout, self._style):
            if name not in self.attributes:
                continue
            quotes = {layout.text[start:end].casefold(): layout.text[start:end] for start, end in target.places}
            said = [quote for quote in quotes.values() if can_be_written(quote) and any(text.find(quote))]
            said += [value for value in target.values if value in self._values.get(name, ())]
            if said or not (target.places or target.values):
                judged.append(self.attributes[name])
                pairs += [(self.attributes[name], value) for value in said]
        return self._written(layout.text, judged, pairs)

    def without(self, item: Written, absent: Sequence[int]) -> Written:
        return self._written(item.text, [*item.judged, *absent], item.pairs)

    def _written(self, text: str, judged: Iterable[int], pairs: Iterable[tuple[int, str]]) -> Written:
        asked, said = sorted(judged), sorted(pairs, key=lambda pair: pair[0])
        source = ask(shorten_text(self._tokenizer, text), [self._names[number] for number in asked])
        answer = write([(self._names[number], value) for number, value in said])
        written = self._tokenizer.encode(" " + answer if answer else "", add_special_tokens=False).ids
        return Written(text, tuple(asked), tuple(said), self._tokenizer.encode(source).ids, [*written, self._end])


class _Course:
    """What a language model learns; see `loop.Course`."""

    def __init__(
        self,
        base: Base,
        lessons: Lessons,
        settings: TrainSettings,
        *,
        translates: bool,
        labels: Sequence[Labelled],
        watched: Sequence[Written],
    ) -> None:
        self.settings, self.labels, self.watched = settings, labels, watched
        self.network = self.body = base.model
        self.count, self.of_epoch = lessons.count, lessons.of_epoch
        self._translates, self._device = translates, device_of(settings)
        self._pad = base.tokenizer.pad_token_id if base.tokenizer.pad_token_id is not None else base.tokenizer.eos_token_id

    def loss(self, items: Sequence[Written], chance: random.Random | None) -> Any:
        """Mean over the tokens to write of what the model lost (cross-entropy, each token told those before it)."""
        return self._translated(items) if self._translates else self._gone_on(items)

    def _translated(self, items: Sequence[Written]) -> Any:
        ids, labels = self._table([item.ids for item in items], self._pad), self._table([item.answer for item in items], _IGNORED)
        mask = self._table([[1] * len(item.ids) for item in items], 0)
        return self.network(input_ids=ids, attention_mask=mask, labels=labels).loss

    def _gone_on(self, items: Sequence[Written]) -> Any:
        functional = require("torch", extra="train").nn.functional
        lines = [item.ids + item.answer for item in items]
        ids, mask = self._table(lines, self._pad, left=True), self._table([[1] * len(line) for line in lines], 0, left=True)
        labels = self._table([item.answer for item in items], _IGNORED, left=True)
        places = (mask.cumsum(1) - 1).clamp_min(0)
        kept = labels.shape[1] + 1  # only where something is written: most of a small model's work is the scores of all its words
        logits = self.network(input_ids=ids, attention_mask=mask, position_ids=places, logits_to_keep=kept).logits[:, :-1]
        return functional.cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), ignore_index=_IGNORED)

    def _table(self, rows: Sequence[Sequence[int]], fill: int, *, left: bool = False) -> Any:
        torch = require("torch", extra="train")
        width = max(map(len, rows))
        padded = [[fill] * (width - len(row)) + [*row] if left else [*row] + [fill] * (width - len(row)) for row in rows]
        return torch.tensor(padded, dtype=torch.long, device=self._device)


def train_generative(
    labelled: Sequence[Labelled],
    folder: str | Path,
    settings: TrainSettings,
    *,
    kind: str,
    card: Mapping[str, Any],
    also: Sequence[Labelled] = (),
    dev: Sequence[Labelled] = (),
    checkpoint: Path | None = None,
    after_epoch: AfterEpoch | None = None,
) -> list[dict[str, float]]:
    """Write a generative tagger's model folder, whole or not at all, and give each epoch's figures; `kind` is one of `GENERATIVE`.

    `also`, `dev`, `checkpoint` and `after_epoch` are those of `learn.train`. Raises `GoldError` where nothing can be learned, `InputError`
    for a base that cannot be loaded or run, `RunError` for a checkpoint of other labels or settings.
    """
    torch = require("torch", extra="train")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    pairs = [(lay_out(example.product).text, example.gold) for example, _ in labelled]
    base = _tunable(kind, settings, pairs)
    valued = Counter(name for example, _ in labelled for name, values in example.gold.items() if values)
    attributes = [name for name, _ in valued.most_common()]
    style = HouseStyle.learn(pairs)
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in unsaid_values(labelled, style, settings.least_value_count):
        if can_be_written(value):
            values[name].append(value)
    reading = _Reading(attributes, values, style, base)
    lessons = Lessons(reading, labelled, also, settings=settings, style=style)
    if not any(item.pairs for item in lessons.items):
        raise GoldError("no labelled value stands in its product's text or comes again elsewhere, so there is nothing to learn to write")
    watched = [item for one in dev if (item := reading.item(one)).judged]
    course = _Course(base, lessons, settings, translates=kind == "seq2seq", labels=[*labelled, *also], watched=watched)
    curve = run(course, checkpoint=checkpoint, after_epoch=after_epoch)
    content = GenerativeSettings(
        format=GENERATIVE_FORMAT,
        attributes=attributes,
        translates=kind == "seq2seq",
        end=base.tokenizer.eos_token,
        by_category=_by_category(labelled, reading.attributes),
        together=_TOGETHER,
        values=values,
        style=style.to_dict(),
        most_chars=MOST_CHARS,
        least_confidence=0.0,
        card=dict(card),
    )
    if is_first():
        with new_model_folder(folder, content) as files:
            files.tokenizer.write_text(base.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
            _export(base._replace(model=merge_tuned(base.model.to("cpu"))), files.writer)
    return curve


def _tunable(kind: str, settings: TrainSettings, pairs: Sequence[tuple[str, Mapping[str, Sequence[str]]]]) -> Base:
    """The base to train, on its device, with all held still that shall not move; `pairs` are (text, gold)."""
    texts = [line for text, gold in pairs for line in (text, _SAMPLE, write([(name, value) for name in gold for value in gold[name]]))]
    base = load_causal(settings.backbone) if kind == "causal" else load_seq2seq(settings, texts)
    _check_can_run(base)
    tuned = choose_tuned(base.model, freeze_layers=settings.freeze_layers, tune=settings.tune, lora_rank=settings.lora_rank)
    if settings.tune == "full":
        tuned.get_input_embeddings().requires_grad_(True)  # words are written by them too
    return base._replace(model=tuned.to(device_of(settings)))


def _by_category(labelled: Sequence[Labelled], attributes: Mapping[str, int]) -> dict[str, list[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for example, _ in labelled:
        if example.product.category is not None:
            found[example.product.category].update(attributes[name] for name, values in example.gold.items() if values)
    return {category: sorted(numbers) for category, numbers in found.items()}


def _check_can_run(base: Base) -> None:
    """Raise `InputError` for a base that CTranslate2 has no converter for, or that cannot write a line, before hours of training."""
    converters = require("ctranslate2.converters.transformers", extra="train")
    known = getattr(converters, "_MODEL_LOADERS", {})
    name = type(base.model.config).__name__
    if known and name not in known:
        kinds = ", ".join(sorted(one.removesuffix("Config") for one in known))
        raise InputError(f"--backbone: a {name.removesuffix('Config')} cannot be run by CTranslate2, which knows {kinds}")
    tokenizer = base.tokenizer.backend_tokenizer
    if Bones(tokenizer.decode(tokenizer.encode(_SAMPLE, add_special_tokens=False).ids)).bones != Bones(_SAMPLE).bones:
        raise InputError(f"--backbone: its tokenizer cannot write all signs of the line '{_SAMPLE}'; choose another")


def _export(base: Base, folder: Path) -> None:
    converters = require("ctranslate2.converters", extra="train")
    with tempfile.TemporaryDirectory() as work, redirect_stderr(StringIO()):  # for the bars it draws
        base.model.save_pretrained(work)
        base.tokenizer.save_pretrained(work)
        converters.TransformersConverter(work).convert(str(folder), quantization="int8")
