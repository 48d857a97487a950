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
    result_path,
    shown,
    write_result,
    write_rows,
)

WORKERS = 2
ROWS, CHINESE_ROWS = 200_000, 40_000
PEER_ROWS, KEYBERT_ROWS = 10_000, 300
IMPORTS = 10
ONLY_NOTE = "The other figures of a run of the same day and settings are kept."
LEXICON = ("--tagger", "lexicon", "--tagger", "measure")
LANGUAGES = {"icecat": "en", "openbg": "zh"}


@dataclass(frozen=True, slots=True)
class Case:
    """One run of `hangtag tag`: a catalogue repeated to `rows`, or once at most, with the default pipeline or some taggers."""

    catalogue: str
    rows: int
    taggers: tuple[str, ...] = ()
    once: bool = False


def cases(rows: int) -> dict[str, Case]:
    """The runs by name, scaled to `rows` rows of the large catalogue."""
    chinese = min(CHINESE_ROWS, rows)
    return {
        "icecat": Case("icecat", rows),
        "icecat-lexicon": Case("icecat", rows, LEXICON),
        "once": Case("icecat", rows, once=True),
        "once-lexicon": Case("icecat", rows, LEXICON, once=True),
        "zh": Case("openbg", chinese),
        "zh-lexicon": Case("openbg", chinese, LEXICON),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for, print the tables and write the result."""
    options = parse(arguments)
    wanted = set(options.only or (*cases(ROWS), "import", *peers.PEERS))
    catalogues = {"icecat": read_rows(ICECAT), "openbg": read_rows(OPENBG)}
    result = begin(options)
    with tempfile.TemporaryDirectory(prefix="hangtag-speed-") as name:
        folder = Path(name)
        if "import" in wanted:
            result["import"] = import_times(folder)
        for case_name, case in cases(options.rows).items():
            if case_name in wanted:
                result["hangtag"][case_name] = tag_case(case_name, case, catalogues[case.catalogue], folder, options.vocabulary)
        result["peers"].update(measure_peers([peer for peer in peers.PEERS if peer in wanted], catalogues, folder, options))
    add_ratios(result)
    path = write_result("speed", result)
    print(tables(result))
    print(f"written to {path.name}", file=sys.stderr)


def begin(options: argparse.Namespace) -> dict[str, Any]:
    """An empty result or, where only some figures are asked for, the earlier one of the same settings and day."""
    settings = {"rows": options.rows, "workers": WORKERS, "vocabulary": [Path(path).name for path in options.vocabulary] or ["starter"]}
    machine = machine_facts()
    path = result_path("speed")
    if options.only and path.exists():
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same_machine = all(known["machine"][key] == machine[key] for key in ("date", "cores", "python"))
        if same_machine and {key: known[key] for key in settings} == settings:
            return known
    return {"machine": machine, **settings, "import": {}, "hangtag": {}, "peers": {}}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    names = [*cases(ROWS), "import", *peers.PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the repeated English catalogue (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; repeat. {ONLY_NOTE}")
    parser.add_argument("--vocabulary", action="append", help="vocabulary file or folder instead of the starter; repeat")
    options = parser.parse_args(arguments)
    options.vocabulary = [str(Path(path).resolve()) for path in options.vocabulary or ()]
    return options


def tag_case(name: str, case: Case, rows: Sequence[dict[str, Any]], folder: Path, vocabulary: Sequence[str]) -> dict[str, Any]:
    """Tag a catalogue in a fresh process and measure it. The catalogue and the output are removed again."""
    catalogue, output = folder / f"{case.catalogue}.jsonl", folder / "tags.jsonl"
    count = write_rows(repeated(rows, min(case.rows, len(rows)) if case.once else case.rows), catalogue)
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
) -> dict[str, dict[str, Any]]:
    """Figures of peers, by "NAME LANGUAGE", on evenly spaced rows of both catalogues; KeyBERT's model reads English only."""
    if not names:
        return {}
    python = peers.environment()
    forms = folder / "forms.json"
    form_count = export_forms(forms, options.vocabulary)
    measurements = {}
    for name in names:
        for catalogue, language in LANGUAGES.items():
            if name in peers.ENGLISH_ONLY and language != "en":
                continue
            most = KEYBERT_ROWS if name == "keybert" else PEER_ROWS
            sample = folder / f"sample-{language}.json"
            sample.write_text(json.dumps(texts(catalogues[catalogue], min(most, options.rows)), ensure_ascii=False), encoding="utf-8")
            print(f"{name}: {language}", file=sys.stderr)
            command = peers.command(name, python=python, forms=forms, sample=sample, language=language)
            run = measured(command, folder=folder, environment=peers.one_thread())
            figures = json.loads(run.out.splitlines()[-1])
            measurements[f"{name} {language}"] = {
                "command": shown(command),
                "forms": 0 if name in peers.NO_FORMS else form_count,
                **figures,
                "products_per_s": round(figures["texts"] / figures["work_s"], 1),
                "peak_mb": run.peak_mb,
            }
    return measurements


def texts(rows: Sequence[dict[str, Any]], most: int) -> list[str]:
    """Title and description of evenly spaced rows."""
    step = max(1, len(rows) // most)
    return ["\n".join(filter(None, (row["title"], row.get("description")))) for row in rows[::step][:most]]


def add_ratios(result: dict[str, Any]) -> None:
    """Beside each peer: our products per second and core over the peer's per process, start included in ours and left out of theirs."""
    ours = result["hangtag"]
    for name, peer in result["peers"].items():
        default = "icecat" if name.endswith(" en") else "zh"
        for key, case in (("ratio_lexicon", f"{default}-lexicon"), ("ratio_default", default)):
            peer[key] = round(ours[case]["products_per_s_core"] / peer["products_per_s"], 4) if case in ours else None


def tables(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    facts = result["machine"]
    parts = [f"{facts['date']}, {facts['cores']} cores, {facts['cpu']}, Python {facts['python']}, {result['workers']} workers\n"]
    if result["hangtag"]:
        parts.append(hangtag_table(result["hangtag"]))
        parts.append("Peak: the largest sum of PSS over the command and its workers, sampled every 0.2 s.\n")
    if result["peers"]:
        parts.append(peer_table(result["peers"]))
        parts.append("Last two columns: our products/s a core, start included, over the peer's a process, its loading left out.\n")
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


def peer_table(measurements: dict[str, dict[str, Any]]) -> str:
    """A row a peer and language."""
    heads = ("peer", "language", "rows", "products/s a process", "load s", "found a product", "peak MB", "lexicon + measure", "default")
    rows = []
    for key, peer in measurements.items():
        name, _, language = key.partition(" ")
        memory = "–" if peer["peak_mb"] is None else f"{peer['peak_mb']:,.0f}"
        ratios = ["–" if peer[ratio] is None else f"{peer[ratio]:.3g}×" for ratio in ("ratio_lexicon", "ratio_default")]
        speed, load, found = f"{peer['products_per_s']:,.0f}", f"{peer['load_s']:.1f}", f"{peer['found'] / peer['texts']:.1f}"
        rows.append((peers.LABELS[name], language, f"{peer['texts']:,}", speed, load, found, memory, *ratios))
    return markdown(heads, rows) + "\n"


if __name__ == "__main__":
    main()
