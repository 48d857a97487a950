"""Language models: `python -m benchmarks.llm [--only PART…] [--work FOLDER]`

`faults`: 2,000 products through a server of which 20 % of all answers go wrong in every way; a clean run beside it, one with half of its
budget, and one that is killed at half and started again. `local`: a real local model (Gemma 3 270M, base, 4 bits; llama.cpp) on titles of
OpenBG and AE-110k: do its quotes stand where their spans say, how many stand nowhere, what is it worth behind a cheap tagger. `cascade`:
cheap taggers ask stronger ones where they are unsure, on both sets. `distil`: students of few labels and of answers that are paid for, from
what stands in for a strong model. These three need models of `benchmarks.learn` and `benchmarks.students` in the folder `--work`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.llm.fault_server import FaultServer
from tests.llm.local_model import gemma, local_llm

from benchmarks.common import DATA, HANGTAG, OPENBG, read_rows, repeated, run_parts, write_rows
from benchmarks.learn import SETS, shares_of
from hangtag.config import LlmSettings, Price, cache_folder
from hangtag.errors import BudgetSpent
from hangtag.evaluate import score
from hangtag.jobs import Setup, tag_catalogue
from hangtag.jobs.curve import measure_cascade
from hangtag.jobs.distil import Buying, catalogue_products, distil
from hangtag.jobs.golds import read_examples
from hangtag.jobs.train import train_model
from hangtag.learn.settings import STUDENT
from hangtag.model import Inference, TextSpan, Unanswered
from hangtag.taggers.model_folder import is_model_folder
from hangtag.taggers.shown import show
from hangtag.taggers.trained import open_model

PRODUCTS, SHARE = 2_000, 0.2
LOCAL, LOCAL_PRODUCTS, LOCAL_SHOTS = "llm:gemma-3-270m", 40, 1
AE110K = DATA / "ave_en/ae110k.test.jsonl"
AE110K_TRAIN = DATA / "ave_en/ae110k.train.jsonl"
MOST_SENT, SHARES = 0.2, (0.03, 0.1, 0.2)
FEW, BOUGHT, PRICE = 15, (200, 500, 1_000), Price(input=0.15, output=0.60)


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
    with local_llm(gemma(), slots=2, context=4096, threads=2) as url:
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
    """A cheap tagger asks a stronger one: AE-110k's student its teacher, encoders an ensemble of two encoders they are members of; OpenBG's
    encoder, nearest neighbours and bag of words what they say together."""
    held, together = work / "openbg-held.jsonl", str(work / "openbg-all-0")
    write_rows(_unseen(work), held)
    return {
        "ae110k_student": _curve(AE110K, work / "ae110k-student", str(work / "ae110k"), "any"),
        "ae110k": _curve(AE110K, work / "ae110k", str(work / "ae110k-both"), "any"),
        "openbg": _curve(held, work / "openbg-0", str(work / "openbg-encoders-0"), "set"),
        "openbg_three": _curve(held, work / "openbg-0", together, "set"),
        "openbg_neighbours": _curve(held, work / "openbg-knn-0", together, "set"),
        "openbg_words": _curve(held, work / "openbg-tfidf-lr-0", together, "set"),
    }


def _curve(gold: Path, cheap: Path, strong: str, match: str, llm: LlmSettings | None = None) -> dict[str, Any]:
    setup = Setup(taggers=(strong,), llm=llm) if llm is not None else Setup(taggers=(strong,))
    measured = measure_cascade(gold, Setup(taggers=(str(cheap),)), setup, match=match)
    points = [asdict(point) for point in measured.curve()]
    few = {what: max((point for point in points if point[what] <= MOST_SENT), key=lambda point: point["f1"]) for what in ("sent", "asked")}
    own = {f"by_attribute_{share}": asdict(measured.by_attribute(share)[1]) for share in SHARES}
    return {"points": points, "a_fifth_of_products": few["sent"], "a_fifth_of_answers": few["asked"], "everything": points[-1], **own}


def bought(work: Path) -> dict[str, Any]:
    """Students of few labels and of answers bought from what stands in for a strong model: AE-110k's teacher behind an endpoint."""
    shown, rest = work / "ae110k-few.jsonl", work / "ae110k-unlabelled.jsonl"
    rows = read_rows(AE110K_TRAIN)
    write_rows(rows[::FEW], shown)
    unlabelled = [{name: row[name] for name in ("id", "title", "category")} for number, row in enumerate(rows) if number % FEW]
    write_rows(unlabelled, rest)
    alone = work / "ae110k-few-alone"
    if not is_model_folder(alone):
        train_model(shown, alone, settings=STUDENT, match="any")
    found: dict[str, Any] = {"labels": len(rows[::FEW]), "labels_alone": _f1(alone), "teacher": _f1(work / "ae110k")}
    with FaultServer(answer=_speaker(work / "ae110k", rest), logprobs=False) as server:
        settings = LlmSettings(base_url=server.base_url, examples=(str(shown),), prices={"stand-in": PRICE})
        for count in BOUGHT:
            student, teacher = work / f"ae110k-bought-{count}", Setup(taggers=("llm:stand-in",), llm=settings)
            with own_answers():
                card = distil(rest, student, teacher=teacher, gold=shown, match="any", buying=Buying(count=count))
            (bill,) = card["bought"]["bill"].values()
            found[f"bought_{count}"] = {**card["bought"], "cost_per_1000": 1000 * bill["money"] / count, **_f1(student)}
    return found


def _speaker(model: Path, catalogue: Path) -> Callable[[dict[str, Any]], str]:
    """Answers with what a model says of a catalogue's product, known by its title as it is shown, of the attributes that are asked for."""
    products = catalogue_products(catalogue)
    titles = [show(product, most_chars=LlmSettings().chunk_chars)[0][0].text for product in products]
    said = dict(zip(titles, open_model(model).tag(products), strict=True))

    def say(request: dict[str, Any]) -> str:
        asked = request["response_format"]["json_schema"]["schema"]["properties"]["tags"]["items"]["properties"]["attribute"]["enum"]
        title = json.loads(request["messages"][-1]["content"])["title"]
        tags = [tag for tag in said[title] if tag.attribute in asked]
        quotes = [next((item.quote for item in tag.evidence if isinstance(item, TextSpan)), tag.value) for tag in tags]
        claims = [{"attribute": tag.attribute, "value": tag.value, "quote": quote} for tag, quote in zip(tags, quotes, strict=True)]
        return json.dumps({"tags": claims}, ensure_ascii=False)

    return say


def _f1(model: Path) -> dict[str, Any]:
    """On AE-110k's test split."""
    examples = read_examples([AE110K])
    micro = score(examples, open_model(model).tag([example.product for example in examples]), match="any").micro
    return {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1}


PARTS = {"faults": faults, "local": local, "cascade": cascade, "distil": bought}


def tell(_: str, figures: dict[str, Any]) -> None:
    """Print what a part gave."""
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    run_parts("llm", __doc__, PARTS, tell)
