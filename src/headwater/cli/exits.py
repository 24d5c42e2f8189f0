"""Exit statuses of a role. What an operator does about each: `docs/operations/running.md`."""

CANNOT_START = 2  # waiting does not help: somebody has to change something first
STORE_AWAY = 69  # the store could not be used at the start; another start may find it
STORE_GONE = 75  # said by db/wal.py: the file was moved or deleted under the core
UNFINISHED = 76  # told to end, and something would not
