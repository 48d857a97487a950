"""The commands as a user runs them: results to stdout or -o, messages to stderr, exit codes, and never a traceback."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = Path(__file__).parents[1] / "small_vocabulary.yaml"
TAGGERS = ["--tagger", "lexicon", "--tagger", "measure", "--vocabulary", str(SMALL)]


def hangtag(*args: object, stdin: str | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hangtag", *map(str, args)], capture_output=True, text=True, input=stdin, cwd=cwd, timeout=120, check=False
    )


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.csv"
    path.write_text(
        "商品编号,商品名称,颜色\na,Navy linen shirt,navy\nb,红色连衣裙,\nc,=cmd|' /C calc'!A0 drink bottle 500ml,\n", encoding="utf-8"
    )
    return path


def test_tag_writes_lines_and_says_what_it_did(catalogue: Path, tmp_path: Path) -> None:
    done = hangtag("tag", catalogue, "-o", tmp_path / "out.jsonl", *TAGGERS)
    assert done.returncode == 0
    assert done.stdout == ""
    assert "3 products tagged" in done.stderr
    assert "商品名称 → title" in done.stderr
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == ["a", "b", "c"]
    assert {(tag["attribute"], tag["value"]) for tag in records[0]["tags"]} == {("color", "navy"), ("material", "linen")}


def test_tag_without_an_output_prints_the_lines(catalogue: Path) -> None:
    done = hangtag("tag", catalogue, *TAGGERS)
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a", "b", "c"]


def test_tag_reads_standard_input() -> None:
    done = hangtag("tag", "-", *TAGGERS, stdin='{"id": "1", "title": "red dress"}\n{"id": "2"}\n')
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["1"]
    assert "row 2" in done.stderr


def test_json_output_of_every_command(catalogue: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"id": "1", "title": "red dress", "gold": {"color": ["red"]}}\n', encoding="utf-8")
    assert json.loads(hangtag("plan", catalogue, *TAGGERS, "--json").stdout)["rows"] == 3
    assert json.loads(hangtag("tag", catalogue, "-o", tmp_path / "o.jsonl", *TAGGERS, "--json").stdout)["products"] == 3
    assert json.loads(hangtag("evaluate", gold, *TAGGERS, "--json").stdout)["micro"]["f1"] == 1.0
    assert json.loads(hangtag("evaluate", gold, *TAGGERS, "--match", "any", "--json").stdout)["match"] == "any"
    assert json.loads(hangtag("vocabulary", "check", SMALL, "--json").stdout) is not None


def test_report_is_one_page(catalogue: Path, tmp_path: Path) -> None:
    hangtag("tag", catalogue, "-o", tmp_path / "o.jsonl", *TAGGERS)
    done = hangtag("report", tmp_path / "o.jsonl", "-o", tmp_path / "r.html")
    assert done.returncode == 0
    assert "<script" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_settings_file_is_used_and_overruled(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "hangtag.toml").write_text(f'taggers = ["measure"]\nvocabulary = ["{SMALL}"]\n', encoding="utf-8")
    tags = [json.loads(line)["tags"] for line in hangtag("tag", catalogue, cwd=tmp_path).stdout.splitlines()]
    assert {tag["attribute"] for found in tags for tag in found} == {"volume"}
    tags = [json.loads(line)["tags"] for line in hangtag("tag", catalogue, "--tagger", "lexicon", cwd=tmp_path).stdout.splitlines()]
    assert "color" in {tag["attribute"] for found in tags for tag in found}
    (tmp_path / "hangtag.toml").write_text("tagers = []\n", encoding="utf-8")
    done = hangtag("tag", catalogue, cwd=tmp_path)
    assert done.returncode == 2
    assert "tagers" in done.stderr


def ugly(folder: Path) -> dict[str, Path]:
    """Files no tool likes to meet."""
    title = "红色连衣裙 red dress"
    line = json.dumps({"id": "a", "title": title}) + "\n"
    contents = {
        "empty.csv": b"",
        "header_only.csv": b"id,title\n",
        "no_title.csv": b"sku,qty\n1,2\n",
        "utf16.csv": f"id,title\na,{title}\n".encode("utf-16"),
        "utf16_no_bom.csv": f"id,title\na,{title}\nb,{title}\n".encode("utf-16-le"),
        "gb18030.csv": f"编号,标题\na,{title}\nb,藏青色衬衫\n".encode("gb18030"),
        "cp1252.csv": "id;title\na;Café dress\n".encode("cp1252"),
        "ragged.csv": b'id,title\na,red dress\nb\nc,one,two,three\nd,"open quote\ne,blue shirt\n',
        "doubled.csv": f"id,title\na,{title}\na,{title}\n".encode(),
        "huge_title.jsonl": (json.dumps({"id": "a", "title": "red dress " * 524_288}) + "\n").encode(),
        "nulls.csv": b"id,title\na,red\x00 dress\n\x00b,blue shirt\n",
        "formulas.csv": b'id,title\na,"=HYPERLINK(""http://x"")"\nb,+1+1\nc,@SUM(A1)\n',
        "markup.jsonl": json.dumps({"id": "<script>a</script>", "title": "<script>alert(1)</script><p>red</p><p>dress</p>"}).encode()
        + b"\n",
        "cut.jsonl.gz": gzip.compress(line.encode() * 2000)[:-20],
        "broken.json": b'[{"id": "a", "title": "red dress"}, {"id": "b", "title": ',
        "broken.jsonl": line.encode() + b"{not json\n" + b"[1, 2]\n" + b"null\n",
        "wrong_types.jsonl": b'{"id": {"x": 1}, "title": ["red", "dress"], "price": NaN}\n{"id": 7, "title": 8}\n',
        "surrogates.jsonl": b'{"id": "a", "title": "red \\ud800 dress"}\n',
        "binary.csv": bytes(range(256)) * 40,
        "workbook.xlsx": b"PK\x03\x04" + bytes(200),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def test_ugly_files_give_a_message_or_rejects_never_a_traceback(tmp_path: Path) -> None:
    for name, path in ugly(tmp_path).items():
        out = tmp_path / f"{name}.out"
        done = hangtag("tag", path, "-o", out, *TAGGERS, "--workers", "1", "--json")
        assert "Traceback" not in done.stderr, f"{name}\n{done.stderr}"
        if done.returncode == 0:
            run = json.loads(done.stdout)
            rejects = out.with_name(out.name + ".rejects.jsonl").read_bytes().splitlines()
            assert run["rows"] == run["products"] + run["rejects"] > 0, name
            assert len(out.read_bytes().splitlines()) == run["products"], name
            assert len(rejects) == run["rejects"], name
            assert hangtag("report", out, "-o", tmp_path / "r.html").returncode == 0, name
        else:
            assert done.returncode == 2, f"{name}: {done.stderr}"
            assert done.stderr.startswith("hangtag: "), name
            assert len(done.stderr) > 40, name
        assert "Traceback" not in hangtag("plan", path, *TAGGERS).stderr, name


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["tag", "nowhere.csv"], "nowhere.csv"),
        (["tag", "CATALOGUE", "--tagger", "lexcion"], "did you mean 'lexicon'"),
        (["tag", "CATALOGUE", "--map", "title"], "--map title=商品名"),
        (["tag", "CATALOGUE", "--map", "title=nothing"], "nothing"),
        (["tag", "CATALOGUE", "--vocabulary", "nowhere.yaml"], "nowhere.yaml"),
        (["tag", "CATALOGUE", "--config", "nowhere.toml"], "nowhere.toml"),
        (["evaluate", "CATALOGUE"], "line 1"),
        (["evaluate", "GOLD", "--match", "some"], "set and any"),
        (["report", "nowhere.jsonl"], "nowhere.jsonl"),
        (["frobnicate"], "No such command"),
    ],
)
def test_mistakes_exit_with_2_and_say_the_cure(catalogue: Path, tmp_path: Path, args: list[str], says: str) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"id": "1", "title": "red dress", "gold": {"color": ["red"]}}\n', encoding="utf-8")
    places = {"CATALOGUE": str(catalogue), "GOLD": str(gold)}
    done = hangtag(*[places.get(arg, arg) for arg in args], cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_tags_the_sample_and_writes_its_report(tmp_path: Path) -> None:
    done = hangtag("demo", "-o", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    records = [json.loads(line) for line in (tmp_path / "demo/tags.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(records) > 110
    assert sum(bool(record["tags"]) for record in records) > 0.95 * len(records)
    assert (tmp_path / "demo/report.html").stat().st_size > 100_000


@pytest.mark.parametrize("option", [("--budget", "5"), ("--ask", "10"), ("--steps", "2"), ("--unsure", "lexicon")])
def test_what_a_teacher_costs_is_not_said_of_one_that_costs_nothing(catalogue: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    done = hangtag("distil", catalogue, "--teacher", "lexicon", "-o", tmp_path / "student", *option)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert option[0] in done.stderr and "llm:MODEL" in done.stderr
    assert not (tmp_path / "student").exists()
