"""Language models: `python -m benchmarks.llm [--only PART…] [--work FOLDER]`

`faults`: 2,000 products through a server of which 20 % of all answers go wrong in every way; a clean run beside it, one with half of its
budget, and one that is killed at half and started again. `local`: a real local model (Gemma 3 270M, base, 4 bits; llama.cpp) on titles of
OpenBG and AE-110k: do its quotes stand where their spans say, how many stand nowhere, what is it worth behind a cheap tagger. `cascade`:
cheap taggers ask stronger ones where they are unsure, on both sets (both with models of `benchmarks.learn` and `benchmarks.students`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.llm.fault_server import FaultServer
from tests.llm.local_model import gemma, local_llm

from benchmarks.common import DATA, HANGTAG, OPENBG, read_rows, repeated, run_parts, write_rows
from benchmarks.learn import SETS, shares_of
from hangtag.config import LlmSettings, cache_folder
from hangtag.errors import BudgetSpent
from hangtag.evaluate import score
from hangtag.jobs import Setup, tag_catalogue
from hangtag.jobs.curve import cascade_curve
from hangtag.jobs.ensemble import join_models
from hangtag.jobs.golds import read_examples
from hangtag.model import Inference, TextSpan, Unanswered
from hangtag.taggers.model_folder import is_model_folder

PRODUCTS, SHARE = 2_000, 0.2
LOCAL, LOCAL_PRODUCTS, LOCAL_SHOTS = "llm:gemma-3-270m", 12, 1
AE110K = DATA / "ave_en/ae110k.test.jsonl"
AE110K_TRAIN = DATA / "ave_en/ae110k.train.jsonl"
MOST_SENT = 0.2


def answer(request: dict[str, Any]) -> str:
    """What the server says: the first attribute is the first word of the title."""
    asked = request["response_format"]["json_schema"]["schema"]["properties"]
    if "category" in asked:
        return json.dumps({"category": asked["category"]["enum"][0]}, ensure_ascii=False)
    name = asked["tags"]["items"]["properties"]["attribute"]["enum"][0]
    word = next(iter(json.loads(request["messages"][-1]["content"]).values()))[:4].strip()
    return json.dumps({"tags": [{"attribute": name, "value": word, "quote": word}]}, ensure_ascii=False)


@contextmanager
def own_answers() -> Iterator[Path]:
    """A cache folder without answers, but with the vectors of the vocabulary, which take long to compute."""
    with tempfile.TemporaryDirectory() as folder:
        for vectors in cache_folder().glob("vectors-*.npy"):
            (Path(folder) / vectors.name).symlink_to(vectors)
        before = os.environ.get("HANGTAG_CACHE")
        os.environ["HANGTAG_CACHE"] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop("HANGTAG_CACHE") if before is None else os.environ.update(HANGTAG_CACHE=before)


def titles(path: Path) -> Path:
    """A catalogue of titles alone."""
    rows = ({"id": row["id"], "title": row["title"]} for row in repeated(read_rows(OPENBG), PRODUCTS))
    write_rows(rows, path)
    return path


def setup(server: FaultServer, **settings: Any) -> Setup:
    return Setup(taggers=("llm:bench",), llm=LlmSettings(base_url=server.base_url, timeout_s=3, **settings))


def faults(_: Path) -> dict[str, Any]:
    """Spending through faults, kills and budgets, against a clean run."""
    with tempfile.TemporaryDirectory() as place:
        catalogue = titles(Path(place) / "titles.jsonl")
        clean = _counted(catalogue, 0.0)
        faulty = _counted(catalogue, SHARE)
        half = _budget(catalogue, clean["spent_tokens"] // 2)
        killed = _killed(catalogue)
    wasted = clean["spent_tokens"] + faulty["lost_tokens"]
    return {
        "clean": clean,
        "faulty": {**faulty, "spent_of_clean_and_lost": faulty["spent_tokens"] / wasted},
        "half_budget": {**half, "spent_of_budget": half["spent_tokens"] / (clean["spent_tokens"] // 2)},
        "killed_at_half": {**killed, "spent_of_clean": killed["spent_tokens"] / clean["spent_tokens"]},
    }


def _counted(catalogue: Path, share: float) -> dict[str, Any]:
    with own_answers() as folder, FaultServer(answer=answer, faults=share, seed=7, hang_s=8, drip_s=0.2) as server:
        begun = time.monotonic()
        summary = tag_catalogue(catalogue, folder / "tags.jsonl", setup=setup(server))
        ids = [json.loads(line)["id"] for line in (folder / "tags.jsonl").read_text(encoding="utf-8").splitlines()]
        return {
            "products": summary.products,
            "rejects": summary.rejects,
            "twice": len(ids) - len(set(ids)),
            "faults": dict(Counter(record.fault for record in server.ledger if record.fault)),
            "spent_tokens": server.spent_tokens,
            "lost_tokens": server.lost,
            "counted_tokens": sum(summary.llm["llm:bench@v1"][name] for name in ("asked_tokens", "answered_tokens")),
            "seconds": round(time.monotonic() - begun, 1),
        }


def _budget(catalogue: Path, tokens: int) -> dict[str, Any]:
    with own_answers() as folder, FaultServer(answer=answer) as server:
        try:
            tag_catalogue(catalogue, folder / "tags.jsonl", setup=setup(server, budget=f"{tokens} tokens"))
        except BudgetSpent as error:
            return {"spent_tokens": server.spent_tokens, "said": str(error).replace(str(folder), "…")}
        raise SystemExit("half a budget was enough for everything: the meter is wrong")


def _killed(catalogue: Path) -> dict[str, Any]:
    with own_answers() as folder, FaultServer(answer=answer) as server:
        environment = {**os.environ, "OPENAI_BASE_URL": server.base_url}
        command = [*HANGTAG, "tag", str(catalogue), "-o", str(folder / "tags.jsonl"), "--tagger", "llm:bench"]
        process = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
        while server.answered < PRODUCTS // 2 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        at = server.answered
        subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)
        return {"killed_after_answers": at, "answers": len(server.ledger), "spent_tokens": server.spent_tokens}


def local(work: Path) -> dict[str, Any]:
    """What a small real model says, where it says it stands, and what it is worth behind a cheap tagger."""
    found = {}
    with local_llm(gemma(), slots=2, context=4096) as url:
        for name, match, cheap in (("openbg", "set", "openbg-knn-0"), ("ae110k", "any", "ae110k-student")):
            path, settings = _few(name, url, work)
            found[name], answered = _local(path, settings, match)
            found[name]["cascade"] = _curve(answered, work / cheap, LOCAL, match, settings)
    return found


def _few(name: str, url: str, work: Path) -> tuple[Path, LlmSettings]:
    """A few labelled products, and how the local model is asked about them: with examples from others."""
    rows, learned = (_unseen(work), OPENBG) if name == "openbg" else (read_rows(AE110K), AE110K_TRAIN)
    path, shown = work / f"{name}-{LOCAL_PRODUCTS}.jsonl", work / f"{name}-shown.jsonl"
    write_rows(rows[:: len(rows) // LOCAL_PRODUCTS][:LOCAL_PRODUCTS], path)
    asked = {row["id"] for row in read_rows(path)}
    write_rows((row for row in read_rows(learned) if row["id"] not in asked), shown)
    how: dict[str, Any] = {"timeout_s": 300, "concurrency": 2, "answer_tokens": 250, "shots": LOCAL_SHOTS}
    return path, LlmSettings(base_url=url, examples=(str(shown),), **how)


def _unseen(work: Path) -> list[dict[str, Any]]:
    """The products of OpenBG that the models of its first fold were not trained on."""
    gold = {example.product.id: example.gold for example, _ in shares_of(SETS["openbg-knn"], work)[0]}
    return [{**row, "gold": gold[row["id"]]} for row in read_rows(OPENBG) if row["id"] in gold]


def _local(gold: Path, settings: LlmSettings, match: Any) -> tuple[dict[str, Any], Path]:
    """Figures, and the products that were answered as gold."""
    examples = read_examples([gold])
    pipeline = Setup(taggers=(LOCAL,), llm=settings).build()
    begun = time.monotonic()
    said = pipeline.taggers[0].tag([example.product for example in examples])
    seconds = time.monotonic() - begun
    spans = [(example.product, item) for example, tags in zip(examples, said, strict=True) for tag in tags for item in tag.evidence]
    spans = [(product, item) for product, item in spans if isinstance(item, TextSpan)]
    report = score(examples, said, match=match)
    silent = {example.product.id for example, tags in zip(examples, said, strict=True) if isinstance(tags, Unanswered)}
    answered = gold.with_suffix(".answered.jsonl")
    write_rows((row for row in read_rows(gold) if row["id"] not in silent), answered)
    figures = {
        "products": len(examples),
        "unanswered": len(silent),
        "tags": sum(map(len, said)),
        "spans": len(spans),
        "exact": sum(product.text(item.field)[item.start : item.end] == item.quote for product, item in spans),
        "inferences": sum(isinstance(item, Inference) for tags in said for tag in tags for item in tag.evidence),
        "hallucination_rate": report.hallucination_rate,
        "f1": report.micro.f1,
        "precision": report.micro.precision,
        "recall": report.micro.recall,
        "products_per_s": len(examples) / seconds,
    }
    return figures, answered


def cascade(work: Path) -> dict[str, Any]:
    """A cheap tagger asks a stronger one: AE-110k's student its teacher; OpenBG's nearest neighbours what they and the bag of words say
    together."""
    neighbours, both, held = work / "openbg-knn-0", work / "openbg-two-0", work / "openbg-held.jsonl"
    if not is_model_folder(both):
        join_models([neighbours, work / "openbg-tfidf-lr-0"], both)
    write_rows(_unseen(work), held)
    return {
        "ae110k": _curve(AE110K, work / "ae110k-student", str(work / "ae110k"), "any"),
        "openbg": _curve(held, neighbours, str(both), "set"),
    }


def _curve(gold: Path, cheap: Path, strong: str, match: str, llm: LlmSettings | None = None) -> dict[str, Any]:
    setup = Setup(taggers=(strong,), llm=llm) if llm is not None else Setup(taggers=(strong,))
    points = cascade_curve(gold, Setup(taggers=(str(cheap),)), setup, match=match)
    few = max((point for point in points if point["sent"] <= MOST_SENT), key=lambda point: point["f1"])
    return {"points": points, "at_most_a_fifth": few, "everything": points[-1]}


PARTS = {"faults": faults, "local": local, "cascade": cascade}


def tell(_: str, figures: dict[str, Any]) -> None:
    """Print what a part gave."""
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    run_parts("llm", __doc__, PARTS, tell)
