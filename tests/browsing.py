"""A real browser on the dashboard: Debian's Chromium, without a screen; what it complains of is collected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, Request, async_playwright

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parents[1]
LAPTOP, PHONE = (1366, 900), (360, 740)
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Visit:
    """One browser window; `complaints` are errors of scripts and console, `foreign` requests to other hosts."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Go to a page of the dashboard."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None

    def at(self, name: str) -> Locator:
        """Return what is marked for tests by this name."""
        return self.page.locator(f'[data-test="{name}"]:visible')

    async def faults(self) -> list[str]:
        """Return what axe finds wrong with the page for people who see, hear or move otherwise."""
        await self.page.evaluate(_axe())
        found: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        return [
            f"{fault['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]

    async def width(self) -> int:
        """Return how wide the page really is: wider than the window means that it scrolls sideways."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))

    def note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def asked(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https", "ws", "wss") and asked.netloc != urlsplit(self.url).netloc:
            self.foreign.append(request.url)


@lru_cache(maxsize=1)
def _axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


@asynccontextmanager
async def browsing(
    url: str, *, size: tuple[int, int] = LAPTOP, dark: bool = False, strict: bool = True, scale: float = 1
) -> AsyncIterator[Visit]:
    """Open a window; at the end nobody may have complained, nor asked another host, when `strict`."""
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        context = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            locale="pt-BR",
            timezone_id="America/Sao_Paulo",
            device_scale_factor=scale,
            has_touch=size is PHONE,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        page = await context.new_page()
        visit = Visit(page, url)
        page.on("console", visit.note)
        page.on("pageerror", lambda error: visit.complaints.append(f"uncaught: {error}"))
        page.on("request", visit.asked)
        try:
            yield visit
        finally:
            await chromium.close()
        if strict:
            assert visit.complaints == []
            assert visit.foreign == []
