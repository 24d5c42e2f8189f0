"""Settings: defaults, the operator's file, the environment, the command line."""

from headwater.config.load import NAMED_FILE, PREFIX, Overrides, handed, load
from headwater.config.model import Config, ConfigError, Store

__all__ = ["NAMED_FILE", "PREFIX", "Config", "ConfigError", "Overrides", "Store", "handed", "load"]
