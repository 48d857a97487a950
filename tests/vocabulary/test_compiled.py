"""Look-ups of the compiled vocabulary, in both languages and all spellings."""

import pickle

import pytest

from hangtag.vocabulary import Attribute, Category, Value, Vocabulary
from hangtag.vocabulary.compiled import fold_name


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    colors = (
        Value(id="blue", names={"en": "Blue", "zh": "蓝色"}, weak=("蓝",)),
        Value(id="navy", names={"en": "Navy", "zh": "藏青色"}, aliases=("navy blue",), broader="blue"),
        Value(id="midnight", names={"en": "Midnight", "zh": "午夜蓝"}, broader="navy"),
        Value(id="off_white", names={"en": "Off-white", "zh": "米白色"}),
        Value(id="hen", names={"en": "Hen", "zh": "母"}, broader="egg"),
        Value(id="egg", names={"en": "Egg", "zh": "卵"}, broader="hen"),
        Value(id="self", names={"en": "Self", "zh": "自"}, broader="self"),
        Value(id="lost", names={"en": "Lost", "zh": "失"}, broader="nowhere"),
    )
    attributes = (
        Attribute(id="color", names={"en": "Color", "zh": "颜色"}, aliases=("colour", "顏色分類"), values=colors),
        Attribute(id="sleeve_length", names={"en": "Sleeve length", "zh": "袖长"}),
        Attribute(id="brand", names={"en": "Brand", "zh": "品牌"}, kind="text"),
    )
    categories = (
        Category(id="apparel", names={"en": "Clothing", "zh": "服装"}, attributes=("brand", "color")),
        Category(id="apparel/tops", names={"en": "Tops", "zh": "上衣"}, attributes=("sleeve_length",)),
        Category(id="apparel/tops/t-shirts", names={"en": "T-shirts", "zh": "T恤"}, aliases=("tee",), weak=("短袖",)),
        Category(id="phones", names={"en": "Mobile phone", "zh": "手机"}),
    )
    return Vocabulary(attributes, categories, ())


@pytest.mark.parametrize("name", ["color", "Color", "COLOUR", "颜色", "ｃｏｌｏｒ", " color ", "颜色分类", "顏色"])
def test_an_attribute_goes_by_all_its_names(vocabulary: Vocabulary, name: str) -> None:
    assert vocabulary.find_attribute(name) == "color"


@pytest.mark.parametrize("name", ["sleeve_length", "sleeve length", "Sleeve-Length", "袖長"])
def test_hyphen_underscore_and_space_are_one(vocabulary: Vocabulary, name: str) -> None:
    assert vocabulary.find_attribute(name) == "sleeve_length"


def test_unknown_names_are_none(vocabulary: Vocabulary) -> None:
    assert vocabulary.find_attribute("weight") is None
    assert vocabulary.find_values("color", "mauve") == ()
    assert vocabulary.find_values("weight", "navy") == ()
    assert vocabulary.find_category("boat") is None
    assert vocabulary.find_path("Boats > Sails") is None
    assert vocabulary.attributes_of("boats") == frozenset()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NAVY", "navy"),
        ("Navy Blue", "navy"),
        ("ＮＡＶＹ", "navy"),
        ("藏青色", "navy"),
        ("蓝", "blue"),
        ("藍色", "blue"),
        ("off white", "off_white"),
        ("off_white", "off_white"),
    ],
)
def test_a_value_goes_by_all_its_forms(vocabulary: Vocabulary, text: str, value: str) -> None:
    assert vocabulary.find_values("color", text) == (value,)


@pytest.mark.parametrize("name", ["apparel/tops/t-shirts", "T-Shirts", "t shirt", "T-SHIRT", "tees", "T恤", "短袖"])
def test_a_category_goes_by_id_name_and_number(vocabulary: Vocabulary, name: str) -> None:
    assert vocabulary.find_category(name) == "apparel/tops/t-shirts"


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("Clothing > Tops > T-Shirts", "apparel/tops/t-shirts"),
        ("Clothing > Tops > Hawaiian", "apparel/tops"),
        ("服装/上衣", "apparel/tops"),
        ("服装 | 女装 | T恤", "apparel/tops/t-shirts"),
        ("Electronics » Mobile Phones", "phones"),
        ("Clothing > ", "apparel"),
        ("手机", "phones"),
    ],
)
def test_the_deepest_known_part_of_a_path_counts(vocabulary: Vocabulary, path: str, category: str) -> None:
    assert vocabulary.find_path(path) == category


def test_attributes_are_inherited(vocabulary: Vocabulary) -> None:
    assert vocabulary.attributes_of("apparel") == {"brand", "color"}
    assert vocabulary.attributes_of("apparel/tops/t-shirts") == {"brand", "color", "sleeve_length"}
    assert vocabulary.attributes_of("phones") == frozenset()


def test_places_in_the_tree(vocabulary: Vocabulary) -> None:
    assert vocabulary.ancestors("apparel/tops/t-shirts") == ["apparel/tops", "apparel"]
    assert vocabulary.ancestors("apparel") == []
    assert vocabulary.is_within("apparel/tops", "apparel") and vocabulary.is_within("apparel", "apparel")
    assert not vocabulary.is_within("apparel", "apparel/tops") and not vocabulary.is_within("apparels", "apparel")


def test_broader_values_nearest_first(vocabulary: Vocabulary) -> None:
    assert vocabulary.broader_values("color", "midnight") == ["navy", "blue"]
    assert vocabulary.broader_values("color", "blue") == []
    assert vocabulary.broader_values("color", "lost") == ["nowhere"]


def test_circles_of_broader_values_end(vocabulary: Vocabulary) -> None:
    assert vocabulary.broader_values("color", "hen") == ["egg", "hen"]
    assert vocabulary.broader_values("color", "self") == ["self"]


def test_labels(vocabulary: Vocabulary) -> None:
    assert vocabulary.label("color", "navy") == {"en": "Navy", "zh": "藏青色"}
    assert vocabulary.label("category", "phones") == {"en": "Mobile phone", "zh": "手机"}
    assert vocabulary.label("brand", "Acme") == vocabulary.label("category", "boats") == {}


def test_it_pickles_after_use(vocabulary: Vocabulary) -> None:
    vocabulary.find_values("color", "navy")
    copy = pickle.loads(pickle.dumps(vocabulary))
    assert copy.find_category("tee") == "apparel/tops/t-shirts" and copy.find_values("color", "藏青色") == ("navy",)


def test_fold_name() -> None:
    assert fold_name("  Ｔ-Shirt_Länge ") == "t shirt länge"
    assert fold_name("顏 色") == "颜 色"
    assert fold_name(" -_ ") == ""
