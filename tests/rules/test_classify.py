"""What kind of visit a request is, from what it says of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.attribution import HitClass, classify

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (CHROME, "human"),
        (IPHONE, "human"),
        (GOOGLEBOT, "bot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bot"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "preview"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "preview"),
        ("curl/8.5.0", "script"),
        ("python-requests/2.32.3", "script"),
        ("", "script"),
        ("Googlebot", "bot"),
        ("yandexbot", "bot"),
        ("MyCrawler", "bot"),
        ("Scrapy/2.11", "bot"),
        ("Acme Uptime check", "bot"),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT X30) Chrome/88.0 Mobile Safari/537.36", "human"),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT_P30) Chrome/88.0 Mobile Safari/537.36", "human"),
        ("Mozilla/5.0 (Linux; Android 9; Cubot) Chrome/88.0 Mobile Safari/537.36", "human"),
    ],
)
def test_agents(agent, kind):
    assert classify(agent, "").hit_class == kind


def test_the_reason_says_what_gave_it_away():
    assert "Googlebot" in classify(GOOGLEBOT, "").reason
    assert classify("", "").reason == "no_agent"


@pytest.mark.parametrize(
    "purpose",
    ["prefetch", "prefetch;prerender", "Prefetch", "preview", "prefetch;anonymous-client-ip"],
)
def test_browsers_that_fetch_ahead(purpose):
    assert classify(CHROME, purpose).hit_class is HitClass.PREFETCH


def test_a_purpose_we_do_not_know_is_a_visit():
    assert classify(CHROME, "navigation").hit_class is HitClass.HUMAN


def test_a_crawler_that_fetches_ahead_is_a_crawler():
    assert classify(GOOGLEBOT, "prefetch").hit_class is HitClass.BOT


@given(st.text(max_size=300), st.text(max_size=50))
def test_every_agent_is_of_some_kind(agent, purpose):
    found = classify(agent, purpose)
    assert found.hit_class in HitClass
    assert found.reason
    assert found == classify(agent, purpose)
