"""A fixed pool of about a thousand browser names, so that reading them cannot be cached away."""

from itertools import product

_DESKTOPS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "X11; CrOS x86_64 14541.0.0",
)
_PHONES = (
    "Linux; Android 10; K",
    "Linux; Android 13; Pixel 7",
    "Linux; Android 14; SM-S918B",
    "Linux; Android 14; SM-A546E",
    "Linux; Android 15; Pixel 9",
    "Linux; Android 12; moto g(60)",
)
_IPHONES = ("iPhone; CPU iPhone OS {0} like Mac OS X", "iPad; CPU OS {0} like Mac OS X")
_CHROME_MAJORS = range(96, 146)
_FIREFOX_MAJORS = range(102, 146)
_IOS_VERSIONS = tuple(f"{major}_{minor}" for major in range(14, 19) for minor in range(8))
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


def user_agents() -> tuple[str, ...]:
    """Every browser of the pool, in a fixed order."""
    return (*_chrome_on_desktops(), *_chrome_on_phones(), *_edge(), *_firefox(), *_safari())


def _chrome_on_desktops() -> tuple[str, ...]:
    return tuple(
        f"Mozilla/5.0 ({system}) {_WEBKIT} Chrome/{major}.0.0.0 Safari/537.36"
        for system, major in product(_DESKTOPS, _CHROME_MAJORS)
    )


def _chrome_on_phones() -> tuple[str, ...]:
    return tuple(
        f"Mozilla/5.0 ({phone}) {_WEBKIT} Chrome/{major}.0.0.0 Mobile Safari/537.36"
        for phone, major in product(_PHONES, _CHROME_MAJORS)
    )


def _edge() -> tuple[str, ...]:
    return tuple(
        f"Mozilla/5.0 ({system}) {_WEBKIT} Chrome/{major}.0.0.0 Safari/537.36 Edg/{major}.0.0.0"
        for system, major in product(_DESKTOPS[:3], _CHROME_MAJORS)
    )


def _firefox() -> tuple[str, ...]:
    return tuple(
        f"Mozilla/5.0 ({system}; rv:{major}.0) Gecko/20100101 Firefox/{major}.0"
        for system, major in product(_DESKTOPS[:3], _FIREFOX_MAJORS)
    )


def _safari() -> tuple[str, ...]:
    phones = tuple(
        f"Mozilla/5.0 ({device.format(version)}) {_APPLE_WEBKIT} "
        f"Version/{version.replace('_', '.')} Mobile/15E148 Safari/604.1"
        for device, version in product(_IPHONES, _IOS_VERSIONS)
    )
    applications = tuple(
        f"{phone.rsplit(' Safari', 1)[0]} [FBAN/FBIOS;FBAV/{480 + number}.0.0.30.109]"
        for number, phone in enumerate(phones)
    )
    desktops = tuple(
        f"Mozilla/5.0 ({_DESKTOPS[1]}) {_APPLE_WEBKIT} Version/{major}.{minor} Safari/605.1.15"
        for major, minor in product(range(14, 19), range(7))
    )
    return (*phones, *applications, *desktops)
