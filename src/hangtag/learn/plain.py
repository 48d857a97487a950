"""A BERT encoder in few operators, for export: on one title, starting an operator costs about as much as what it computes.

Queries, keys and values are one product of matrices, positions and types one table, and no operator looks for what cannot come up.
"""

from __future__ import annotations

from typing import Any

from hangtag.extras import require
from hangtag.taggers.layout import MOST_TOKENS

torch = require("torch", extra="train")
nn = torch.nn

__all__ = ["plain"]

_NEVER = -1e4


def plain(model: Any) -> Any:
    """An encoder that says the same; what is not built like BERT is given back as it is."""
    return _Plain(model).eval() if getattr(getattr(model, "config", None), "model_type", "") == "bert" else model


class _Plain(nn.Module):  # type: ignore[name-defined,misc]
    def __init__(self, model: Any) -> None:
        super().__init__()
        parts = model.embeddings
        self.words, self.norm = parts.word_embeddings, parts.LayerNorm
        self.places = nn.Parameter((parts.position_embeddings.weight[:MOST_TOKENS] + parts.token_type_embeddings.weight[0]).detach())
        self.layers = nn.ModuleList(_Layer(layer) for layer in model.encoder.layer)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        outputs = require("transformers.modeling_outputs", extra="train")
        states = self.norm(self.words(input_ids) + self.places[: input_ids.shape[1]])
        closed = (1 - attention_mask[:, None, None]).float() * _NEVER
        for layer in self.layers:
            states = layer(states, closed)
        return outputs.BaseModelOutput(last_hidden_state=states)


class _Layer(nn.Module):  # type: ignore[name-defined,misc]
    def __init__(self, layer: Any) -> None:
        super().__init__()
        own = layer.attention.self
        self.shape = (3, own.num_attention_heads, own.attention_head_size)
        # The root that products of queries and keys are divided by goes into the queries.
        parts = [(own.query, own.attention_head_size**-0.5), (own.key, 1.0), (own.value, 1.0)]
        self.heads = nn.Linear(own.query.in_features, 3 * own.query.out_features)
        with torch.no_grad():
            self.heads.weight.copy_(torch.cat([part.weight * scale for part, scale in parts]))
            self.heads.bias.copy_(torch.cat([part.bias * scale for part, scale in parts]))
        self.seen, self.first_norm = layer.attention.output.dense, layer.attention.output.LayerNorm
        self.inner, self.bend = layer.intermediate.dense, layer.intermediate.intermediate_act_fn
        self.outer, self.last_norm = layer.output.dense, layer.output.LayerNorm

    def forward(self, states: Any, closed: Any) -> Any:
        query, key, value = self.heads(states).unflatten(-1, self.shape).permute(2, 0, 3, 1, 4).unbind(0)
        seen = (query @ key.transpose(-1, -2) + closed).softmax(-1) @ value
        states = self.first_norm(states + self.seen(seen.transpose(1, 2).flatten(2)))
        return self.last_norm(states + self.outer(self.bend(self.inner(states))))
