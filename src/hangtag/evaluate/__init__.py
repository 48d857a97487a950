"""How good are the tags? Scores against gold, intervals, and audits by hand."""

from hangtag.evaluate.audit import AuditItem, AuditReport, Judgement, audit, read_judged, sample_tags, write_sheet
from hangtag.evaluate.compare import Names
from hangtag.evaluate.gold import GoldRecord, GoldSpan, read_gold
from hangtag.evaluate.metrics import Counts, clopper_pearson, f1_interval
from hangtag.evaluate.score import AttributeScore, Match, Report, score

__all__ = [
    "AttributeScore",
    "AuditItem",
    "AuditReport",
    "Counts",
    "GoldRecord",
    "GoldSpan",
    "Judgement",
    "Match",
    "Names",
    "Report",
    "audit",
    "clopper_pearson",
    "f1_interval",
    "read_gold",
    "read_judged",
    "sample_tags",
    "score",
    "write_sheet",
]
