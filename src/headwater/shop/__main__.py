"""`python -m headwater.shop`: the settings come as JSON on standard input."""

import json
import sys
from pathlib import Path

from headwater.shop.run import serve
from headwater.shop.settings import Settings

given = json.loads(sys.stdin.read())
serve(Settings(**{**given, "file": Path(given["file"])}))
