"""`make examples`: tell the story anew and write what the API page shows."""

import json
import tempfile
from pathlib import Path

from tests.examples import EXAMPLES
from tests.examples.story import STORY
from tests.examples.tell import telling
from tests.support import Store

with tempfile.TemporaryDirectory() as folder, telling(Store(Path(folder) / "data")) as teller:
    told = [teller.tell(step) for step in STORY]
EXAMPLES.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
print(f"{len(told)} examples")
