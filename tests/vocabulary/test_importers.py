"""Taxonomies and tables become vocabularies that load and check without errors, with every name kept."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hangtag.cli.app import app
from hangtag.cli.vocabulary import vocabulary_app
from hangtag.errors import VocabularyError
from hangtag.vocabulary import Vocabulary, load_vocabulary
from hangtag.vocabulary.check import check_vocabulary
from hangtag.vocabulary.importers import Imported, import_google, import_shopify, import_table, write_imported


def compiled(imported: Imported, folder: Path) -> Vocabulary:
    """Written, checked, read back."""
    file = folder / "imported.yaml"
    write_imported(imported, file, source="test")
    assert [problem for problem in check_vocabulary([file]) if problem.severity == "error"] == []
    return load_vocabulary([file])


SHOPIFY = {
    "attributes.yml": """
base_attributes:
- {id: 1, name: Color, friendly_id: color, handle: color, values: [color__black, color__beige, color__cream, color__other]}
- {id: 2, name: Size, friendly_id: size, values: [size__s, size__42, size__3/4]}
- {id: 3, name: Extent, friendly_id: extent, values: [extent__wide]}
extended_attributes:
- {name: Strap color, friendly_id: strap_color, values_from: color}
""",
    "values.yml": """
- {id: 11, name: Black, friendly_id: color__black, handle: color__black}
- {id: 12, name: Beige, friendly_id: color__beige}
- {id: 13, name: Cream, friendly_id: color__cream}
- {id: 14, name: Other, friendly_id: color__other}
- {id: 21, name: S, friendly_id: size__s}
- {id: 22, name: '42', friendly_id: size__42}
- {id: 23, name: 3/4, friendly_id: size__3/4}
- {id: 31, name: Wide, friendly_id: extent__wide}
""",
    "categories/aa.yml": """
- {id: aa, name: Apparel, children: [aa-1, aa-2], attributes: [color]}
- {id: aa-1, name: Jeans, children: [], attributes: [size, color]}
- {id: aa-2, name: Baby & Toddler, children: [aa-2-1, aa-2-2], attributes: []}
- {id: aa-2-1, name: Jeans, children: [], attributes: [strap_color]}
- {id: aa-2-2, name: Dresses, children: [], attributes: []}
""",
    "zh-CN/attributes.txt": """# Attributes

gid://shopify/TaxonomyAttribute/1 : 颜色
gid://shopify/TaxonomyAttribute/2 : 尺寸
gid://shopify/TaxonomyAttribute/3 : 尺寸
""",
    "zh-CN/attribute_values.txt": """
gid://shopify/TaxonomyValue/11 : 黑色 [颜色]
gid://shopify/TaxonomyValue/12  : 米色 [颜色]
gid://shopify/TaxonomyValue/13 : 米色 [颜色]
gid://shopify/TaxonomyValue/14 : 其他 [颜色]
gid://shopify/TaxonomyValue/21 : 小 [尺寸]
""",
    "zh-CN/categories.txt": """
