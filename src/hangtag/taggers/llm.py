"""The `llm` tagger: a language model behind an endpoint reads the product, and says nothing it cannot show.

Its category first, by the merchant, by words and vectors, or asked; then that category's attributes. What it says is grounded
(`grounding`); how sure it is comes from the probabilities of its tokens or from how often several answers agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hangtag.config import LlmSettings
from hangtag.encode.base import Vectors
from hangtag.llm.chat import Answer, Chat, Failure, Outcome, Question
from hangtag.model import CATEGORY, PHRASE, Inference, Product, Tag, Unanswered
from hangtag.taggers.asked_names import as_asked
from hangtag.taggers.asking import PROMPTS, Asker, Wanted
from hangtag.taggers.category import CategoryTagger
from hangtag.taggers.confidence import Curves
from hangtag.taggers.grounding import Claim, Ground, has_probabilities, read_claims, read_phrases
from hangtag.taggers.phrases import Draft, choose_phrases
from hangtag.taggers.shown import Shown, show
from hangtag.text.claims import Rules, starter_rules

__all__ = ["LlmTagger"]

_SURE_CATEGORY = 0.7
_CATEGORIES = 10
_UNKNOWN, _ASKED_CATEGORY = 0.7, 0.75
_LEAST_ATTRIBUTES = 2
_MOST_ROOM = 4


@dataclass(slots=True)
class _Part:
    """A part of a product and what is asked of it, nothing for free phrases; `number` is the product's, `room` how many times as long its
    answer may be."""

    number: int
    shown: Sequence[Shown]
    wanted: Sequence[Wanted]
    sample: int = 0
    room: int = 1


class LlmTagger:
    """Tags what a language model reads. `categories` finds candidates for the category; `curves` make confidences true, `auto_thresholds`
    say from which of these on tags may be published; both are those of `hangtag calibrate`, where it was asked. `rules` say which free
    phrases are not published unseen.

    A product of which a question stayed without an answer gets `Unanswered`. Raises `EndpointError` and `BudgetSpent` as `Chat.ask` does.
    """

    def __init__(self, chat: Chat, asker: Asker, categories: CategoryTagger, rules: Rules | None = None) -> None:
        self.chat, self.asker, self.categories = chat, asker, categories
        self.rules = rules if rules is not None else starter_rules()
        self.settings: LlmSettings = chat.settings
        self.curves = Curves()
        self.auto_thresholds: dict[str, float] = {}
        self.name = f"llm:{chat.model}@{PROMPTS}"

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order; all questions of a batch are asked together."""
        return [tags for tags, _ in self.tag_only(products, [None] * len(products))]

    def tag_only(
        self, products: Sequence[Product], attributes: Sequence[frozenset[str] | None]
    ) -> list[tuple[list[Tag], frozenset[str]]]:
        """As `tag`, asked of each product for these attributes only (None: all its category has); with each list the attributes that it was
        asked for, which may be fewer. One asked for by another of its names is answered under that."""
        asked = [None if names is None else self.asker.find_asked(names) for names in attributes]
        found = self._tag_own(products, [None if one is None else frozenset(one) for one in asked])
        return [
            (as_asked(tags, one), frozenset(name for own in names for name in one.get(own, (own,)))) if one is not None else (tags, names)
            for (tags, names), one in zip(found, asked, strict=True)
        ]

    def _tag_own(
        self, products: Sequence[Product], attributes: Sequence[frozenset[str] | None]
    ) -> list[tuple[list[Tag], frozenset[str]]]:
        """As `tag_only`, for attributes by the names that the vocabulary and labelled products have for them."""
        shown = [self._show(product) for product in products]
        categories, tags, failures = self._categories(products, shown)
        vectors = self.asker.vectors(products)
        parts = [
            _Part(number, part, wanted)
            for number, product in enumerate(products)
            for wanted in self._groups(self.asker.wanted(product, categories[number], vectors[number], attributes[number]))
            for part in shown[number]
        ]
        if self.settings.phrases:
            phrased = [number for number, names in enumerate(attributes) if shown[number] and (names is None or PHRASE in names)]
            parts += [_Part(number, shown[number][0], ()) for number in phrased]
        answers, drafts, unanswered = self._ask_parts(products, parts, categories, vectors)
        failures |= unanswered
        for number, claims in answers.items():
            tags[number] += self._tags(claims)
        for number, said in drafts.items():
            tags[number] += self._phrases(said)
        asked: dict[int, set[str]] = defaultdict(set)
        for part in parts:
            asked[part.number].update((one.attribute for one in part.wanted) if part.wanted else (PHRASE,))
        for number, found in enumerate(tags):
            asked[number].update(tag.attribute for tag in found)
            if number in failures:
                tags[number] = Unanswered(found, reason=f"{self.name}: {failures[number]}")
        return [(found, frozenset(asked[number])) for number, found in enumerate(tags)]

    def asked_for(self, products: Sequence[Product], tags: Sequence[Sequence[Tag]]) -> list[frozenset[str]]:
        """The attributes that each product was asked for when `tags` were said of it: silence on others says nothing."""
        found, _ = self._clear_categories(products)
        vectors = self.asker.vectors(products)
        asked = []
        for product, said, category, vector in zip(products, tags, found, vectors, strict=True):
            named = category or next((tag.value for tag in said if tag.attribute == CATEGORY), None)
            asked.append(frozenset(one.attribute for one in self.asker.wanted(product, named, vector)))
        return asked

    def questions(self, products: Sequence[Product]) -> list[Question]:
        """What would be asked of products, as far as that is known before any answer."""
        shown = [self._show(product) for product in products]
        found, open_ones = self._clear_categories(products)
        asked = [
            self.asker.category(products[number], shown[number][0], candidates)[0]
            for number, candidates in open_ones.items()
            if shown[number] and candidates
        ]
        vectors = self.asker.vectors(products)
        for number, product in enumerate(products):
            category = found[number] or next(iter(open_ones.get(number, ())), None)
            for wanted in self._groups(self.asker.wanted(product, category, vectors[number])):
                asked += [
                    self.asker.tags(product, part, wanted, category, vectors[number], sample)
                    for part in shown[number]
                    for sample in range(max(1, self.settings.samples))
                ]
            if self.settings.phrases and shown[number]:
                asked.append(self.asker.phrases(product, shown[number][0]))
        return asked

    def _show(self, product: Product) -> list[list[Shown]]:
        return show(product, most_chars=self.settings.chunk_chars, hide_personal=self.settings.redact)

    def _groups(self, wanted: Sequence[Wanted]) -> Iterable[Sequence[Wanted]]:
        most = self.settings.most_attributes
        return (wanted[begin : begin + most] for begin in range(0, len(wanted), most))

    def _clear_categories(self, products: Sequence[Product]) -> tuple[list[str | None], dict[int, list[str]]]:
        """The categories that need no question, and candidates for the others, by product."""
        if self.asker.examples:  # labelled products say by themselves which attributes theirs have
            return [None] * len(products), {}
        vocabulary = self.asker.reader.vocabulary
        found = [vocabulary.find_path(product.category) if product.category else None for product in products]
        open_ones: dict[int, list[str]] = {}
        without = [number for number, category in enumerate(found) if category is None]
        for number, said in zip(without, self.categories.tag([products[number] for number in without]), strict=True):
            if said and said[0].confidence >= _SURE_CATEGORY:
                found[number] = said[0].value
            else:
                open_ones[number] = [tag.value for tag in said]
        if open_ones:
            near = self.categories.candidates([products[number] for number in open_ones], _CATEGORIES)
            open_ones = {number: list(dict.fromkeys([*open_ones[number], *more])) for number, more in zip(open_ones, near, strict=True)}
        return found, open_ones

    def _categories(
        self, products: Sequence[Product], shown: Sequence[list[list[Shown]]]
    ) -> tuple[list[str | None], list[list[Tag]], dict[int, str]]:
        """The category of each product, tags for those that were asked for, and why some of these were not answered."""
        found, open_ones = self._clear_categories(products)
        tags: list[list[Tag]] = [[] for _ in products]
        failures: dict[int, str] = {}
        asked = {
            number: self.asker.category(products[number], shown[number][0], candidates)
            for number, candidates in open_ones.items()
            if shown[number] and candidates
        }
        outcomes = self._ask_with_room({number: question for number, (question, _) in asked.items()})
        for number, (_, names) in asked.items():
            outcome = outcomes[number]
            if isinstance(outcome, Failure):
                failures[number] = outcome.reason
                continue
            category = names.get(str(outcome.value.get("category", "")))
            found[number] = category
            if category is not None:
                evidence = Inference("llm", f"chosen by {self.chat.model} from {len(names)} categories near to the title")
                confidence = self._true(CATEGORY, _ASKED_CATEGORY)
                tags[number].append(
                    Tag(attribute=CATEGORY, value=category, confidence=confidence, source=self.name, evidence=(evidence,))
                )
        return found, tags, failures

    def _ask_with_room(self, questions: Mapping[int, Question]) -> dict[int, Outcome]:
        """The outcomes of questions by product; one whose answer was cut short is asked with more room, as much as for tags."""
        outcomes: dict[int, Outcome] = {}
        left = dict(questions)
        while left:
            outcomes |= zip(left, self.chat.ask(list(left.values())), strict=True)
            cut = [number for number in left if isinstance(said := outcomes[number], Failure) and said.too_long]
            left = {number: more for number in cut if (more := _larger(left[number], self.settings.answer_tokens)) is not None}
        return outcomes

    def _ask_parts(
        self, products: Sequence[Product], parts: Sequence[_Part], categories: Sequence[str | None], vectors: Vectors
    ) -> tuple[dict[int, list[tuple[int, list[Claim]]]], dict[int, list[Draft]], dict[int, str]]:
        """The claims of all answers by product, each with its sample; free phrases; and why products are not answered. Where an answer was
        cut short, half as much is asked again."""
        claims: dict[int, list[tuple[int, list[Claim]]]] = defaultdict(list)
        drafts: dict[int, list[Draft]] = {}
        failures: dict[int, str] = {}
        left = list(parts)
        while left:
            asked, left = left, []
            outcomes = self.chat.ask(
                [self._question(one, products[one.number], categories[one.number], vectors[one.number]) for one in asked]
            )
            for one, outcome in zip(asked, outcomes, strict=True):
                if isinstance(outcome, Failure):
                    smaller = _smaller(one, outcome)
                    left += smaller
                    if not smaller and not one.sample:
                        failures.setdefault(one.number, outcome.reason)
                    continue
                if not one.wanted:
                    drafts[one.number] = list(read_phrases(outcome.value, one.shown, keep_ungrounded=self.settings.keep_ungrounded))
                    continue
                claims[one.number].append((one.sample, self._claims(one, outcome)))
                left += self._more_samples(one, outcome)
        return claims, drafts, failures

    def _question(self, one: _Part, product: Product, category: str | None, vector: Vectors) -> Question:
        if one.wanted:
            question = self.asker.tags(product, one.shown, one.wanted, category, vector, one.sample)
        else:
            question = self.asker.phrases(product, one.shown)
        return question if one.room == 1 else replace(question, answer_tokens=question.answer_tokens * one.room)

    def _more_samples(self, one: _Part, answer: Answer) -> list[_Part]:
        """Further samples, where the first came without probabilities."""
        if one.sample or has_probabilities(answer.text, answer.tokens):
            return []
        return [_Part(one.number, one.shown, one.wanted, sample) for sample in range(1, self.settings.samples)]

    def _claims(self, one: _Part, answer: Answer) -> list[Claim]:
        found = read_claims(answer.value, answer.text, answer.tokens, wanted=one.wanted, shown=one.shown, reader=self.asker.reader)
        return [claim for claim in found if self.settings.keep_ungrounded or claim.ground == Ground.TEXT]

    def _tags(self, answers: Sequence[tuple[int, Sequence[Claim]]]) -> list[Tag]:
        """Tags from the claims of all parts and samples: the same value is one tag."""
        samples = len({sample for sample, _ in answers})
        claims: dict[tuple[str, str], list[tuple[int, Claim]]] = defaultdict(list)
        for sample, said in answers:
            for claim in said:
                claims[claim.attribute, claim.value].append((sample, claim))
        return [self._tag(attribute, value, said, samples) for (attribute, value), said in claims.items()]

    def _phrases(self, drafts: Sequence[Draft]) -> list[Tag]:
        sure = [draft._replace(confidence=self._true(PHRASE, _UNKNOWN * draft.confidence)) for draft in drafts]
        return choose_phrases(sure, self.asker.reader, self.rules, most=self.settings.phrases, source=self.name)

    def _tag(self, attribute: str, value: str, said: Sequence[tuple[int, Claim]], samples: int) -> Tag:
        best = max((claim for _, claim in said), key=lambda claim: (claim.ground, claim.share, claim.sure or 0.0))
        agreeing = len({sample for sample, _ in said})
        # Laplace's rule of succession, so that few samples are not sure of anything.
        agreement = (agreeing + 1) / (samples + 2) if samples > 1 else _UNKNOWN
        sure = agreement if best.sure is None else best.sure
        kept = [claim for _, claim in said if claim.ground == best.ground]
        evidence = tuple(dict.fromkeys(item for claim in kept for item in claim.evidence))
        confidence = self._true(attribute, sure * best.share)
        status = "review" if best.new or best.ground == Ground.QUOTE else "proposed"
        return Tag(attribute=attribute, value=value, confidence=confidence, source=self.name, evidence=evidence, status=status)  # type: ignore[arg-type]

    def _true(self, attribute: str, sure: float) -> float:
        return round(self.curves.read(attribute, min(1.0, sure)), 4)


def _larger(question: Question, usual: int) -> Question | None:
    """The same question with room for the `usual` answer, then for twice that, up to a point; None beyond."""
    room = usual if question.answer_tokens < usual else 2 * question.answer_tokens
    return replace(question, answer_tokens=room) if room <= _MOST_ROOM * usual else None


def _smaller(one: _Part, failure: Failure) -> list[_Part]:
    """The same part asked for half of the attributes at a time, where its answer was too long; a single attribute gets more room, up to
    a point. Empty where asking again is of no use."""
    if not failure.too_long or one.room >= _MOST_ROOM:
        return []
    if len(one.wanted) < _LEAST_ATTRIBUTES:
        return [replace(one, room=2 * one.room)]
    middle = len(one.wanted) // 2
    return [_Part(one.number, one.shown, part, one.sample) for part in (one.wanted[:middle], one.wanted[middle:])]
