"""The network of the `encoder` tagger: a product's text is encoded once, and every attribute looks at the tokens for its answer.

An attribute is a query vector: what the backbone makes of its name, and a learned residual, one and the same for all that no label
teaches. For each query every stretch of tokens gets a score, from its first token, its last and the two together; beside the stretches
compete the known values that need not stand in the text, and "none": these from what the attribute looked at and from the whole text.
Scores are products of token states and queries (late interaction; Khattab and Zaharia 2020); spans by their two ends follow Devlin et al.
(2019) and Yu et al. (2020), queries in place of a label set Li et al. (BERT-MRC, 2020).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hangtag.extras import require
from hangtag.taggers.answers import HIT_FEATURES, MOST_SPAN_TOKENS

torch = require("torch", extra="train")
nn = torch.nn

__all__ = ["Scores", "TagNetwork"]

_LEAST_WIDTH, _MOST_WIDTH = 128, 192
_RESIDUAL_DROP = 0.1
_NEVER = -1e4


class Scores(NamedTuple):
    """Logits: `spans` (n_products, n_attributes, n_tokens, longest) by first token and number of tokens after it, `none`
    (n_products, n_attributes), `values` (n_products, n_values); `looks` (n_products, n_attributes, n_tokens), the share of each
    attribute's look that each token had; and what the backbone made of the tokens, `states` (n_products, n_tokens, dim)."""

    spans: Any
    none: Any
    values: Any
    looks: Any
    states: Any


