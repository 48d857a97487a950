"""What of a pre-trained model moves in training, and an adversary it learns to withstand."""

from __future__ import annotations

import warnings
from typing import Any

from hangtag.errors import InputError
from hangtag.extras import require

__all__ = ["TUNE", "Adversary", "choose_tuned", "merge_tuned"]

TUNE = ("full", "bias", "lora")
_STACKS = ("encoder.layer", "transformer.layer", "transformer.h", "model.layers", "model.encoder.layers", "encoder.block")


def choose_tuned(model: Any, *, freeze_layers: int, tune: str, lora_rank: int) -> Any:
    """The model with all held still that shall not move. Word embeddings never do: most of the parameters, and the rare ones would only
    be forgotten. Raises `InputError` for layers that cannot be found and for an unknown way to tune."""
    if tune not in TUNE:
        raise InputError(f"--tune {tune}: there are {', '.join(TUNE)}")
    if getattr(model, "from_scratch", False):
        if freeze_layers or tune != "full":
            raise InputError("--freeze-layers and --tune are for pre-trained models: all of one from scratch must move")
        return model
    embeddings = getattr(model, "embeddings", None) or model.get_input_embeddings()
    embeddings.requires_grad_(False)
    layers = _layers(model)
    if freeze_layers and layers is None:
        raise InputError(
            "--freeze-layers: the layers of this model are not where those of BERT, DistilBERT, GPT-2, Llama or BART are; leave it out"
        )
    if tune == "lora" and freeze_layers and freeze_layers >= len(layers):
        raise InputError(f"--freeze-layers {freeze_layers}: this model has {len(layers)} layers, and --tune lora needs one that moves")
    frozen = layers[:freeze_layers] if freeze_layers else ()
    for layer in frozen:
        layer.requires_grad_(False)
    if tune == "bias":
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(parameter.requires_grad and name.endswith("bias"))
    return _with_lora(model, frozen, lora_rank) if tune == "lora" else model


def _layers(model: Any) -> Any:
    for path in _STACKS:
        found: Any = model
        for name in path.split("."):
            found = getattr(found, name, None)
        if found is not None:
            return found
    return None


def _with_lora(model: Any, frozen: Any, rank: int) -> Any:
    peft, nn = require("peft", extra="train"), require("torch", extra="train").nn
    linear = (nn.Linear, require("transformers.pytorch_utils", extra="train").Conv1D)
    left = {id(module) for layer in frozen for module in layer.modules()} | {id(model.get_output_embeddings())}
    chosen = [name for name, module in model.named_modules() if isinstance(module, linear) and id(module) not in left]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what transformers calls otherwise by now
        return peft.get_peft_model(model, peft.LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=chosen))


def merge_tuned(model: Any) -> Any:
    """The encoder as one piece again, low-rank updates added to what they update."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


class Adversary:
    """Moves word embeddings a step in the direction that raises the loss most (fast gradient method; Miyato, Dai and Goodfellow 2017).

    `length` is in shares of an embedding's own length. Use: forward and backward once, `strike()`, forward and backward again, `rest()`.
    """

    def __init__(self, model: Any, length: float) -> None:
        self._length = length
        self._seen: Any = None
        self._step: Any = None
        model.get_input_embeddings().register_forward_hook(self._hear)

    def strike(self) -> None:
        """From the gradient just computed, the step that the next forward pass takes."""
        push = self._seen.grad
        norms = push.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        self._step = self._length * self._seen.detach().norm(dim=-1, keepdim=True) * push / norms

    def rest(self) -> None:
        """Leave embeddings alone again."""
        self._step = None

    def _hear(self, _module: Any, _inputs: Any, output: Any) -> Any:
        if self._step is not None:
            return output + self._step
        if not output.requires_grad:
            output = output.detach().requires_grad_(_module.training)
        if _module.training:
            output.retain_grad()
            self._seen = output
        return output
