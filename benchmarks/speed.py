"""How fast `hangtag tag` is, what memory it takes, and how that compares: `python -m benchmarks.speed [--rows N] [--only NAME …]`.

Prints Markdown tables and writes `benchmarks/results/speed.json`. See benchmarks/README.md for what each figure means.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.common import (
    HANGTAG,
    ICECAT,
    OPENBG,
    core_count,
    machine_facts,
    markdown,
    measured,
    read_rows,
    repeated,
    shown,
    write_result,
    write_rows,
)

WORKERS = 2
ROWS, CHINESE_ROWS = 200_000, 40_000
PEER_ROWS, KEYBERT_ROWS = 10_000, 300
IMPORTS = 10
LEXICON = ("--tagger", "lexicon", "--tagger", "measure")
LANGUAGES = {"icecat": "en", "openbg": "zh"}


@dataclass(frozen=True, slots=True)
class Case:
    """One run of `hangtag tag`: `rows` of a catalogue at most (None: the catalogue once), with the default pipeline or some taggers."""

    catalogue: str
    rows: int | None
    taggers: tuple[str, ...] = ()


def cases(rows: int) -> dict[str, Case]:
    """The runs by name, scaled to `rows` rows of the large catalogue."""
    chinese = min(CHINESE_ROWS, rows)
    return {
        "icecat": Case("icecat", rows),
        "icecat-lexicon": Case("icecat", rows, LEXICON),
        "once": Case("icecat", None),
        "once-lexicon": Case("icecat", None, LEXICON),
        "zh": Case("openbg", chinese),
        "zh-lexicon": Case("openbg", chinese, LEXICON),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for, print the tables and write the result."""
    options = parse(arguments)
    wanted = set(options.only or ())
    facts = machine_facts()
    result: dict[str, Any] = {"machine": facts, "workers": WORKERS, "rows": options.rows, "vocabulary": options.vocabulary or ["starter"]}
    catalogues = {"icecat": read_rows(ICECAT), "openbg": read_rows(OPENBG)}
    with tempfile.TemporaryDirectory(prefix="hangtag-speed-") as name:
        folder = Path(name)
        result["import"] = import_times(folder) if not wanted or "import" in wanted else None
        result["hangtag"] = {
            case_name: tag_case(case_name, case, catalogues[case.catalogue], folder, options.vocabulary)
            for case_name, case in cases(options.rows).items()
            if not wanted or case_name in wanted
        }
        chosen = [peer for peer in peers.PEERS if not wanted or peer in wanted]
        result["peers"] = measure_peers(chosen, catalogues, folder, options) if chosen else []
    add_ratios(result)
    path = write_result("speed", result)
    print(tables(result))
    print(f"written to {path.name}", file=sys.stderr)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    names = [*cases(ROWS), "import", *peers.PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the repeated English catalogue (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"measure only this; repeat. One of {', '.join(names)}")
    parser.add_argument("--vocabulary", action="append", help="vocabulary file or folder instead of the starter; repeat")
    options = parser.parse_args(arguments)
    options.vocabulary = [str(Path(path).resolve()) for path in options.vocabulary or ()]
    return options


def tag_case(name: str, case: Case, rows: Sequence[dict[str, Any]], folder: Path, vocabulary: Sequence[str]) -> dict[str, Any]:
    """Tag a catalogue in a fresh process and measure it. The catalogue and the output are removed again."""
    catalogue, output = folder / f"{case.catalogue}.jsonl", folder / "tags.jsonl"
    count = write_rows(repeated(rows, case.rows or len(rows)), catalogue)
    command = [*HANGTAG, "tag", catalogue.name, "-o", output.name, "--workers", str(WORKERS), "--json", "--restart", *case.taggers]
    command += [word for path in vocabulary for word in ("--vocabulary", path)]
    print(f"{name}: {count:,} rows", file=sys.stderr)
    run = measured(command, folder=folder)
    summary = json.loads(run.out)
    lines = sum(1 for _ in output.open("rb"))
    if lines != summary["products"] or summary["rows"] != count:
        raise RuntimeError(f"{name}: {count} rows in, {summary['rows']} read, {lines} lines out of {summary['products']} products")
    size_mb = round(catalogue.stat().st_size / 2**20, 1)
    catalogue.unlink()
    output.unlink()
    overall = count / run.wall_s
    return {
        "command": shown(command),
        "catalogue": case.catalogue,
        "rows": count,
        "input_mb": size_mb,
        "tags": sum(summary["tags"].values()),
        "wall_s": run.wall_s,
        "cpu_s": run.cpu_s,
        "products_per_s": round(overall, 1),
        "products_per_s_core": round(overall / min(WORKERS, core_count()), 1),
        "products_per_s_summary": round(summary["products"] / summary["seconds"], 1),
        "products_per_cpu_s": round(count / run.cpu_s, 1),
        "peak_mb": run.peak_mb,
        "memory_samples": run.samples,
    }


def import_times(folder: Path) -> dict[str, Any]:
    """Seconds for `import hangtag`, the statement alone, and for a whole `hangtag --help`: medians of fresh processes."""
    code = "import time; begun = time.perf_counter(); import hangtag; print(time.perf_counter() - begun)"
    statement = [
        float(subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True).stdout)
        for _ in range(IMPORTS)
    ]
    whole = [measured([*HANGTAG, "--help"], folder=folder).wall_s for _ in range(IMPORTS)]
    return {"import_s": round(statistics.median(statement), 4), "help_s": round(statistics.median(whole), 3), "runs": IMPORTS}