class TagNetwork(nn.Module):  # type: ignore[name-defined,misc]
    """`names` (n_attributes, name_dim) and `value_names` (n_values, value_dim) are the untrained backbone's vectors of names;
    `value_attribute` (n_values,) says whose value each is. `more_names` (n_more, name_dim) are those of attributes that no label
    teaches, numbered after the others: lessons in reading names ask for them, and one vector is learned for all.

    The backbone, which costs most, runs once whatever the number of attributes; what knows attributes is a product of matrices. Where every
    attribute is asked, stretches have up to `longest` tokens; pairs are always scored up to MOST_SPAN_TOKENS.
    """

    def __init__(
        self, backbone: Any, names: Any, value_names: Any, value_attribute: Any, *, more_names: Any = None, dropout: float = 0.1
    ) -> None:
        super().__init__()
        dim, name_dim = backbone.config.hidden_size, names.shape[1]
        self.width = width = max(_LEAST_WIDTH, min(_MOST_WIDTH, dim * 2 // 3))
        self.pair_width = width // 4
        self.backbone = backbone
        self.register_buffer("names", names)
        self.register_buffer("more_names", names[:0] if more_names is None else more_names, persistent=False)
        self.register_buffer("value_names", value_names)
        self.register_buffer("value_attribute", value_attribute)
        self.residual = nn.Parameter(torch.zeros_like(names))
        self.unlabelled = nn.Parameter(torch.zeros(name_dim))
        self.value_residual = nn.Parameter(torch.zeros(len(value_names), width))
        self.tokens = nn.Linear(dim, width)
        self.first, self.last = nn.Linear(width, self.pair_width), nn.Linear(width, self.pair_width)
        self.queries = nn.Linear(name_dim, 4 * width + self.pair_width)
        self.hits = nn.Linear(HIT_FEATURES, 3, bias=False)
        self.looked = nn.Linear(width + HIT_FEATURES, width)
        self.whole = nn.Linear(width, width, bias=False)
        self.none = nn.Linear(width, 1)
        self.value = nn.Linear(value_names.shape[1], width)
        self.dropout = nn.Dropout(dropout)
        self.longest = MOST_SPAN_TOKENS

    def forward(self, input_ids: Any, attention_mask: Any, hits: Any, queries: Any) -> Scores:
        """Every attribute of every product. `input_ids`, `attention_mask` (n_products, n_tokens); `hits` (n_products, n_tokens,
        n_attributes, HIT_FEATURES); `queries` (n_attributes, 4 * width + pair_width), from `all_queries`, to which any may be added."""
        states, tokens = self._tokens(input_ids, attention_mask)
        outside = attention_mask == 0
        begins, ends, pooled, looks = self._answer(tokens, queries[None], hits, outside, self._whole(tokens, outside))
        spans = self._stretches(tokens, queries[:, -self.pair_width:], begins, ends)
        values = (pooled.index_select(1, self.value_attribute) * self._values()).sum(-1)
        return Scores(spans, self.none(pooled).squeeze(-1), values, looks, states)

    def all_queries(self) -> Any:
        """What the attributes trained on ask (n_attributes, 4 * width + pair_width)."""
        return self.queries(self.names + self._kept(self.residual))

    def score_pairs(self, input_ids: Any, attention_mask: Any, hits: Any, rows: Any, attributes: Any) -> Scores:
        """Only the pairs of a product and an attribute that are judged: `rows` and `attributes` (n_pairs,), `hits` (n_pairs, n_tokens,
        HIT_FEATURES). Scores have the pairs first; `values` is (n_pairs, n_values), with those of other attributes out of reach."""
        # Not by [rows]: the gradient of that adds up in no fixed order, and a resumed training would end elsewhere.
        states, tokens = self._tokens(input_ids, attention_mask)
        names = torch.cat([self.names, self.more_names])[attributes]
        learned = torch.cat([self._kept(self.residual), self.unlabelled[None]])
        queries = self.queries(names + learned.index_select(0, attributes.clamp(max=len(self.names))))  # (p, q)
        outside = attention_mask == 0
        whole = self._whole(tokens, outside).index_select(0, rows)
        tokens, outside = tokens.index_select(0, rows), outside[rows]
        begins, ends, pooled, looks = self._answer(tokens, queries[:, None], hits[:, :, None], outside, whole)
        together, pooled = queries[:, None, -self.pair_width:], pooled.squeeze(1)
        pairs = (self.first(tokens) * together) @ self.last(tokens).transpose(-1, -2) / self.pair_width**0.5
        spans = begins + _diagonals(pairs + ends.transpose(-1, -2), beyond=_NEVER)
        foreign = self.value_attribute[None] != attributes[:, None]
        values = (pooled @ self._values().T).masked_fill(foreign, _NEVER)
        return Scores(spans, self.none(pooled).squeeze(-1), values, looks.squeeze(1), states)

    def _tokens(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
        states = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states, self.dropout(nn.functional.gelu(self.tokens(self.dropout(states))))

    def _whole(self, tokens: Any, outside: Any) -> Any:
        """What a whole text says (n, w), of its tokens (n, t, w) but those `outside` (n, t): most values that stand nowhere follow from
        several words."""
        return self.whole(tokens.masked_fill(outside[..., None], _NEVER).amax(1))

    def _answer(self, tokens: Any, queries: Any, hits: Any, outside: Any, whole: Any) -> tuple[Any, Any, Any, Any]:
        """From tokens (n, t, w), queries (n, a, q), hits (n, t, a, HIT_FEATURES), which tokens are `outside` (n, t) and the `whole` (n, w):
        scores of first and of last tokens (n, t, a), what was seen (n, a, w), looks (n, a, t)."""
        shape, hits = hits.shape[1:3], hits.flatten(1, 2).transpose(1, 2)  # (n, HIT_FEATURES, t * a), long rows being fast ones
        known = (self.hits.weight @ hits).unflatten(2, shape).transpose(1, 2)  # (n, t, 3, a)
        scored, asked, _ = queries.split([3 * self.width, self.width, self.pair_width], -1)
        scored = scored.unflatten(-1, (3, self.width)).transpose(1, 2).flatten(1, 2)  # (n, 3 * a, w)
        scores = (tokens @ scored.transpose(1, 2) / self.width**0.5).unflatten(-1, (3, -1)) + known
        begins, ends, shares = scores.masked_fill(outside[..., None, None], _NEVER).unbind(2)
        shares = shares.softmax(1)
        looks = shares.transpose(1, 2)
        told = (shares.flatten(1)[:, None] * hits).unflatten(2, shape).sum(2)
        seen = torch.cat([looks @ tokens, told.transpose(1, 2)], -1)
        return begins, ends, nn.functional.gelu(self.looked(seen) + asked + whole[:, None]), looks

    def _stretches(self, tokens: Any, together: Any, begins: Any, ends: Any) -> Any:
        """Scores of all stretches of up to `longest` tokens (n, a, t, longest). A pair's product is the same for all attributes, so it is
        made first."""
        places = torch.arange(tokens.shape[1], device=tokens.device)[:, None] + torch.arange(self.longest, device=tokens.device)
        products = self.first(tokens)[:, :, None] * _rows(self.last(tokens), places, beyond=0.0).unflatten(1, places.shape)
        pairs = products.flatten(1, 2) @ together.T / self.pair_width**0.5 + _rows(ends, places, beyond=_NEVER)
        return (pairs.unflatten(1, places.shape) + begins[:, :, None]).permute(0, 3, 1, 2)

    def _values(self) -> Any:
        return self.value(self.value_names) + self.value_residual

    def _kept(self, residual: Any) -> Any:
        """The residuals. In training some give way to what stands for those that labels do not teach, so that names are read too."""
        if not self.training:
            return residual
        dropped = torch.rand(len(residual), 1, device=residual.device) < _RESIDUAL_DROP
        return torch.where(dropped, self.unlabelled, residual)


def _rows(table: Any, places: Any, *, beyond: float) -> Any:
    """The rows of (n, t, w) at all `places`, one after the other; `beyond` past the last."""
    longer = nn.functional.pad(table, (0, 0, 0, MOST_SPAN_TOKENS), value=beyond)
    return longer.index_select(1, places.flatten())


def _diagonals(square: Any, *, beyond: float) -> Any:
    """The main diagonal and those above it, as columns: (…, t, t) to (…, t, MOST_SPAN_TOKENS), `beyond` past their ends. Where rows are cut
    one longer than they are, each begins one place further on."""
    count = square.shape[-1]
    wide = nn.functional.pad(square, (0, MOST_SPAN_TOKENS), value=beyond).flatten(-2)
    return nn.functional.pad(wide, (0, count)).unflatten(-1, (count, count + MOST_SPAN_TOKENS + 1))[..., :MOST_SPAN_TOKENS]
