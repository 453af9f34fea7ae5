"""The built documentation in a browser: no errors, no network, links that lead on.

Needs docs/_build/html (see CONTRIBUTING.md), selenium and Debian's chromium with its
driver; skipped without them.
"""

import functools
import http.server
import json
import re
import shutil
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).resolve().parents[1] / "docs" / "_build" / "html"
BROWSER, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
PAGES = [
    "index.html",
    "choose.html",
    "api.html",
    "measured.html",
    "auto_examples/index.html",
    "user_guide/densities.html",
    "user_guide/pu_learning.html",
    "user_guide/large.html",
    "generated/skgen.pu.PUGANClassifier.html",
]
pytestmark = [
    pytest.mark.skipif(not SITE.is_dir(), reason="needs the built documentation"),
    pytest.mark.slow,
]


def written():
    """Pages, without the templates of the theme."""
    return [p for p in SITE.rglob("*.html") if "_static" not in p.parts]


class Links(HTMLParser):
    """Targets of links and images, and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.add(found.get("id"))
        key = {"a": "href", "img": "src", "script": "src", "link": "href"}.get(tag)
        if found.get(key):
            self.targets.add(found[key])


@pytest.fixture(scope="module")
def pages():
    return {p: Links(p.read_text("utf-8")) for p in written()}


def test_links_within_the_site_lead_somewhere(pages):
    assert len(pages) > 100
    broken = []
    for page, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            there = page
            if parts.path:
                there = (page.parent / unquote(parts.path)).resolve()
            if not there.exists():
                broken.append((page.name, target))
            elif there in pages and parts.fragment:
                if unquote(parts.fragment) not in pages[there].anchors:
                    broken.append((page.name, target))
    assert broken == []


def test_no_page_asks_the_network_for_scripts_or_styles():
    wanted = re.compile(
        r"<(?:script|img|link rel=\"stylesheet\")[^>]*(?:src|href)=\"http"
    )
    found = [p.name for p in written() if wanted.search(p.read_text("utf-8"))]
    assert found == []


# -- in the browser --------------------------------------------------------------------


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not (BROWSER and DRIVER):
        pytest.skip("needs chromium and chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "window-size=1280,1000",
        f"user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(120)
    yield driver
    driver.quit()


def wait_for(browser, script):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 60).until(lambda b: b.execute_script(script))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_errors_and_without_network(browser, address, page):
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(f"{address}/{page}")
    if browser.execute_script("return !!document.querySelector('.math')"):
        wait_for(browser, "return document.querySelector('mjx-container')")
    errors = [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert errors == []
    asked = {
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    }
    own = (address, "data:", "blob:", "chrome:")  # the last is its first tab
    elsewhere = {url for url in asked if not url.startswith(own)}
    assert asked and elsewhere == set()
    # Every picture of the page is there.
    assert browser.execute_script(
        "return [...document.images].every(i => !i.complete || i.naturalWidth > 0)"
    )


def test_search_finds_an_estimator(browser, address):
    browser.get(f"{address}/search.html?q=PUGANClassifier")
    wait_for(browser, "return document.querySelector('#search-results li a')")
    found = browser.find_elements("css selector", "#search-results li a")
    assert any("PUGANClassifier" in link.text for link in found)


CONTRAST = """
    const shade = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(v => {
            v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        });
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const behind = e => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c;
        }
        return 'rgb(255, 255, 255)';
    };
    const words = 'article p, article td, article li, article h1, article code, '
        + 'article .sd-card-text, article .sd-card-title';
    return [...document.querySelectorAll(words)].filter(e => e.innerText.trim())
        .map(e => {
            const a = shade(getComputedStyle(e).color), b = shade(behind(e));
            return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05),
                    e.innerText.slice(0, 40)];
        });
"""


@pytest.mark.parametrize("page", ["index.html", "choose.html", "measured.html"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_in_both_themes(browser, address, page, theme):
    browser.get(f"{address}/{page}")
    browser.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
    found = browser.execute_script(CONTRAST)
    # The ratio that WCAG asks of ordinary text.
    assert len(found) > 10 and [w for w in found if w[0] < 4.5] == []
