"""One self-contained HTML page that shows what a tagging run did, with the evidence highlighted in the products' own words.

`write_report(out_path, products)` streams any number of `ReportProduct` once: totals cover all of them, the page holds a random sample.
Reading catalogues and tag files is the work of `hangtag.jobs`; this room only sees what it is given.
"""

from hangtag.report.data import ReportProduct, ReportReject, RunFacts, TaggerCurve, TaggerPromise
from hangtag.report.page import Report, build_report, render_report, write_report

__all__ = [
    "Report",
    "ReportProduct",
    "ReportReject",
    "RunFacts",
    "TaggerCurve",
    "TaggerPromise",
    "build_report",
    "render_report",
    "write_report",
]