def export_forms(path: Path, vocabulary: Sequence[str]) -> int:
    """Write every form of the vocabulary, as people type them, for the peers; how many there are."""
    from hangtag.taggers.forms import Strength, vocabulary_forms
    from hangtag.vocabulary import load_vocabulary, starter_vocabulary

    loaded = load_vocabulary(vocabulary) if vocabulary else starter_vocabulary()
    forms = sorted({form for form, sense in vocabulary_forms(loaded) if sense.strength is not Strength.EXCEPT and form.strip()})
    path.write_text(json.dumps(forms, ensure_ascii=False), encoding="utf-8")
    return len(forms)


def measure_peers(
    names: Sequence[str], catalogues: dict[str, list[dict[str, Any]]], folder: Path, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure peers on evenly spaced rows of both catalogues; KeyBERT's model reads English only."""
    python = peers.environment()
    forms = folder / "forms.json"
    form_count = export_forms(forms, options.vocabulary)
    measurements = []
    for name in names:
        for catalogue, language in LANGUAGES.items():
            if name == "keybert" and language != "en":
                continue
            most = KEYBERT_ROWS if name == "keybert" else PEER_ROWS
            sample = folder / f"sample-{language}.json"
            sample.write_text(json.dumps(texts(catalogues[catalogue], min(most, options.rows)), ensure_ascii=False), encoding="utf-8")
            print(f"{name}: {language}", file=sys.stderr)
            command = peers.command(name, python=python, forms=forms, sample=sample, language=language)
            run = measured(command, folder=folder, environment=peers.one_thread())
            figures = json.loads(run.out.splitlines()[-1])
            measurements.append(
                {
                    "peer": name,
                    "command": shown(command),
                    "language": language,
                    "forms": 0 if name in peers.NO_FORMS else form_count,
                    **figures,
                    "products_per_s": round(figures["texts"] / figures["work_s"], 1),
                    "peak_mb": run.peak_mb,
                }
            )
    return measurements


def texts(rows: Sequence[dict[str, Any]], most: int) -> list[str]:
    """Title and description of evenly spaced rows."""
    step = max(1, len(rows) // most)
    return ["\n".join(filter(None, (row["title"], row.get("description")))) for row in rows[::step][:most]]


def add_ratios(result: dict[str, Any]) -> None:
    """Beside each peer: our products per second and core over the peer's per process, start included in ours and left out of theirs."""
    ours = result["hangtag"]
    for peer in result["peers"]:
        lexicon, default = ("icecat-lexicon", "icecat") if peer["language"] == "en" else ("zh-lexicon", "zh")
        for key, case in (("ratio_lexicon", lexicon), ("ratio_default", default)):
            peer[key] = round(ours[case]["products_per_s_core"] / peer["products_per_s"], 3) if case in ours else None


def tables(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    facts = result["machine"]
    parts = [f"{facts['date']}, {facts['cores']} cores, {facts['cpu']}, Python {facts['python']}, {result['workers']} workers\n"]
    if result["hangtag"]:
        parts.append(hangtag_table(result["hangtag"]))
        parts.append("Peak: the largest sum of PSS over the command and its workers, sampled every 0.2 s.\n")
    if result["peers"]:
        parts.append(peer_table(result["peers"]))
        parts.append("Ratio: our products/s a core, start included, over the peer's a process, its loading left out.\n")
    if result["import"]:
        times = result["import"]
        milliseconds = f"{1000 * times['import_s']:.0f} ms, `hangtag --help` {1000 * times['help_s']:.0f} ms"
        parts.append(f"`import hangtag`: {milliseconds} (medians of {times['runs']} fresh processes)\n")
    return "\n".join(parts)


def hangtag_table(runs: dict[str, dict[str, Any]]) -> str:
    """A row a run of `hangtag tag`."""
    heads = ("run", "rows", "wall s", "products/s", "the run's own figure", "products/CPU s", "tags a product", "peak MB")
    rows = [
        (
            name,
            f"{run['rows']:,}",
            f"{run['wall_s']:,.1f}",
            f"{run['products_per_s']:,.0f}",
            f"{run['products_per_s_summary']:,.0f}",
            f"{run['products_per_cpu_s']:,.0f}",
            f"{run['tags'] / run['rows']:.1f}",
            "–" if run["peak_mb"] is None else f"{run['peak_mb']:,.0f}",
        )
        for name, run in runs.items()
    ]
    return markdown(heads, rows) + "\n"


def peer_table(measurements: Sequence[dict[str, Any]]) -> str:
    """A row a peer and language."""
    heads = ("peer", "language", "products/s a process", "load s", "found a product", "ours/theirs: lexicon + measure", "default pipeline")
    rows = [
        (
            peers.LABELS[peer["peer"]],
            peer["language"],
            f"{peer['products_per_s']:,.0f}",
            f"{peer['load_s']:.1f}",
            f"{peer['found'] / peer['texts']:.1f}",
            *("–" if peer[key] is None else f"{peer[key]:.2f}×" for key in ("ratio_lexicon", "ratio_default")),
        )
        for peer in measurements
    ]
    return markdown(heads, rows) + "\n"


if __name__ == "__main__":
    main()
