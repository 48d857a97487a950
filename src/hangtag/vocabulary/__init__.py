"""The vocabulary: which attributes, values and categories exist, and what people call them."""

from hangtag.vocabulary.compiled import Vocabulary
from hangtag.vocabulary.load import load_vocabulary, starter_vocabulary
from hangtag.vocabulary.schema import Attribute, Category, Unit, Value

__all__ = ["Attribute", "Category", "Unit", "Value", "Vocabulary", "load_vocabulary", "starter_vocabulary"]
