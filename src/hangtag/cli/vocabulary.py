"""`hangtag vocabulary show | check | import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hangtag.cli.app import app, out, print_json
from hangtag.cli.options import VocabularyPaths
from hangtag.cli.show import table

if TYPE_CHECKING:
    from hangtag.vocabulary.describe import Overview, Term
    from hangtag.vocabulary.importers import Imported

vocabulary_app = typer.Typer(help="Look at, check or import a vocabulary.", no_args_is_help=True)
app.add_typer(vocabulary_app, name="vocabulary")
import_app = typer.Typer(help="Make a vocabulary file from a public taxonomy or a table.", no_args_is_help=True)
vocabulary_app.add_typer(import_app, name="import")

Paths = Annotated[list[Path] | None, typer.Argument(help="Vocabulary files or folders; default: the starter's.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path, typer.Option("--output", "-o", help="The YAML file to write.")]
Asked = Annotated[str | None, typer.Argument(metavar="TERM", help="An attribute, category, value, or ATTRIBUTE=VALUE; in any language.")]
ShopifyFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder with attributes.yml, values.yml, categories/, zh-CN/.")]
GoogleFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Google's taxonomy lists, with ids where there are several.")]
GoogleLanguages = Annotated[list[str] | None, typer.Option("--language", help="A file's language (en, zh …); once for each, in order.")]
TableFile = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or TSV headed attribute,value,en,zh,… or category,zh,aliases,….")]


@vocabulary_app.command("check")
def check(paths: Paths = None, json: Json = False) -> None:
    """Find missing languages, clashing forms, cycles and unknown references; exits 1 where there are errors."""
    from hangtag.vocabulary.check import check_vocabulary
    from hangtag.vocabulary.load import STARTER

    problems = check_vocabulary(paths or [STARTER])
    if json:
        print_json(problems)
    for problem in problems if not json else ():
        out.print(f"{problem.severity}: {problem.where}: {problem.message} ({problem.cure})", markup=False)
    errors = sum(problem.severity == "error" for problem in problems)
    if not json:
        out.print(f"{errors} errors, {len(problems) - errors} warnings", markup=False)
    raise typer.Exit(1 if errors else 0)


@vocabulary_app.command("show")
def show(term: Asked = None, vocabulary: VocabularyPaths = None, json: Json = False) -> None:
    """What a vocabulary holds; with TERM, what goes by that name: its other names, values, wider values, categories."""
    from hangtag.vocabulary.describe import describe, find_terms
    from hangtag.vocabulary.load import STARTER, load_vocabulary

    loaded = load_vocabulary(vocabulary or [STARTER])
    if term is None:
        overview = describe(loaded)
        print_json(overview) if json else _print_overview(overview)
        return
    found = find_terms(loaded, term)
    if json:
        print_json(found)
        return
    for entry in found:
        _print_term(entry)


@import_app.command("shopify")
def import_shopify(folder: ShopifyFolder, output: Out, json: Json = False) -> None:
    """Shopify's product taxonomy: all categories, attributes and values, in English and Chinese."""
    from hangtag.vocabulary import importers

    _finish(importers.import_shopify(folder), output, source="shopify", json=json)


@import_app.command("google")
def import_google(files: GoogleFiles, output: Out, language: GoogleLanguages = None, json: Json = False) -> None:
    """Google's product taxonomy: its categories; lists of several languages are joined by their ids."""
    from hangtag.vocabulary import importers

    _finish(importers.import_google(files, languages=language or ()), output, source="google", json=json)


@import_app.command("csv")
def import_csv(file: TableFile, output: Out, json: Json = False) -> None:
    """A table of attributes and values, or of category paths; headed in English or Chinese."""
    from hangtag.vocabulary import importers

    _finish(importers.import_table(file), output, source="csv", json=json)


def _finish(imported: Imported, output: Path, *, source: str, json: bool) -> None:
    from hangtag.vocabulary.importers import write_imported

    write_imported(imported, output, source=source)
    if json:
        print_json({"output": str(output), **imported.counts, "notes": imported.notes})
        return
    out.print(f"{', '.join(f'{count:,} {what}' for what, count in imported.counts.items())} → {output}", style="bold", markup=False)
    for note in imported.notes:
        out.print(f"  {note}", markup=False)


def _print_overview(overview: Overview) -> None:
    from hangtag.vocabulary.describe import joined_names

    forms = ", ".join(f"{language} {count:,}" for language, count in overview.forms.items())
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in overview.kinds.items())
    out.print(
        f"{overview.departments:,} departments, {overview.categories:,} categories, {overview.attributes:,} attributes ({kinds}), "
        f"{overview.values:,} values, {overview.units:,} units",
        style="bold",
        markup=False,
    )
    out.print(f"forms: {forms}", markup=False)
    for head, count_of, rows in (("department", "categories", overview.department_list), ("attribute", "values", overview.attribute_list)):
        table(out, "", (head, "names", count_of), ((each, joined_names(names), count) for each, names, count in rows))


def _print_term(term: Term) -> None:
    from hangtag.vocabulary.describe import joined_names

    out.print(f"{term.title}  {joined_names(term.names)}", style="bold", markup=False)
    for heading, items in term.details.items():
        if items:
            out.print(f"  {heading}: {', '.join(items)}", markup=False)
