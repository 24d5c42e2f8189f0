"""What the tag costs a page (T-128): `python -m tests.browser.cost [TIMES …]`, each how many times
slower the processor is made than it is.

Thread time, so that other work of the machine counts less; it still counts, so nothing else should
run.
"""

import json
import statistics
import sys
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import AGENT, ARGUMENTS, CHROMIUM
from tests.browser.shop import Shop, serve
from tests.browser.test_tag import settled

RUNS = 15
LONG_US = 50_000


def main(rates: list[float]) -> None:
    shop = Shop()
    server = serve(shop)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for rate in rates:
            runs = [landing(browser, shop, rate) for _ in range(RUNS)]
            for name, place in (("evaluated", 0), ("then, in a task of its own,", 1)):
                spent = sorted(run[place] for run in runs)
                print(
                    f"{rate:g} times slower: {name} in {spent[0]:.1f} ms at best,"
                    f" {statistics.median(spent):.1f} in the middle, {spent[-1]:.1f} at worst"
                )
            print(f"{sum(run[2] for run in runs)} long tasks of it in {RUNS} landings")
        browser.close()
    server.shutdown()


def landing(browser: Browser, shop: Shop, rate: float) -> tuple[float, float, int]:
    """Milliseconds of one evaluation with all it sets off at once, those of the longest timer, of
    which the page has none but the tag's, and how many of either were long.
    """
    shop.reset()
    context = browser.new_context(user_agent=AGENT)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.goto(shop.at(shop.page() + "?gclid=1&utm_source=a"))
    settled(page)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    (evaluated,) = [each["tdur"] for each in events if _is_of_the_tag(each)]
    timers = [each.get("tdur", 0) for each in events if each["name"] == "TimerFire"]
    long = sum(each > LONG_US for each in (evaluated, *timers))
    return evaluated / 1000, max(timers) / 1000, long


def _is_of_the_tag(event: dict[str, Any]) -> bool:
    data = event.get("args", {}).get("data") or {}
    return event["name"] == "EvaluateScript" and str(data.get("url")).endswith("/t.js")


if __name__ == "__main__":
    main([float(each) for each in sys.argv[1:]] or [1, 4, 6])
