"""The report as a real browser shows it: three widths, light and dark, on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.reports.browser import chromium, printed, show

WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run whose names are as long as they come."""
    cli = Cli(tmp_path_factory.mktemp("pages"))
    config = {"name": "a" * 64, "data": {"source": "wine"}, "network": {"hidden": [8]}}
    cli.train({**config, "training": {"epochs": 3}})
    assert cli("report", "latest", "-o", "out.html").code == 0
    return cli.folder / "out.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_screen_and_says_the_verdict_on_it(
    browser: Any, page: Path, width: int, scheme: str
):
    show(browser, page, width, scheme)
    run = browser.execute_script
    assert run("return document.documentElement.scrollWidth") <= width
    verdict = run("return document.querySelector('#verdict-title').getBoundingClientRect()")
    assert 0 <= verdict["top"] < 800
    assert verdict["left"] >= 0
    assert verdict["right"] <= width
    headings = run("return [...document.querySelectorAll('h1, h2')].map(h => h.innerText)")
    assert headings[0] == "a" * 64
    assert "Where it errs, on dev" in headings
    assert run("return [...document.querySelectorAll('figure svg')].every(s => s.clientHeight > 50)")
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_page_by_the_ratio_that_wcag_asks_for(browser: Any, page: Path, scheme: str):
    show(browser, page, 1280, scheme)
    colours = browser.execute_script(
        "return ['body', '.quiet', '#verdict-title', 'summary', 'figure svg text'].map(selector => {"
        "const shown = getComputedStyle(document.querySelector(selector));"
        "return selector.includes('svg') ? shown.fill : shown.color })"
    )
    paper = browser.execute_script("return getComputedStyle(document.querySelector('.card')).backgroundColor")
    # WCAG 2.2, 1.4.3: 4.5 to 1.
    assert min(contrast(colour, paper) for colour in colours) >= 4.5


def test_a_dark_screen_gets_a_dark_page_and_dark_pictures(browser: Any, page: Path):
    shades = {}
    for scheme in ("light", "dark"):
        show(browser, page, 768, scheme)
        shades[scheme] = browser.execute_script(
            "return [getComputedStyle(document.documentElement).backgroundColor, "
            "getComputedStyle(document.querySelector('figure svg text')).fill]"
        )
    assert luminance(shades["light"][0]) > 0.8 > 0.1 > luminance(shades["dark"][0])
    assert luminance(shades["light"][1]) < 0.2 < 0.3 < luminance(shades["dark"][1])


def test_the_keyboard_reaches_the_verdict_first(browser: Any, page: Path):
    from selenium.webdriver.common.keys import Keys

    show(browser, page, 1280)
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("href").endswith("#main")


def test_every_picture_has_words_for_those_who_do_not_see_it(browser: Any, page: Path):
    show(browser, page, 1280)
    labels = browser.execute_script(
        "return [...document.querySelectorAll('figure svg')].map(s => [s.getAttribute('role'), s.ariaLabel])"
    )
    assert len(labels) >= 6
    assert all(role == "img" and label for role, label in labels)


def test_the_page_prints(browser: Any, page: Path):
    show(browser, page, 1280, "dark")
    document = printed(browser)
    assert document.startswith(b"%PDF")
    assert 1 < document.count(b"/Type /Page\n") <= 10


def test_on_paper_the_further_steps_are_there_too(browser: Any, page: Path):
    show(browser, page, 720)
    height = "return document.querySelector('.verdict details').getBoundingClientRect().height"
    on_screen = browser.execute_script(height)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.execute_script(height) > 2 * on_screen
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def luminance(colour: str) -> float:
    """WCAG's relative luminance of a colour such as rgb(1, 2, 3)."""
    parts = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_name_of_a_row_stays_in_sight_while_its_cells_scroll(browser: Any, tmp_path: Path):
    cli = Cli(tmp_path)
    cli.train(
        {"name": "wide", "data": {"source": "digits"}, "network": {"hidden": [8]}, "training": {"epochs": 1}}
    )
    assert cli("report", "latest", "-o", "out.html").code == 0
    show(browser, cli.folder / "out.html", 360)
    before, after, moved = browser.execute_script(
        "const part = document.querySelector('[aria-label=\"Confusion matrix\"]');"
        "const name = part.querySelector('tbody th'); const left = () => name.getBoundingClientRect().left;"
        "const start = left(); part.scrollLeft = 80; return [start, left(), part.scrollLeft]"
    )
    assert moved == 80
    assert after == pytest.approx(before, abs=1)
