"""File in, file out: the whole jobs, wired from the rooms below. What the command line and `hangtag.tag(…)` call."""

from hangtag.jobs.evaluate import evaluate_gold
from hangtag.jobs.plan import Plan, plan_catalogue
from hangtag.jobs.report import report_run
from hangtag.jobs.setup import Setup
from hangtag.jobs.tag import RunSummary, tag_catalogue, tag_products, tag_stream

__all__ = [
    "Plan",
    "RunSummary",
    "Setup",
    "evaluate_gold",
    "plan_catalogue",
    "report_run",
    "tag_catalogue",
    "tag_products",
    "tag_stream",
]
