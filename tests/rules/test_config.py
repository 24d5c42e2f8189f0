"""Settings: file, environment, command line, and the combinations that are refused."""

import pytest

from headwater.config import ConfigError, Overrides, load


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch, tmp_path):
    import os

    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(tmp_path, text):
    (tmp_path / "headwater.toml").write_text(text)
    return Overrides(data=str(tmp_path))


def test_the_defaults_are_whole():
    config = load()
    assert config.server.port == 8787
    assert config.public_url == "http://127.0.0.1:8787"
    assert config.store.database == ""
    assert config.edge.uncounted == {"bot", "preview", "prefetch"}
    assert not config.egress.allow_private


def test_environment_over_file_over_defaults(tmp_path, monkeypatch):
    overrides = write(tmp_path, '[server]\nport = 9001\nhost = "0.0.0.0"\n')
    assert load(overrides).server.port == 9001
    monkeypatch.setenv("HEADWATER_SERVER_PORT", "9002")
    assert (load(overrides).server.port, load(overrides).server.host) == (9002, "0.0.0.0")


def test_the_command_line_over_everything(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADWATER_SERVER_PORT", "9002")
    monkeypatch.setenv("HEADWATER_STORE_DATABASE", "postgresql://elsewhere/db")
    config = load(Overrides(data=str(tmp_path), port=9003))
    assert config.server.port == 9003
    assert config.store.database == "", "--data asks for the embedded store"


def test_a_file_may_be_named(tmp_path, monkeypatch):
    path = tmp_path / "other.toml"
    path.write_text("[delivery]\nclick_batch_s = 1.5\n")
    monkeypatch.setenv("HEADWATER_CONFIG", str(path))
    assert load().delivery.click_batch_s == 1.5


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DELIVERY_SCHEDULE_S", "0.2,1,5", (0.2, 1, 5)),
        ("DELIVERY_SCHEDULE_S", "[1, 2]", (1, 2)),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16", ("10.0.0.0/8", "192.168.0.0/16")),
        ("EDGE_UNCOUNTED", "bot", {"bot"}),
        ("DOMAINS_TARGET", "links.acme.test, 2001:db8::7", ("links.acme.test", "2001:db8::7")),
        ("DOMAINS_RESOLVERS", "192.0.2.53:5353,[::1]:53", ("192.0.2.53:5353", "[::1]:53")),
        ("EDGE_VISITOR_COOKIE", "true", True),
        ("SERVER_PUBLIC_URL", "https://api.acme.test", "https://api.acme.test"),
    ],
)
def test_lists_and_words_from_the_environment(monkeypatch, name, text, value):
    monkeypatch.setenv(f"HEADWATER_{name}", text)
    section, _, setting = name.lower().partition("_")
    assert getattr(getattr(load(), section), setting) == value


REFUSED = [
    ("[delivery]\nlease_s = 10\ntimeout_s = 6", "twice delivery.timeout_s"),
    ("[delivery]\nschedule_s = []", "delivery.schedule_s needs"),
    ("[delivery]\nschedule_s = [5, -1]", "delivery.schedule_s needs"),
    ('[server]\ntrusted_proxies = ["10.0.0.0/99"]', "which is no network"),
    ('[server]\ntrusted_proxies = ["proxy.test"]', "which is no network"),
    ('[edge]\nuncounted = ["human"]', "edge.uncounted names"),
    ('[server]\npublic_url = "api.acme.test"', "server.public_url must be a URL"),
    ('[server]\nport = "many"', "wrong form"),
    ("[server]\nprot = 1", "There is no setting server.prot"),
    ("[servre]\nport = 1", "There is no section [servre]"),
    ("server = 5", "There is no section [server]"),
    ("[server", "is not valid TOML"),
    ('[domains]\nresolvers = ["ns.acme.test"]', "domains.resolvers has 'ns.acme.test'"),
    ('[domains]\nresolvers = ["192.0.2.53:0"]', "domains.resolvers has '192.0.2.53:0'"),
    ('[domains]\ntarget = ["https://links.acme.test"]', "neither a host name nor an address"),
    ('[domains]\ntarget = ["Links.acme.test."]', "in lower case"),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_cannot_be_right_is_refused_with_a_sentence(tmp_path, text, sentence):
    with pytest.raises(ConfigError) as refused:
        load(write(tmp_path, text))
    assert sentence in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_file_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADWATER_CONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match="Give it to the user headwater runs as"):
        load()
    (tmp_path / "headwater.toml").write_bytes(b"[server]\n# \xff\n")
    monkeypatch.delenv("HEADWATER_CONFIG")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load(Overrides(data=str(tmp_path)))


def test_a_named_file_that_is_missing_is_refused(monkeypatch):
    monkeypatch.setenv("HEADWATER_CONFIG", "/nowhere/headwater.toml")
    with pytest.raises(ConfigError, match="does not exist"):
        load()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SERVER_PROT", "SERVER_PORT"),
        ("SEVER_PORT", "SERVER_PORT"),
        ("PORT", "SERVER_PORT"),
        ("DATABASE_URL", "STORE_DATABASE"),
        ("EDGE_TIMEOUT_MS", "EDGE_WRITE_TIMEOUT_MS"),
        ("DELIVERY_LEASE_MS", "DELIVERY_LEASE_S"),
        ("CONFG", "CONFIG"),
        ("STORE_DATABASES", "STORE_DATABASE"),
    ],
)
def test_a_variable_nobody_reads_is_refused_with_the_nearest(monkeypatch, name, nearest):
    monkeypatch.setenv(f"HEADWATER_{name}", "1")
    with pytest.raises(ConfigError) as refused:
        load()
    said = str(refused.value)
    assert said.startswith(f"HEADWATER_{name} is set in the environment")
    assert f"the nearest is HEADWATER_{nearest}. " in said


def test_variables_of_others_are_none_of_our_business(monkeypatch):
    """A service named headwater makes the last four in every pod of a Kubernetes cluster."""
    monkeypatch.setenv("HEADWATER_SERVICE_HOST", "10.0.0.7")
    monkeypatch.setenv("HEADWATER_API_SERVICE_PORT_HTTP", "80")
    monkeypatch.setenv("HEADWATER_PORT", "tcp://10.0.0.7:80")
    monkeypatch.setenv("HEADWATER_PORT_80_TCP_ADDR", "10.0.0.7")
    monkeypatch.setenv("HEADWATERS_PORT", "1")
    monkeypatch.setenv("SERVER_PROT", "1")
    load()
