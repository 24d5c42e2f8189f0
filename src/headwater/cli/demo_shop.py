"""The shop of the demonstration: a workspace of its own on the same server."""

from pathlib import Path
from typing import Any

from headwater.cli.private_server import PrivateServer, free_port
from headwater.cli.private_shop import PrivateShop

VISITORS = 40
# The shop stands before the server, as a site that passes on who asks does; and short links keep
# their visitors, which a merchant has to want.
FOR_A_SHOP = {
    "HEADWATER_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    "HEADWATER_EDGE_VISITOR_COOKIE": "true",
}


class ShopOfDemo:
    def __init__(self, server: PrivateServer, data: Path) -> None:
        self._server, self._data = server, data
        self._shop: PrivateShop | None = None
        self.link = self.landing = self.secret = ""

    @property
    def runs(self) -> bool:
        return self._shop is not None and self._shop.runs

    def start(self) -> None:
        from headwater.shop import LINKS, Settings

        made = self._server.make("shop", LINKS)
        file = self._data / "shop.sqlite"
        for each in self._data.glob("shop.sqlite*"):
            each.unlink()
        settings = Settings(
            server=self._server.port,
            port=free_port(),
            secret_key=made["secret_key"],
            publishable_key=made["publishable_key"],
            file=file,
        )
        self._shop = PrivateShop(settings, self._data / "shop.log")
        self._shop.start()
        self.landing, self.secret = settings.landing, settings.secret_key

    def visited(self, seed: int) -> dict[str, Any]:
        """Expected and recorded, with every difference."""
        from headwater.cli.progress import progress
        from headwater.shop import compared, send_visitors, set_stage

        assert self._shop is not None
        settings = self._shop.settings
        stage = set_stage(settings)
        self.link = stage.links["link"]
        with progress() as report:
            done = 0

            def one_more() -> None:
                nonlocal done
                done += 1
                report("visitors of the shop", done, VISITORS)

            people = send_visitors(settings, stage.links, seed, VISITORS, one_more)
        return compared(settings, stage, people)

    def stop(self) -> None:
        if self._shop is not None:
            self._shop.stop()
