"""A real Chromium at the live server. Without one the tests skip, saying why; in CI they fail instead."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

# The browser's driver runs an event loop in this thread; the queries of the tests' own set-up are still plain.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _missing(why: str) -> None:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """One browser for all tests."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not os.path.exists(executable):
        _missing(f"no Chromium at {executable}: install it, or set CHROMIUM to where it is")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("the Python package playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, live_server) -> Iterator[Callable]:
    """``open_page(width=…, language=…, scheme=…)`` gives a page of a fresh visitor, with what the browser
    complained about (refused scripts and styles, script errors) in ``page.complaints``."""
    contexts = []

    def visit(
        width: int = 1280, height: int = 900, language: str = "zh-hans", scheme: str = "light", **options
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            base_url=live_server.url,
            **options,
        )
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    """A page of a fresh visitor on a desk's screen."""
    return open_page()
