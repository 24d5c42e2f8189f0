"""What a process holds: opened once, closed once. For the rims only."""

from dataclasses import dataclass
from pathlib import Path

from headwater import workspace
from headwater.attribution import ClickIds
from headwater.avatars import Keeping, Shelf, ShelfError, open_shelf
from headwater.config import Config, ConfigError
from headwater.consequences import Settings
from headwater.db import Database, open_database
from headwater.kit.clock import HOUR_US, Clock, SystemClock
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy, SystemEntropy
from headwater.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    config: Config
    clock: Clock
    entropy: Entropy
    db: Database
    settings: Settings
    click_key: bytes

    def context(self, of: Workspace) -> Context:
        """One `now` for everything a request does; a sandbox's is ahead."""
        return Context(
            workspace_id=of.id,
            now_us=self.clock.now_us() + of.ahead_us,
            entropy=self.entropy,
            ahead_us=of.ahead_us,
        )

    def close(self) -> None:
        self.db.close()


def open_app(config: Config, *, owner: bool, create: bool = True, vfs: str | None = None) -> App:
    """Open the store (migrating it) and the key click ids are made with."""
    clock, entropy = SystemClock(), SystemEntropy()
    database = open_database(
        data=Path(config.store.data),
        url=config.store.database,
        now_us=clock.now_us(),
        owner=owner,
        create=create,
        vfs=vfs,
    )
    click_key = database.write_now(workspace.click_keys, entropy)
    settings = Settings(
        click_ids=ClickIds(click_key),
        direct_sale_parity=config.tracking.direct_sale_parity,
        patience_us=config.tracking.patience_hours * HOUR_US,
        api_url=config.public_url,
    )
    return App(
        config=config,
        clock=clock,
        entropy=entropy,
        db=database,
        settings=settings,
        click_key=click_key,
    )


def shelf_of(config: Config) -> Shelf:
    """Where pictures are kept; ConfigError where that cannot be."""
    settings = config.avatars
    keeping = Keeping(
        directory=settings.directory or str(Path(config.store.data) / "avatars"),
        bucket=settings.bucket,
        endpoint=settings.endpoint,
        region=settings.region,
    )
    try:
        return open_shelf(keeping)
    except ShelfError as error:
        raise ConfigError(f"Pictures cannot be kept: {error}.") from error
