"""What moves in training, and what the loss asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hangtag.errors import InputError

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
pytestmark = pytest.mark.xdist_group("learn")

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]


def backbone(tiny_backbone: str) -> Any:
    from hangtag.learn.backbone import load_backbone

    return load_backbone(tiny_backbone)[0]


def moving(model: Any) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_each_way_moves_what_it_says(tiny_backbone: str) -> None:
    from hangtag.learn.tuning import choose_tuned

    def chosen(**options: Any) -> set[str]:
        return moving(choose_tuned(backbone(tiny_backbone), **{"freeze_layers": 0, "tune": "full", "lora_rank": 4, **options}))

    full, frozen, bias, lora = chosen(), chosen(freeze_layers=1), chosen(tune="bias"), chosen(tune="lora")
    assert full and not any("embeddings" in name for name in full | bias | lora)
    assert frozen == {name for name in full if ".layer.0." not in name}
    assert bias == {name for name in full if name.endswith("bias")}
    assert lora and all("lora_" in name for name in lora)
    with pytest.raises(InputError, match="full, bias, lora"):
        chosen(tune="magic")


def test_low_rank_updates_are_merged_to_the_same_outputs(tiny_backbone: str) -> None:
    from hangtag.learn.tuning import choose_tuned, merge_tuned

    model = choose_tuned(backbone(tiny_backbone), freeze_layers=0, tune="lora", lora_rank=4).eval()
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    ids = torch.arange(4, 14)[None]
    with torch.no_grad():
        before = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        merged = merge_tuned(model)
        after = merged(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    assert torch.allclose(before, after, atol=1e-4)
    assert not any("lora_" in name for name, _ in merged.named_parameters())


def test_the_adversary_steps_where_the_loss_rises(tiny_backbone: str) -> None:
    from hangtag.learn.tuning import Adversary, choose_tuned

    model = choose_tuned(backbone(tiny_backbone), freeze_layers=0, tune="full", lora_rank=4)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    adversary = Adversary(model.train(), 0.05)
    ids = torch.arange(4, 24)[None]
    target = torch.randn(1, 20, model.config.hidden_size)

    def loss() -> Any:
        return ((model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state - target) ** 2).mean()

    plain = loss()
    plain.backward()
    adversary.strike()
    struck = loss()
    struck.backward()
    adversary.rest()
    assert struck > plain and torch.isclose(loss(), plain)


def test_any_place_will_do_unless_all_are_wanted() -> None:
    from hangtag.learn.train import _either

    logs = torch.tensor([[0.01, 0.98, 0.01], [0.01, 0.98, 0.01], [0.01, 0.98, 0.01], [0.98, 0.01, 0.01]]).log()
    wanted = torch.tensor([[0.0, 0.5, 0.5], [0.0, 0.5, 0.5], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    several = torch.tensor([False, True, True, True])
    any_place, all_places, one_of_several, none_of_several = _either(wanted, logs, several, n_values=0).tolist()
    assert any_place == pytest.approx(0.0101, abs=1e-3)
    assert all_places == pytest.approx(0.703, abs=1e-2)  # the second place is no likelier than none
    assert one_of_several == pytest.approx(0.703, abs=1e-2)  # nor is it less likely than none, as an unwanted one should be
    assert none_of_several == pytest.approx(0.02, abs=1e-2)


def test_each_unwanted_value_of_several_is_a_rival_of_its_own_and_stretches_are_one() -> None:
    from hangtag.learn.train import _either

    alike = torch.full((1, 5), 0.2).log()
    none = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]])

    def loss(n_values: int) -> float:
        return float(_either(none, alike, torch.tensor([True]), n_values=n_values))

    assert loss(0) == pytest.approx(math.log(5))
    assert loss(4) == pytest.approx(4 * math.log(2))
    assert loss(2) == pytest.approx(2 * math.log(2) + math.log(3))


@pytest.mark.parametrize(
    "options",
    [{"tune": "lora"}, {"tune": "bias"}, {"adversarial": 0.05}, {"rare_weight": 0.5}, {"swap": 0.5, "blank": 0.1}, {"precision": "bf16"}],
    ids=lambda options: ",".join(options),
)
def test_every_option_trains_to_a_model_that_speaks(
    options: dict[str, Any], tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    from hangtag.jobs.train import train_model
    from hangtag.learn.settings import TrainSettings
    from hangtag.model import Product
    from hangtag.taggers.encoder import EncoderTagger

    gold = write_gold(tmp_path / "gold.jsonl", products(90, 1))
    settings = TrainSettings(backbone=tiny_backbone, epochs=8, batch=16, learning_rate=2e-3, head_learning_rate=5e-3, **options)
    card = train_model(gold, tmp_path / "model", settings=settings)
    assert card["dev"]["f1"] > 0.4, card["dev"]
    assert EncoderTagger(tmp_path / "model").tag([Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})])[0]


def test_a_product_is_shown_to_be_without_what_its_category_never_has(tiny_backbone: str) -> None:
    from hangtag.learn.examples import Labelled
    from hangtag.learn.lessons import Lessons, NetworkReading
    from hangtag.learn.settings import TrainSettings
    from hangtag.learn.train import _begin
    from hangtag.model import Example, Product

    def labelled(number: int, category: str | None, gold: dict[str, tuple[str, ...]]) -> Labelled:
        return Labelled(Example(product=Product(id=str(number), fields={"title": "red lure 5g"}, category=category), gold=gold), {})

    lures = [labelled(number, "Lure", {"Color": ("red",), "Weight": ("5g",)}) for number in range(12)]
    glasses = [labelled(number, "Glasses", {"Color": ("red",), "Lens": ()}) for number in range(12, 24)]
    hats = [labelled(number, "Hat", {"Color": ("red",), "Brim": ("lure",)}) for number in range(24, 27)]
    loose = [labelled(99, None, {"Color": ("red",)})]
    everything = [*lures, *glasses, *hats, *loose]
    trained = _begin(everything, TrainSettings(backbone=tiny_backbone, swap=0.0, foreign=2))
    reading = NetworkReading(trained, training=True)
    items = Lessons(reading, everything, (), settings=trained.settings, style=trained.style).of_epoch(1)

    def judged(number: int) -> set[str]:
        return {trained.attributes[one] for one in items[number].judged}

    assert judged(0) == {"Color", "Weight", "Lens", "Brim"} and len(items[0].answers) == 2
    assert judged(12) == {"Color", "Lens", "Weight", "Brim"}
    assert judged(24) == {"Color", "Brim"}  # three hats are too few to say that no hat has a weight
    assert judged(27) == {"Color"}
    assert all(len(item.weights) == len(item.judged) for item in items)


def test_labels_of_another_source_are_learned_first_and_not_last(
    tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    from hangtag.jobs.train import read_labelled
    from hangtag.learn.lessons import Lessons, NetworkReading
    from hangtag.learn.settings import TrainSettings
    from hangtag.learn.train import _begin

    ours = read_labelled(write_gold(tmp_path / "ours.jsonl", products(12, 1)))
    others = read_labelled(write_gold(tmp_path / "others.jsonl", products(7, 2)))
    trained = _begin(ours, TrainSettings(backbone=tiny_backbone, also_epochs=2), others)
    reading = NetworkReading(trained, training=True)
    lessons = Lessons(reading, ours, others, settings=trained.settings, style=trained.style)
    texts = [{item.layout.text for item in lessons.of_epoch(epoch)} for epoch in (1, 2, 3)]
    theirs = {example.product.main_text for example, _ in others}
    assert theirs <= texts[0] and theirs <= texts[1] and not (theirs - {one.product.main_text for one, _ in ours}) & texts[2]
    assert [lessons.count(epoch) for epoch in (1, 2, 3)] == [19, 19, 12]


def test_what_is_held_out_is_not_learned_from_another_source(
    tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hangtag.jobs.train as jobs
    from hangtag.learn.settings import TrainSettings

    class Seen(Exception):
        pass

    def see(*_: object, also: list[object], **__: object) -> None:
        raise Seen(len(also))

    monkeypatch.setattr(jobs, "train", see)
    rows = products(8, 1)
    gold, dev = write_gold(tmp_path / "gold.jsonl", products(8, 2)), write_gold(tmp_path / "dev.jsonl", rows[:3])
    shouted = [{**row, "title": row["title"].upper().replace(" ", "  ")} for row in rows]
    also = write_gold(tmp_path / "also.jsonl", shouted)
    with pytest.raises(Seen) as told:
        jobs.train_model(gold, tmp_path / "model", dev=dev, also=[also], settings=TrainSettings(backbone=tiny_backbone))
    assert told.value.args == (len({row["title"] for row in rows} - {row["title"] for row in rows[:3]}),)


def test_stretches_are_scored_by_their_first_token_and_their_length() -> None:
    torch = pytest.importorskip("torch")
    from hangtag.learn.network import _diagonals
    from hangtag.taggers.answers import MOST_SPAN_TOKENS

    for count in (1, 7, MOST_SPAN_TOKENS + 9):
        square = torch.randn(2, 3, count, count)
        band = _diagonals(square, beyond=-5.0)
        assert band.shape == (2, 3, count, MOST_SPAN_TOKENS)
        for first in range(count):
            for more in range(MOST_SPAN_TOKENS):
                if first + more < count:
                    assert torch.equal(band[..., first, more], square[..., first, first + more])
                else:
                    assert (band[..., first, more] == -5.0).all()
