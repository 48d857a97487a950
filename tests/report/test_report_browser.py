"""The page in a real browser. Needs Chromium and Playwright; without them the tests skip, except where CI is set: there they fail."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hangtag.report import ReportProduct, ReportReject, RunFacts, TaggerCurve, TaggerPromise, write_report

CHROMIUM = next(filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDED = {"Chromium": CHROMIUM, "the package playwright": importlib.util.find_spec("playwright")}
MISSING = [name for name, there in NEEDED.items() if not there]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if MISSING:
        message = f"the report was not opened in a browser: {' and '.join(MISSING)} not found"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        yield running
        running.close()


@contextmanager
def watched(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """The page opened; on leaving, it must have logged nothing, raised nothing, opened no dialog and asked for nothing but itself."""
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1300, "height": 900}, "reduced_motion": "reduce", **options})
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert complaints == []
    assert {url for url in requests if not url.startswith("data:")} == {path.as_uri()}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, products: list[ReportProduct], facts: RunFacts, rejects: list[ReportReject]) -> Path:
    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(out, products, facts=facts, rejects=rejects)
    return out


def marked(page: Any, card: int) -> dict[tuple[int, str], list[str]]:
    """(tag number, field) -> the runs of text that the page marks for it, each a run of neighbouring marks."""
    script = """([number]) => [...document.querySelectorAll('.card')[number].querySelectorAll('[data-field]')].flatMap((field) => {
      const runs = [];
      let last = {};
      for (const node of field.childNodes) {
        const tags = node.nodeName === 'MARK' ? node.dataset.tags.split(' ') : [];
        const now = {};
        for (const tag of tags) {
          now[tag] = last[tag] ?? {tag: Number(tag), field: field.dataset.field, text: ''};
          if (!last[tag]) runs.push(now[tag]);
          now[tag].text += node.textContent;
        }
        last = now;
      }
      return runs;
    })"""
    found: dict[tuple[int, str], list[str]] = {}
    for run in page.evaluate(script, [card]):
        found.setdefault((run["tag"], run["field"]), []).append(run["text"])
    return found


def quotes(product: ReportProduct) -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    for number, tag in enumerate(product.tags):
        for item in tag["evidence"]:
            if "field" in item:
                found.setdefault((number, item["field"]), []).append(item["quote"])
    return found


def test_highlights_cover_exactly_the_quotes(browser: Any, report: Path, products: list[ReportProduct]) -> None:
    with watched(browser, report) as page:
        assert page.locator(".card").count() == 50
        for number, product in enumerate(products[:50]):
            assert marked(page, number) == quotes(product), product.id
            titles = page.locator(".card").nth(number).locator(".title").text_content()
            assert titles == product.texts["title"]


def test_offsets_are_code_points_and_spans_may_nest_overlap_and_touch(browser: Any, tmp_path: Path) -> None:
    text = "🧵🧵深蓝色 👩‍👩‍👧 deep navy cotton 𠮷 shirt"
    spots = [("🧵深蓝", "a"), ("深蓝色", "b"), ("蓝", "c"), ("👩‍👩‍👧", "d"), ("deep navy cotton", "e"), ("navy", "f")]
    spots += [("navy cotton 𠮷", "g"), ("shirt", "h"), ("navy", "i"), ("色 ", "j"), (text, "k")]
    tags = []
    for quote, attribute in spots:
        start = text.index(quote)
        evidence = [{"field": "title", "start": start, "end": start + len(quote), "quote": quote}]
        tags.append({"attribute": attribute, "value": quote, "confidence": 0.9, "status": "auto", "source": "t", "evidence": evidence})
    product = ReportProduct(id="1", texts={"title": text}, tags=tags)
    write_report(tmp_path / "r.html", [product])
    with watched(browser, tmp_path / "r.html") as page:
        assert marked(page, 0) == quotes(product)
        assert page.locator(".title").text_content() == text
        page.locator(".tag").nth(5).click()
        assert page.locator(".detail").text_content().count(f"{text.index('navy')}–{text.index('navy') + 4}") == 1


def test_tag_and_words_light_each_other_up(browser: Any, report: Path, products: list[ReportProduct]) -> None:
    with watched(browser, report) as page:
        card = page.locator(".card").first
        number = next(n for n, tag in enumerate(products[0].tags) if tag["attribute"] == "color")
        button = card.locator(f'.tag[data-tag="{number}"]')
        button.hover()
        assert set(card.locator("mark.on").all_text_contents()) == {item["quote"] for item in products[0].tags[number]["evidence"]}
        page.mouse.move(2, 2)
        assert card.locator("mark.on").count() == 0
        card.locator(f'.title mark[data-tags="{number}"]').hover()
        assert card.locator(".tag.on").evaluate_all("tags => tags.map((tag) => tag.dataset.tag)") == [str(number)]
        page.mouse.move(2, 2)
        button.focus()
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert "lexicon@1" in card.locator(".detail").text_content()
        page.keyboard.press("Escape")
        assert button.get_attribute("aria-pressed") == "false"
        assert card.locator(".detail").is_hidden()


def test_inferred_tags_say_why(browser: Any, report: Path) -> None:
    with watched(browser, report) as page:
        page.locator(".tag.hollow").first.click()
        assert "极简" in page.locator(".detail:visible").text_content()
        assert page.locator(".card.lit").first.locator("mark.on").count() == 0


def expected(products: list[ReportProduct], **wanted: str) -> int:
    return sum(any(all(tag[key] == value for key, value in wanted.items()) for tag in product.tags) for product in products)


def shown(page: Any) -> int:
    digits = "".join(character for character in page.locator("#found").text_content().split("product")[0] if character.isdigit())
    return int(digits or 0)


def test_filters(browser: Any, report: Path, products: list[ReportProduct]) -> None:
    with watched(browser, report) as page:
        assert shown(page) == 64
        page.get_by_role("button", name="Review", exact=True).click()
        assert shown(page) == expected(products, status="review")
        page.get_by_label("Attribute").select_option("function")
        assert shown(page) == expected(products, status="review", attribute="function")
        page.get_by_role("button", name="Any", exact=True).first.click()
        page.get_by_label("Find a value").fill("防")
        page.locator("#values").get_by_text("Windproof").click()
        assert shown(page) == expected(products, attribute="function", value="windproof")
        page.get_by_label("Products without it").check()
        assert shown(page) == 64 - expected(products, attribute="function")
        page.get_by_role("button", name="Clear filters").click()
        page.get_by_role("button", name="English", exact=True).last.click()
        assert shown(page) == sum(product.language == "en" for product in products)
        page.get_by_role("button", name="Clear filters").click()
        page.get_by_label("Search text").fill("SKU-10481")
        assert shown(page) == 1
        page.get_by_label("Search text").fill("ＮＡＶＹ")
        assert shown(page) == expected(products, value="navy")
        page.get_by_label("Search text").fill("nothing has this")
        assert page.locator("#found").text_content() == "Nothing here matches these filters."


def wait_for_ids(page: Any, ids: list[str]) -> None:
    """Cards are drawn in the page's own time."""
    from playwright.sync_api import expect

    expect(page.locator(".card .id")).to_have_text(ids)


