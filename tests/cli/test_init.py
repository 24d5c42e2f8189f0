"""`headwater init`: makes a workspace once, and says what it cannot make."""

import json
from dataclasses import replace
from typing import Any

import pytest

from headwater import links, workspace
from headwater.kit.problems import Problem
from headwater.runtime import App
from headwater.workspace import Setup
from tests.support import DOMAIN, Store, run


def init(store: Store, *more: str, slug: str = "acme", domain: str = DOMAIN) -> Any:
    return run("init", *store.arguments, "--workspace", slug, "--domain", domain, *more)


def test_a_workspace_is_made_once_and_its_keys_are_shown_once(store: Store) -> None:
    first = init(store, "--json")
    assert first.returncode == 0, first.stderr
    made = json.loads(first.stdout)
    assert made["created"] is True
    assert (made["workspace"]["slug"], made["domain"]) == ("acme", DOMAIN)
    assert made["secret_key"].startswith("hw_sk_")
    assert made["publishable_key"].startswith("hw_pk_")
    again = init(store, "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == {
        "created": False,
        "workspace": made["workspace"],
        "domain": DOMAIN,
    }
    told = init(store)
    assert "Nothing was changed" in told.stdout
    assert "hw_sk_" not in told.stdout
    other = init(store, domain="go.elsewhere.test")
    assert (other.returncode, other.stdout) == (2, "")
    assert "exists, without the domain go.elsewhere.test" in other.stderr
    taken = init(store, slug="other")
    assert taken.returncode == 2
    assert "already belongs to another workspace" in taken.stderr


def test_a_domain_from_before_root_links_gets_one_when_init_runs_again(app: App) -> None:
    setup = Setup(slug="acme", domain=DOMAIN)
    made = app.db.write_now(workspace.initialise, setup, 0, app.entropy)
    for _ in range(2):
        again = app.db.write_now(links.initialise, setup, 0, app.entropy)
        assert (again.created, again.workspace) == (False, made.workspace)
    (root,) = app.db.read_now(links.page, made.workspace.id, links.LinkFilter())
    assert (root.key, root.url, root.short_link) == ("_root", "", f"https://{DOMAIN}")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_sandbox_is_one_from_the_beginning_or_never_and_its_keys_say_so(app: App) -> None:
    def make(setup: Setup) -> Any:
        return app.db.write_now(links.initialise, setup, 0, app.entropy)

    lab = Setup(slug="lab", domain="go.lab.test", sandbox=True)
    made = make(lab)
    assert made.secret_key.startswith("hw_sk_sandbox_")
    assert made.publishable_key.startswith("hw_pk_sandbox_")
    assert make(lab).workspace == made.workspace
    with pytest.raises(Problem, match="It is a sandbox: make another workspace"):
        make(replace(lab, sandbox=False))
    other, key = replace(lab, slug="x", domain="go.x.test"), "hw_pk_" + "a" * 24
    with pytest.raises(Problem, match="The key of a sandbox begins hw_pk_sandbox_"):
        make(replace(other, publishable_key=key))
    with pytest.raises(Problem, match="that of a live workspace does not"):
        make(replace(other, sandbox=False, publishable_key=key.replace("pk_", "pk_sandbox_")))


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_init_would_not_change_is_refused_with_a_sentence(store: Store) -> None:
    key = "dub_pk_" + "a" * 24
    assert init(store, "--publishable-key", key, "--allow-host", "acme.com").returncode == 0
    same = init(
        store, "--publishable-key", key, "--allow-host", "acme.com", "--click-param", "dub_id"
    )
    assert same.returncode == 0, same.stderr
    for option, value, sentence in (
        ("--click-param", "hw_id", "Its click parameter is dub_id, not hw_id"),
        ("--allow-host", "shop.test", "whose pages may report are acme.com"),
        ("--publishable-key", "hw_pk_" + "b" * 24, "Its publishable key is another"),
    ):
        refused = init(store, option, value)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert sentence in refused.stderr


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("options", "param"),
    [
        ((), "hw_id"),
        (("--publishable-key", "dub_pk_" + "c" * 24), "dub_id"),
        (("--publishable-key", "dub_pk_" + "c" * 24, "--click-param", "ref"), "ref"),
    ],
)
def test_pages_that_bring_their_key_find_the_click_id_under_its_old_name(
    store: Store, options: tuple[str, ...], param: str
) -> None:
    assert init(store, *options).returncode == 0
    assert init(store, "--click-param", param).returncode == 0, "that is what it has"
    assert init(store, "--click-param", "other").returncode == 2


def test_in_words_it_says_what_to_do_next(store: Store) -> None:
    told = init(store, domain=DOMAIN.upper())
    assert told.returncode == 0
    assert f"Made the workspace acme with domain {DOMAIN}." in told.stdout
    assert "headwater serve" in told.stdout


BAD = [
    ({"slug": "Acme!"}, "A workspace slug is"),
    ({"slug": ""}, "A workspace slug is"),
    ({"domain": "localhost"}, "cannot serve short links"),
    ({"domain": "127.0.0.1"}, "cannot serve short links"),
    ({"domain": "go.acme.test:8787"}, "cannot serve short links"),
    ({"domain": "https://go.acme.test"}, "cannot serve short links"),
]


@pytest.mark.parametrize(("names", "sentence"), BAD)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_cannot_be_made_is_refused_with_a_sentence(
    store: Store, names: dict[str, str], sentence: str
) -> None:
    refused = init(store, "--json", **names)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--currency", "euro"), "three lower-case letters"),
        (("--click-param", "a b"), "such as"),
        (("--click-param", "gclid"), "click id of google"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_currency_and_parameter_are_checked(
    store: Store, option: tuple[str, str], sentence: str
) -> None:
    refused = init(store, *option)
    assert refused.returncode == 2
    assert sentence in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("verify",), {"HEADWATER_SERVER_PORT": "many"}),
        (("serve",), {"HEADWATER_DELIVERY_LEASE_S": "1"}),
        (("explain", "rcp_none"), {}),
        (("verify", "--nonsense"), {}),
        (("nonsense",), {}),
    ],
)
def test_a_command_that_cannot_run_says_why(
    tmp_path: Any, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    place = () if arguments == ("nonsense",) else ("--data", str(tmp_path / "data"))
    done = run(*arguments, *place, env=env)
    assert done.returncode not in (0, None)
    assert done.stderr.strip() or done.stdout.strip()
    assert "Traceback" not in done.stderr
