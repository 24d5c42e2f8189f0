"""What an address says about where its visitor comes from. Standard library only: the server and
`headwater.client` read addresses by the same table, and the browser is handed it.
"""

from headwater.landing.model import DAY_MS, OWN, Found, Kind, Parameter
from headwater.landing.table import Table, table
from headwater.landing.values import LONGEST, cleaned

__all__ = [
    "DAY_MS",
    "LONGEST",
    "OWN",
    "Found",
    "Kind",
    "Parameter",
    "Table",
    "cleaned",
    "table",
]
