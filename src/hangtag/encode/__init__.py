"""Texts to vectors. An `Encoder` is given to the taggers that need one; none is loaded before its first text."""

from hangtag.encode.base import Encoder
from hangtag.encode.sentence import SentenceEncoder

__all__ = ["Encoder", "SentenceEncoder"]
