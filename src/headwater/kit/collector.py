"""Python's collector of garbage, which costs much where little is garbage."""

import gc


def rest() -> None:
    """Until `spare`: while a process is starting it makes much and drops nothing, and looking
    through all of it again and again cost a fifth of the start.
    """
    gc.disable()


def spare() -> None:
    """What the start has made lives as long as the process: looking through it for garbage again
    and again cost every sale a sixth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()