gid://shopify/TaxonomyCategory/aa     : 服饰
gid://shopify/TaxonomyCategory/aa-1   : 服饰 > 牛仔裤
gid://shopify/TaxonomyCategory/aa-2   : 服饰 > 婴幼儿
gid://shopify/TaxonomyCategory/aa-2-1 : 服饰 > 婴幼儿 > 牛仔裤
gid://shopify/TaxonomyCategory/aa-9   : 服饰 > 旧类
""",
}


def shopify(folder: Path, **changes: str) -> Path:
    root = folder / "taxonomy"
    for name, text in {**SHOPIFY, **changes}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_shopify_structure(tmp_path: Path) -> None:
    imported = import_shopify(shopify(tmp_path))
    vocabulary = compiled(imported, tmp_path)
    assert imported.counts == {"categories": 5, "attributes": 3, "values": 7}
    assert list(vocabulary.categories) == [
        "apparel", "apparel/jeans", "apparel/baby-toddler", "apparel/baby-toddler/jeans", "apparel/baby-toddler/dresses",
    ]  # fmt: skip
    assert vocabulary.categories["apparel/jeans"].attributes == ("size", "color")
    assert vocabulary.attributes["color"].names == {"en": "Color", "zh": "颜色"}
    assert list(vocabulary.values_of("size")) == ["s", "42", "3_4"]


def test_shopify_extended_attributes_are_other_names_of_their_base(tmp_path: Path) -> None:
    vocabulary = compiled(import_shopify(shopify(tmp_path)), tmp_path)
    assert vocabulary.find_attribute("Strap color") == "color"
    assert vocabulary.categories["apparel/baby-toddler/jeans"].attributes == ("color",)


def test_shopify_names_of_two_entries_are_told_apart(tmp_path: Path) -> None:
    imported = import_shopify(shopify(tmp_path))
    vocabulary = compiled(imported, tmp_path)
    assert vocabulary.values_of("color")["beige"].names == {"en": "Beige", "zh": "米色"}
    assert vocabulary.values_of("color")["cream"].names == {"en": "Cream", "zh": "米色（Cream）"}
    assert vocabulary.attributes["extent"].names == {"en": "Extent", "zh": "尺寸（Extent）"}
    assert vocabulary.categories["apparel/baby-toddler/jeans"].names == {"en": "Jeans (Baby & Toddler)", "zh": "牛仔裤（婴幼儿）"}
    # The one nearer to the root keeps the name, but it only counts where nothing else names a category.
    assert vocabulary.find_category("牛仔裤") == vocabulary.find_category("jeans") == "apparel/jeans"
    assert vocabulary.categories["apparel/jeans"].weak == ("Jeans", "牛仔裤")
    assert any(note.startswith("2 names of categories") for note in imported.notes)
    assert any(note.startswith("1 Chinese names of categories left out") for note in imported.notes)


def test_shopify_without_a_translation_the_english_name_stands_in(tmp_path: Path) -> None:
    imported = import_shopify(shopify(tmp_path))
    vocabulary = compiled(imported, tmp_path)
    assert vocabulary.categories["apparel/baby-toddler/dresses"].names == {"en": "Dresses", "zh": "Dresses"}
    assert "1 categories without a name in Chinese: another language's stands in" in imported.notes


def test_shopify_values_that_must_not_be_found_blindly(tmp_path: Path) -> None:
    vocabulary = compiled(import_shopify(shopify(tmp_path)), tmp_path)
    assert "other" not in vocabulary.values_of("color")
    assert vocabulary.values_of("size")["42"].weak == ("42",)
    assert vocabulary.values_of("size")["s"].weak == ("S", "小")
    assert vocabulary.values_of("color")["black"].weak == ()


def test_shopify_as_its_repository_lays_it_out(tmp_path: Path) -> None:
    root = shopify(tmp_path)
    flat = import_shopify(root)
    for above, names in {"data": ["attributes.yml", "values.yml", "categories"], "dist": ["zh-CN"]}.items():
        (root / above).mkdir()
        for name in names:
            (root / name).rename(root / above / name)
    assert import_shopify(root) == flat


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("values.yml", "- {id: 11, name: Black, friendly_id: color__black}", "color__beige"),
        ("values.yml", "- {name: Black}", "values.yml"),
        ("categories/aa.yml", "- {id: aa, name: Apparel, attributes: [shade]}", "'shade'"),
        ("attributes.yml", "base_attributes: []\nextended_attributes: [{name: A, friendly_id: a, values_from: b}]", "'b'"),
        ("attributes.yml", "base_attributes: [", "attributes.yml"),
        ("zh-CN/categories.txt", "aa = 服饰", "categories.txt, line 1"),
    ],
)
def test_shopify_errors_name_the_file(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        import_shopify(shopify(tmp_path, **{name: text}))
    assert says in str(caught.value) and str(tmp_path) in str(caught.value)


def test_a_folder_that_is_no_taxonomy(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"attributes\.yml: there is no such file"):
        import_shopify(tmp_path)


def gids(file: Path) -> set[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line.partition(" : ")[0].strip() for line in lines if line.startswith("gid:")}


def names_in(file: Path, wanted: set[str]) -> set[str]:
    """The names a list gives to those categories that the taxonomy still has."""
    lines = [line.partition(" : ") for line in file.read_text(encoding="utf-8").splitlines()]
    return {path.rpartition(" > ")[2].strip() for gid, _, path in lines if gid.strip() in wanted}


def plain_names(vocabulary: Vocabulary, language: str) -> set[str]:
    """Names as they are, and without what an import put in brackets behind them."""
    names = {category.names[language] for category in vocabulary.categories.values()}
    return names | {name.partition("（")[0].partition(" (")[0] for name in names}


@pytest.mark.shared_data
def test_the_real_shopify_taxonomy(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("taxonomy_shopify")
    begun = time.monotonic()
    imported = import_shopify(folder)
    file = tmp_path / "shopify.yaml"
    write_imported(imported, file, source="shopify")
    assert time.monotonic() - begun < 20
    vocabulary = load_vocabulary([file])
    assert imported.counts == {"categories": 10_595, "attributes": 1_987, "values": 18_649}
    assert len(vocabulary.categories) == 10_595
    english = gids(folder / "en" / "categories.txt")
    dress = vocabulary.categories["apparel-accessories/clothing/dresses"]
    assert dress.names["en"] == "Dresses" and dress.names["zh"].endswith("裙") and "color" in dress.attributes
    assert names_in(folder / "en" / "categories.txt", english) <= plain_names(vocabulary, "en")
    assert names_in(folder / "zh-CN" / "categories.txt", english) <= plain_names(vocabulary, "zh")


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_real_shopify_taxonomy_has_no_errors(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    compiled(import_shopify(shared_data("taxonomy_shopify")), tmp_path)


GOOGLE_EN = """# Google_Product_Taxonomy_Version: 2021-09-21
1 - Animals & Pet Supplies
3237 - Animals & Pet Supplies > Live Animals
166 - Apparel & Accessories
1604 - Apparel & Accessories > Clothing
2271 - Apparel & Accessories > Clothing > Dresses
"""
GOOGLE_ZH = """# Google_Product_Taxonomy_Version: 2021-09-21
166 - 服饰与配饰
1604 - 服饰与配饰 > 服装
2271 - 服饰与配饰 > 服装 > 连衣裙
1 - 动物/宠物用品
"""


def lists(folder: Path, **texts: str) -> list[Path]:
    files = [folder / f"{name}.txt" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def test_google_languages_join_by_number(tmp_path: Path) -> None:
    imported = import_google(lists(tmp_path, b=GOOGLE_ZH, a=GOOGLE_EN))
    vocabulary = compiled(imported, tmp_path)
    assert list(vocabulary.categories) == [
        "animals-pet-supplies", "animals-pet-supplies/live-animals", "apparel-accessories", "apparel-accessories/clothing",
        "apparel-accessories/clothing/dresses",
    ]  # fmt: skip
    assert vocabulary.categories["apparel-accessories/clothing/dresses"].names == {"en": "Dresses", "zh": "连衣裙"}
    assert vocabulary.find_category("dress") == vocabulary.find_category("连衣裙") == "apparel-accessories/clothing/dresses"
    assert imported.notes == ("1 categories without a name in Chinese: another language's stands in",)


def test_google_without_numbers(tmp_path: Path) -> None:
    text = "# Google_Product_Taxonomy_Version: 2021-09-21\nFurniture\nFurniture > Outdoor > Benches\n"
    vocabulary = compiled(import_google(lists(tmp_path, plain=text)), tmp_path)
    assert list(vocabulary.categories) == ["furniture", "furniture/outdoor", "furniture/outdoor/benches"]


def test_google_language_from_file_name_or_as_given(tmp_path: Path) -> None:
    text = "1 - Tiere\n2 - Tiere > Hunde\n"
    (file,) = lists(tmp_path, **{"taxonomy-with-ids.de-DE": text})
    assert import_google([file]).document.categories[0].names == {"en": "Tiere", "zh": "Tiere", "de": "Tiere"}
    (plain,) = lists(tmp_path, plain=text)
    assert import_google([plain], languages=["de"]).document.categories[1].names["de"] == "Hunde"


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"one": "1 - A > B\nA > C\n"}, "one.txt, line 2: no number"),
        ({"one": "A > B\n3 - A > C\n"}, "one.txt, line 2: a number"),
        ({"one": "1 - A >  > C\n"}, "one.txt, line 1: a name is missing"),
        ({"one": "1 - Red\n1 - Blue\n"}, "one.txt, line 2"),
        ({"one": "# nothing\n"}, "one.txt: holds no categories"),
        ({"one": "Clothing\n", "two": "1 - 服装\n"}, "one.txt: has no numbers"),
        ({"one": "1 - Clothing\n", "two": "1 - Clothing\n"}, "two.txt: seems to be in 'en'"),
    ],
)
def test_google_errors_name_file_and_line(tmp_path: Path, texts: dict[str, str], says: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        import_google(lists(tmp_path, **texts))
    assert says in str(caught.value)


def test_google_languages_are_one_a_file(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="1 languages for 2 files"):
        import_google(lists(tmp_path, a=GOOGLE_EN, b=GOOGLE_ZH), languages=["en"])
    with pytest.raises(VocabularyError, match="no language"):
        import_google(lists(tmp_path, a=GOOGLE_EN), languages=["?"])


def table(folder: Path, text: str, encoding: str = "utf-8", name: str = "words.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def test_table_of_attributes_and_values(tmp_path: Path) -> None:
    text = (
        "attribute,attribute_zh,value,zh,aliases,broader,colour of the month\n"
        "Color,颜色,Navy,藏青色,navy blue;藏青,Blue,x\n"
        'Color,,Blue,蓝色,"azure ; ",\n'
        "Color,,Other,其他,,,\n"
        "\n"
        "Model,型号,,,,,\n"
    )
    imported = import_table(table(tmp_path, text))
    vocabulary = compiled(imported, tmp_path)
    color = vocabulary.attributes["color"]
    assert (color.names, color.kind) == ({"en": "Color", "zh": "颜色"}, "choice")
    assert list(vocabulary.values_of("color")) == ["navy", "blue"]
    navy = vocabulary.values_of("color")["navy"]
    assert (navy.names, navy.aliases, navy.broader) == ({"en": "Navy", "zh": "藏青色"}, ("navy blue", "藏青"), "blue")
    assert vocabulary.attributes["model"].kind == "text"
    assert any("colour of the month" in note for note in imported.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_table_headed_in_chinese_in_any_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = ["属性 属性值 英文 别名 上位值", "颜色 藏青色 Navy 藏青；藏蓝 蓝色", "颜色 蓝色 Blue - -"]
    text = "\r\n".join(row.replace("-", "").replace(" ", delimiter) for row in rows)
    vocabulary = compiled(import_table(table(tmp_path, text, encoding)), tmp_path)
    assert list(vocabulary.attributes) == ["颜色"]
    assert vocabulary.values_of("颜色")["navy"].aliases == ("藏青", "藏蓝")
    assert vocabulary.values_of("颜色")["navy"].broader == "blue"


def test_table_of_categories(tmp_path: Path) -> None:
    text = (
        "category,zh,aliases,attributes,attribute,value\n"
        "Clothing > T-Shirts,服装 > T恤,tee;短袖衫,Color,,\n"
        "Clothing,,apparel,,,\n"
        "Clothing > T-Shirts,红色,,,Color,Red\n"
        "Clothing > Hats,,,,Color,Red\n"
    )
    vocabulary = compiled(import_table(table(tmp_path, text)), tmp_path)
    assert vocabulary.categories["clothing"].names == {"en": "Clothing", "zh": "服装"}
    assert vocabulary.categories["clothing"].aliases == ("apparel",)
    shirts = vocabulary.categories["clothing/t-shirts"]
    assert (shirts.names["zh"], shirts.aliases, shirts.attributes) == ("T恤", ("tee", "短袖衫", "T-Shirt"), ("color",))
    assert vocabulary.categories["clothing/hats"].attributes == ("color",)
    assert vocabulary.find_values("color", "红色") == ("red",)


def test_table_forms_of_two_values_stay_with_the_first(tmp_path: Path) -> None:
    text = "attribute,value,zh,aliases\nColor,Beige,米色,sand\nColor,Cream,米色,SAND;ecru\nColor,Gold-Tone,,\nColor,gold tone,,\n"
    imported = import_table(table(tmp_path, text))
    values = compiled(imported, tmp_path).values_of("color")
    assert list(values) == ["beige", "cream", "gold_tone"]
    assert values["cream"].names["zh"] == "米色（Cream）" and values["cream"].aliases == ("ecru",)
    assert "1 other names left out: they are another entry's" in imported.notes


@pytest.mark.parametrize("head", ["attribute", "属性"])
def test_table_attributes_called_as_our_own(tmp_path: Path, head: str) -> None:
    vocabulary = compiled(import_table(table(tmp_path, f"{head},value\nCategory,Wide\nKeyword,Narrow\n")), tmp_path)
    assert list(vocabulary.attributes) == ["category_2", "keyword_2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("attribute,value,broader\nColor,Navy,Teal\n", ["row 2", "'Teal' is no value"]),
        ("attribute,value,broader\nColor,,Blue\n", ["row 2", "'Blue'"]),
        ("attribute,value,broader\nColor,A1,B1\nColor,B1,A1\n", ["row 2", "row 3", "lead back"]),
        ("attribute,value\nColor,Red\n,Blue\n", ["row 3", "neither an attribute nor a category"]),
        ("category,value\nClothing,Red\n", ["row 2", "'Red' has no attribute"]),
        ("category\nClothing >  > Hats\n", ["row 2", "a name is missing"]),
        ("category,zh\nClothing > Hats,服装 > 帽 > 子\n", ["row 2", "not as many names"]),
        ("category,attributes\nClothing,Color\n", ["row 2", "'Color' is in no row"]),
        ("attribute,value\nColor,Red,Blue\n", ["row 2", "3 cells under 2"]),
        ("attribute,value,en,zh\nColor,Red,Red,红\nColor,Red,Crimson,红\n", ["row 3", "'Crimson'", "first in row 2"]),
        ('attribute,value\n"Color"x,Red\n', ["line 2"]),
        ("colour,value\nColor,Red\n", ["row 1", "'attribute'", "colour"]),
        ("attribute,属性,value\nColor,Color,Red\n", ["row 1", "two columns"]),
        ("attribute,value\n", ["no rows"]),
        ("", ["is empty"]),
    ],
)
def test_table_errors_name_file_and_row(tmp_path: Path, text: str, says: list[str]) -> None:
    with pytest.raises(VocabularyError) as caught:
        import_table(table(tmp_path, text))
    for part in ["words.csv", *says]:
        assert part in str(caught.value)


def test_table_rows_are_counted_as_spreadsheets_do(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="row 4: names neither"):
        import_table(table(tmp_path, 'attribute,value\nColor,"Red\nand blue"\n\n,Green\n'))


def test_table_shows_the_first_bad_rows_in_order(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"row 2: .*row 11: [^;]*; and 15 more$"):
        import_table(table(tmp_path, "attribute,value\n" + ",x\n" * 25))


def test_a_table_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_bytes(b"\xff\xff\x00\x81")
    with pytest.raises(VocabularyError, match="neither UTF-8 nor GB18030"):
        import_table(file)
    with pytest.raises(VocabularyError, match="cannot be read"):
        import_table(tmp_path / "none.csv")


def test_imports_replace_imports_and_nothing_else(tmp_path: Path) -> None:
    imported = import_table(table(tmp_path, "attribute,value\nColor,Red\n"))
    file = tmp_path / "out.yaml"
    write_imported(imported, file, source="csv")
    first = file.read_text(encoding="utf-8")
    write_imported(imported, file, source="csv")
    assert file.read_text(encoding="utf-8") == first
    file.write_text("# by hand\n", encoding="utf-8")
    with pytest.raises(VocabularyError, match="not made by an import"):
        write_imported(imported, file, source="csv")
    assert file.read_text(encoding="utf-8") == "# by hand\n"
    with pytest.raises(VocabularyError, match="is a folder"):
        write_imported(imported, tmp_path, source="csv")


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    assert vocabulary_app.registered_groups[0].name == "import"
    source, output = table(tmp_path, "属性,值,英文\n颜色,红色,Red\n"), tmp_path / "out.yaml"
    result = CliRunner().invoke(app, ["vocabulary", "import", "csv", str(source), "-o", str(output), "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["attributes"], said["values"], said["output"]) == (1, 1, str(output))
    shown = CliRunner().invoke(app, ["vocabulary", "show", "红色", "--vocabulary", str(output)])
    assert shown.exit_code == 0 and "颜色 = red [value]" in shown.stdout
