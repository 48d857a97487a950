"""Where a pre-trained encoder comes from."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def test_the_packaged_encoder_is_unpacked_once_by_those_who_begin_together(
    tiny_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hangtag.engine.ledger import replace_folder
    from hangtag.learn import backbone

    unpacked = []

    def unpack(folder: Path) -> None:
        with replace_folder(folder) as partial:
            time.sleep(0.2)  # long enough for every other to come by
            shutil.copytree(tiny_backbone, partial, dirs_exist_ok=True)
        unpacked.append(folder)

    monkeypatch.setenv("HANGTAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(backbone, "_unpack_e5", unpack)
    with ThreadPoolExecutor(3) as pool:
        loaded = list(pool.map(lambda _: backbone.load_backbone(), range(3)))
    assert len(unpacked) == 1
    assert len({tokenizer.get_vocab_size() for _, tokenizer in loaded}) == 1
