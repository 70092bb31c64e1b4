"""Take the pictures of the documentation: every page of a running service, light and dark, large and small.

Usage: python -m scripts.pictures ADDRESS FOLDER, where ADDRESS is what `ploomes-sync demo` serves.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

CHROMIUM = "/usr/bin/chromium"
LAPTOP, PHONE = {"width": 1366, "height": 860}, {"width": 390, "height": 844}
PAGES = {
    "overview": "/",
    "sync": "/sync",
    "runs": "/runs",
    "products": "/products?q=filtro",
    "changes": "/changes",
    "quarantine": "/quarantine",
    "quality": "/quality",
    "charts": "/charts?range=1h",
    "settings": "/settings",
}
FIRST = {
    "run": ("/runs", 'main a[href^="/runs/"]'),
    "product": ("/products?q=filtro", 'main a[href^="/products/"]'),
}
"""Pages that the first link of another page leads to."""


async def main(address: str, folder: Path) -> None:
    """Take them all."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for dark in (False, True):
            for size, suffix in ((LAPTOP, ""), (PHONE, "-phone")):
                await _take(chromium, address, folder, size, f"{suffix}{'-dark' if dark else ''}")
        await chromium.close()


async def _take(chromium: Browser, address: str, folder: Path, size: dict[str, int], suffix: str) -> None:
    context = await chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if "dark" in suffix else "light",
        locale="pt-BR",
        timezone_id="America/Sao_Paulo",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    places = dict(PAGES)
    for name, (path, link) in FIRST.items():
        await page.goto(address + path)
        href = await page.locator(link).first.get_attribute("href")
        if href is None:
            raise SystemExit(f"{path} shows nothing to open: sync first")
        places[name] = href
    for name, path in places.items():
        await page.goto(address + path)
        # Parts that load beside the page, and the typeface, shall be in the picture.
        await page.evaluate("document.fonts.ready")
        await page.wait_for_timeout(700)
        await page.screenshot(path=folder / f"{name}{suffix}.png")
    await context.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004 - two arguments
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1].rstrip("/"), Path(sys.argv[2])))