def test_pages(browser: Any, report: Path, products: list[ReportProduct]) -> None:
    with watched(browser, report) as page:
        page.get_by_role("button", name="Next").click()
        wait_for_ids(page, [product.id for product in products[50:]])
        assert page.locator(".card .id").all_text_contents() == [product.id for product in products[50:]]
        assert page.get_by_role("button", name="Next").is_disabled()
        page.keyboard.press("/")
        page.keyboard.type("SKU-10480")
        wait_for_ids(page, ["SKU-10480"])
        assert page.locator(".card .id").all_text_contents() == ["SKU-10480"]
        page.keyboard.press("Tab")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.className") == "card"


def test_charts_lead_to_products(browser: Any, report: Path, products: list[ReportProduct]) -> None:
    with watched(browser, report) as page:
        row = page.locator('.coverage [data-attribute="color"]')
        share = expected(products, attribute="color") / 64
        assert row.locator(".num").text_content() == f"{share:.0%}"
        row.click()
        page.get_by_role("button", name="Navy").first.click()
        assert shown(page) == expected(products, attribute="color", value="navy")
        assert page.evaluate("document.activeElement.id") == "products"


def test_what_trained_taggers_promise_is_said(browser: Any, tmp_path: Path, products: list[ReportProduct]) -> None:
    curves = [
        TaggerCurve(kind="before", error=0.081, points=[(0.1, 1.0), (0.5, 0.97), (1.0, 0.86)]),
        TaggerCurve(kind="after", error=0.012, points=[(0.1, 1.0), (0.5, 0.98), (1.0, 0.86)]),
    ]
    asked: dict[str, Any] = {"precision": 0.95, "confidence": 0.9}
    kept = TaggerPromise(tagger="clothes", **asked, judged=1175, threshold=0.93, share=0.69, curves=curves)
    never = TaggerPromise(tagger="<b>shoes</b>", **asked, judged=60, curves=curves[:1])
    each = TaggerPromise(tagger="bags", **asked, judged=400, attributes=(3, 8), curves=[TaggerCurve(kind="before", error=0.0, points=[])])
    write_report(tmp_path / "r.html", products, facts=RunFacts(promises=[kept, never, each]))
    with watched(browser, tmp_path / "r.html") as page:
        said = page.locator(".promise").all_text_contents()
        assert "at least 95% of its published tags are right: those from 0.93 on, 69% of 1,175 judged ones" in said[0]
        assert "off by 8.1%" in said[0] and "1.2% since" in said[0]
        assert "<b>shoes</b>" in said[1] and "none of its tags is published unseen" in said[1]
        assert "3 of 8 attributes" in said[2]
        assert [panel.locator("polyline").count() for panel in page.locator(".promise").all()] == [2, 1, 0]
        page.get_by_role("button", name="中文").click()
        assert "1,175 个标签的 69%" in page.locator(".promise").first.text_content()
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_language_switch_and_default(browser: Any, report: Path) -> None:
    with watched(browser, report, locale="zh-CN") as page:
        assert page.locator("h1").text_content().startswith("64 件商品")
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        assert "类目" in page.locator(".card").first.locator("dt").all_text_contents()
        page.get_by_role("button", name="English", exact=True).click()
        assert page.locator("h1").text_content().endswith("ready to publish.")
        assert "Category" in page.locator(".card").first.locator("dt").all_text_contents()
        page.reload()
        assert page.evaluate("document.documentElement.lang") == "en", "the choice is remembered"


