"""How results look in a terminal: progress, summaries, tables."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from hangtag.catalog.rows import Reject
    from hangtag.jobs import Plan, RunSummary
    from hangtag.jobs.foresee import LlmPlan

__all__ = [
    "asked",
    "bills",
    "card",
    "columns",
    "comparison",
    "curve",
    "epochs",
    "guarantee",
    "plan",
    "progress",
    "scores",
    "stream",
    "summary",
    "table",
]


@contextlib.contextmanager
def progress(console: Console, name: str) -> Iterator[Callable[[int], None] | None]:
    """A bar with rate and time left while a run goes on; nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hangtag.catalog.read import open_catalogue

    if not console.is_terminal or name == "-":
        yield None
        return
    rows = open_catalogue(name).estimate_rows()
    parts = (TextColumn("tagging"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*parts, console=console, transient=True) as bar:
        task = bar.add_task("tagging", total=rows, rate="")

        def advance(count: int) -> None:
            bar.advance(task, count)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance


@contextlib.contextmanager
def epochs(console: Console, count: int, *, what: str = "epoch") -> Iterator[Callable[[int, float], None]]:
    """A bar with the loss and the time left while a training goes on; a line an epoch where stderr is no terminal. Where there are more
    than `count`, that many are added. For `what` "trial" the figure is an F1."""
    figure = "F1" if what == "trial" else "loss"
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    def of(epoch: int) -> int:
        return count * max(1, math.ceil(epoch / max(1, count)))

    if not console.is_terminal:
        yield lambda epoch, loss: console.print(f"{what} {epoch}/{of(epoch)}: {figure} {loss:.3f}", markup=False)
        return
    parts = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"), TimeRemainingColumn())
    with Progress(*parts, console=console, transient=True) as bar:
        task = bar.add_task("training", total=count, loss="")
        yield lambda epoch, loss: bar.update(task, completed=epoch, total=of(epoch), loss=f"{figure} {loss:.3f}")


def card(console: Console, folder: object, facts: dict[str, Any]) -> None:
    """What a training gave, or a joining of models."""
    source = f"{facts['products']:,} products learned from" if "products" in facts else f"{len(facts['members'])} models joined"
    console.print(f"{source} → {folder}", markup=False)
    dev = facts.get("dev")
    if dev is None:
        return
    figures = f"P {dev['precision']:.3f}  R {dev['recall']:.3f}  F1 {dev['f1']:.3f}"
    which = "held-out products" if facts.get("held_out", True) else "products it learned from, too few to hold some out,"
    console.print(
        f"on {dev['products']:,} {which} ({dev['match']}): {figures}, speaking from {dev['least_confidence']:.2f} on",
        markup=False,
    )


def folds(console: Console, facts: dict[str, Any]) -> None:
    """What cross-validation gave."""
    rows = [(f"fold {one['fold'] + 1}", f"{one['products']:,}", *_prf(one)) for one in facts["folds"]]
    every = ("all", f"{sum(one['products'] for one in facts['folds']):,}", *_prf(facts["micro"]))
    table(console, f"cross-validation ({facts['match']})", ("", "products", "P", "R", "F1"), [*rows, every])


def _prf(figures: dict[str, Any]) -> Iterator[str]:
    yield from (f"{figures[name]:.3f}" for name in ("precision", "recall", "f1"))


def comparison(console: Console, rows: Iterable[dict[str, Any]], *, each: bool = False) -> None:
    """Taggers side by side, the best F1 first; below, recall by how often training had a value and, with `each`, F1 by attribute."""
    ranked = sorted(rows, key=lambda row: -row["f1"])
    cells = [
        (
            row["tagger"],
            *(f"{row[name]:.3f}" for name in ("precision", "recall", "f1")),
            f"{row['f1_low']:.3f}–{row['f1_high']:.3f}",
            *(f"{row[name]:,}" for name in ("wrong", "missed", "invented")),
            f"{row['products_per_s']:,.0f}",
        )
        for row in ranked
    ]
    table(console, "", ("tagger", "P", "R", "F1", "95 %", "wrong", "missed", "invented", "products/s"), cells)
    groups = {group: one["values"] for row in ranked for group, one in row.get("by_frequency", {}).items()}
    if groups:
        shares = [
            (row["tagger"], *("–" if one["recall"] is None else f"{one['recall']:.3f}" for one in row["by_frequency"].values()))
            for row in ranked
        ]
        heads = [f"{group} ({count:,})" for group, count in groups.items()]
        table(console, "recall of values that training has", ("tagger", *heads), shares)
    if each:
        f1 = {row["tagger"]: {one["attribute"]: one["f1"] for one in row["attributes"]} for row in ranked}
        names = list(dict.fromkeys(name for one in f1.values() for name in one))
        lines = [(name, *(f"{one[name]:.3f}" if name in one else "–" for one in f1.values())) for name in names]
        table(console, "F1 by attribute", ("attribute", *f1), lines)


def curve(console: Console, points: Iterable[dict[str, Any]]) -> None:
    """A cascade by threshold."""
    rows = [
        (
            "by attribute" if one["sure"] is None else f"{one['sure']:.3f}",
            f"{100 * one['sent']:.0f} %",
            f"{100 * one['asked']:.0f} %",
            f"{one['f1']:.3f}",
            f"{one['products_per_s']:,.0f}",
            "–" if one["cost_per_1000"] is None else f"{one['cost_per_1000']:.4f}",
        )
        for one in points
    ]
    columns = ("below", "products sent on", "answers asked again", "F1", "products/s", "cost of 1,000")
    table(console, "asking again where unsure", columns, rows)


def guarantee(console: Console, facts: dict[str, Any]) -> None:
    """What a calibrated model may publish."""

    def row(name: str, one: dict[str, Any]) -> tuple[str, str, str, str]:
        if one["threshold"] > 1:
            return name, "never", "0 %", f"{one['judged']:,}"
        return name, f"{one['threshold']:.3f}", f"{100 * one['share']:.0f} %", f"{one['judged']:,}"

    rows = [row("all attributes", facts["overall"]), *(row(name, one) for name, one in facts["by_attribute"].items())]
    title = f"precision {100 * facts['precision']:g}% or more, with {100 * facts['confidence']:g}% confidence"
    table(console, title, ("attribute", "from", "published", "tags judged"), rows)
    when = ("before",) if facts["method"] == "none" else ("before", "after")
    errors = " → ".join(f"{100 * facts[one]['error']:.1f} %" for one in when)
    console.print(f"expected calibration error {errors}, {facts['products']:,} products", highlight=False)
    if facts["silenced"]:
        console.print(
            f"{facts['silenced']:,} of these tags are now less sure than [policy] review asks for and not said: lower it to see them",
            markup=False,
        )


def stream(items: Iterable[bytes | Reject], out: IO[bytes], console: Console) -> None:
    """Lines to `out` as they come; rejects as messages."""
    rejected = 0
    for item in items:
        if isinstance(item, bytes):
            out.write(item)
            continue
        rejected += 1
        console.print(f"row {item.row}: {item.reason} ({item.cure})", markup=False)
    out.flush()
    if rejected:
        console.print(f"{rejected} rows could not be used; with -o they are kept in a rejects file", markup=False)


def table(console: Console, title: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A plain table; cells are shown as they are, markup and all."""
    drawn = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for number, head in enumerate(heads):
        drawn.add_column(head, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    console.print(drawn)


def columns(console: Console, rows: Iterable[tuple[str, str, str]]) -> None:
    """What each column of the catalogue was read as."""
    used = [(column, role, why) for column, role, why in rows if role != "attribute"]
    rest = [column for column, role, _ in rows if role == "attribute"]
    for column, role, why in used:
        console.print(f"  {column} → {role} ({why})", markup=False)
    if rest:
        more = f" and {len(rest) - 12} more" if len(rest) > 12 else ""
        console.print(f"  attributes: {', '.join(rest[:12])}{more}", markup=False)


def summary(console: Console, run: RunSummary) -> None:
    """A finished run in a few lines."""
    from hangtag.jobs.assemble import rejects_path

    tags = sum(run.tags.values())
    per = tags / run.products if run.products else 0.0
    console.print("columns read as", style="bold")
    columns(console, run.columns)
    console.print(f"{run.products:,} products tagged, {tags:,} tags ({per:.1f} a product)", style="bold", markup=False)
    console.print(f"  publish as they are (auto): {run.tags.get('auto', 0):,}    to review: {run.tags.get('review', 0):,}", markup=False)
    if run.duplicates:
        like = "product is" if run.duplicates == 1 else "products are"
        console.print(f"  duplicates: {run.duplicates:,} {like} like an earlier one; linked in the output", markup=False)
    if run.rejects:
        from pathlib import Path

        console.print(f"  rejected rows: {run.rejects:,} → {rejects_path(Path(run.output))}", markup=False)
    bills(console, run.llm)
    done = "already finished before" if run.resumed and not run.seconds else f"{run.seconds:.1f} s, {run.products_per_s:,.0f} products/s"
    console.print(f"  {done} → {run.output}", markup=False)


def bills(console: Console, found: Mapping[str, dict[str, Any]]) -> None:
    """What language models were asked and what that cost, by tagger."""
    for name, bill in found.items():
        console.print(f"  {name}: {_bill(bill)}", markup=False)


def _bill(bill: dict[str, Any]) -> str:
    """What a language model was asked and what that cost."""
    cost = f", {bill['money']:.4f} {bill['currency']}" if "money" in bill else ""
    saved = f"; {bill['cached']:,} answers were kept from before" if bill["cached"] else ""
    lost = f", {bill['lost']:,} of them without use" if bill["lost"] else ""
    return f"{bill['requests']:,} requests{lost}, {bill['asked_tokens']:,} + {bill['answered_tokens']:,} tokens{cost}{saved}"


def plan(console: Console, made: Plan) -> None:
    """A plan in a few lines."""
    sure = "" if made.rows == made.rows_read else f" (estimated; {made.rows_read:,} read)"
    encoding = f", {made.encoding}" if made.encoding else ""
    console.print(f"{made.catalogue}: {made.format}{encoding}, {made.rows:,} rows{sure}", style="bold", markup=False)
    columns(console, made.columns)
    languages = ", ".join(f"{name} {count:,}" for name, count in made.languages.items())
    console.print(f"  products: {made.products:,}  languages: {languages}  duplicates: {made.duplicates:,}", markup=False)
    for reason, count in list(made.rejects.items())[:10]:
        console.print(f"  rejected: {count:,} × {reason}", markup=False)
    speed = f"about {made.seconds:,.0f} s at {made.products_per_s:,.0f} products/s with {made.workers} workers; "
    console.print(f"  {speed if made.products_per_s else ''}{', '.join(made.taggers)}", markup=False)
    for one in made.llm:
        asked(console, one)


def asked(console: Console, made: LlmPlan) -> None:
    """What a language model would be asked, with one whole question."""
    cost = "price unknown: add [llm.prices] to hangtag.toml" if made.money is None else f"{made.money:,.4f} {made.currency}"
    about = "" if made.measured else "about "
    time = "" if made.seconds is None else f", {made.seconds:,.0f} s"
    console.print(f"{made.tagger}", style="bold", markup=False)
    console.print(f"  {made.questions:,} questions, {made.cached:,} answered before; from {made.looked_at:,} products", markup=False)
    console.print(f"  {about}{made.asked_tokens:,} tokens asked and {made.answered_tokens:,} answered: {cost}{time}", markup=False)
    console.print("  one of the questions:", markup=False)
    console.print(made.sample_prompt, markup=False, highlight=False, soft_wrap=True)


def scores(console: Console, report: dict[str, Any]) -> None:
    """An evaluation: the overall figures, then a row an attribute."""
    micro, known = report["micro"], report["known"]
    console.print(
        f"micro  P {micro['precision']:.3f}  R {micro['recall']:.3f}  F1 {micro['f1']:.3f}  "
        f"[{micro['f1_low']:.3f}, {micro['f1_high']:.3f}]  "
        f"over {report['products']:,} products, match {report['match']}",
        style="bold",
        markup=False,
    )
    if report["unknown"]:
        console.print(
            f"known attributes alone  P {known['precision']:.3f}  R {known['recall']:.3f}  F1 {known['f1']:.3f}; "
            f"not in the vocabulary: {', '.join(report['unknown'])}",
            markup=False,
        )
    if "hallucination_rate" in report:
        console.print(f"quotes that the product does not have: {100 * report['hallucination_rate']:.1f} %", markup=False)
    heads = ("attribute", "judged", "coverage", "P", "R", "F1", "correct", "wrong", "missed", "invented")
    rows = [
        (
            row["attribute"],
            row["judged"],
            f"{row['coverage']:.2f}",
            f"{row['precision']:.3f}",
            f"{row['recall']:.3f}",
            f"{row['f1']:.3f}",
            row["correct"],
            row["wrong"],
            row["missed"],
            row["invented"],
        )
        for row in report["attributes"]
    ]
    table(console, "", heads, rows)