def test_hostile_markup_is_shown_and_never_run(browser: Any, tmp_path: Path) -> None:
    evil = '</script><script>window.pwned=1;alert(1)</script><img src=x onerror="window.pwned=1"><svg onload=alert(1)>\'"&amp;\u2028'
    item = {"field": "title", "start": 0, "end": len(evil), "quote": evil}
    reason = {"inference": evil, "reason": evil}
    tag = {"attribute": evil, "value": evil, "label": {"en": evil}, "confidence": 0.5, "status": evil, "source": evil}
    tag["evidence"] = [item, reason]
    proto = {"attribute": "__proto__", "value": "constructor", "confidence": 2, "status": "auto", "evidence": []}
    texts = {"title": evil, evil: evil, "__proto__": "x"}
    product = ReportProduct(id=evil, texts=texts, language=evil, category=evil, tags=[tag, proto], duplicate_of=evil)
    facts = RunFacts(catalogue=evil, taggers=[evil], attributes={evil: {"en": evil}}, columns={evil: evil}, details={evil: evil})
    write_report(tmp_path / "r.html", [product], facts=facts, rejects=[ReportReject(row=1, reason=evil, cure=evil, raw=evil)])
    with watched(browser, tmp_path / "r.html") as page:
        for button in page.locator(".tag").all():
            button.click()
        page.get_by_label("Attribute").select_option(index=1)
        page.locator(".coverage button.row").first.click()
        page.get_by_role("button", name="中文").click()
        assert page.evaluate("window.pwned") is None
        assert page.locator("img").count() == 0
        assert page.locator(".title").text_content() == evil
        assert page.locator(".card .id").text_content() == evil


def test_sample_is_said_and_rejects_and_duplicates_are_listed(browser: Any, tmp_path: Path, products: list[ReportProduct]) -> None:
    rows = [ReportReject(row=n, reason="no text", cure="add one", raw="{}") for n in range(250)]
    write_report(tmp_path / "r.html", products, sample=20, rejects=rows)
    with watched(browser, tmp_path / "r.html") as page:
        assert page.locator("#sample-note").text_content().startswith("A random sample: 20 of 64 products")
        assert page.locator("h1").text_content().startswith(f"{sum(len(product.tags) for product in products)} tags on 64")
        assert page.locator("#rejects tbody tr").count() == 200
        assert "250 rows" in page.locator("#rejects .note").text_content()
        assert page.locator("#duplicates tbody tr").count() == 3


@pytest.mark.parametrize("stream", ["nothing", "no tags"])
def test_an_empty_run_is_a_page_too(browser: Any, tmp_path: Path, stream: str) -> None:
    products = [] if stream == "nothing" else [ReportProduct(id="1", texts={})]
    write_report(tmp_path / "r.html", products)
    with watched(browser, tmp_path / "r.html") as page:
        assert page.locator("h1").text_content() == f"No tags on {len(products)} products."
        assert page.locator(".card").count() == len(products)


@pytest.mark.parametrize("width", [360, 820, 1300])
def test_nothing_sticks_out_sideways(browser: Any, report: Path, width: int) -> None:
    with watched(browser, report, viewport={"width": width, "height": 800}) as page:
        page.locator(".tag").nth(3).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def contrast(page: Any, selector: str) -> float:
    """WCAG 2 contrast of the element's colour against the nearest opaque ground, the colours resolved by a canvas."""
    return page.evaluate(
        """(selector) => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
          const context = canvas.getContext('2d', {willReadFrequently: true});
          const rgba = (color) => { context.clearRect(0, 0, 1, 1); context.fillStyle = color; context.fillRect(0, 0, 1, 1);
            return context.getImageData(0, 0, 1, 1).data; };
          const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          let node = document.querySelector(selector);
          const ink = light(rgba(getComputedStyle(node).color));
          while (rgba(getComputedStyle(node).backgroundColor)[3] < 255) node = node.parentElement;
          const ground = light(rgba(getComputedStyle(node).backgroundColor));
          return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        }""",
        selector,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(browser: Any, report: Path, scheme: str) -> None:
    with watched(browser, report, color_scheme=scheme) as page:
        places = ["h1 em", ".note", ".eyebrow", "mark", ".tag.published .value", ".tag.review .conf"]
        places += [".tags dt", ".row .num", "#nav a", ".switch button"]
        poor = {place: round(contrast(page, place), 2) for place in places if contrast(page, place) < 4.5}
        assert poor == {}
