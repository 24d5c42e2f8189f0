"""One role each: `headwater core` and `headwater worker`. `headwater serve` runs both."""

from headwater.cli.options import Data, Database, Host, Port, Supervised, configured
from headwater.cli.parent import LastCall, end_with_parent
from headwater.cli.port import listening
from headwater.cli.store import check_place, opened, wait_for_store
from headwater.kit import collector

UNANSWERED = "requests under way; nobody was told that they were done"
UNWRITTEN = "writes that wait for the store; nobody was told that they were done"
UNDELIVERED = "deliveries under way; they are sent again when their lease ends"


def core(
    *,
    data: Data = None,
    database: Database = None,
    port: Port = None,
    host: Host = None,
    supervised: Supervised = False,
) -> None:
    """Edge, API and the writer."""
    collector.rest()
    import uvloop

    from headwater.cli.logs import say_unfinished, say_what_is_left, saying_ends, set_up_logs
    from headwater.http.serve import serve

    set_up_logs("core")
    if supervised:
        end_with_parent()
    config = configured(data, database, port=port, host=host)
    listener = listening(config)
    last_call = LastCall(say_unfinished, UNANSWERED)
    with opened(config, owner=True, role=True) as app:
        # The server closes it, so it is the server's alone.
        serving = serve(app, listener=listener.detach(), on_stop=last_call.begin)
        uvloop.run(saying_ends(serving))
        last_call.doing = UNWRITTEN
    say_what_is_left()


def worker(
    *,
    data: Data = None,
    database: Database = None,
    port: Port = None,
    host: Host = None,
    supervised: Supervised = False,
) -> None:
    """Deliveries, sealing of the journal, announcing clicks, the sweep of the inbox.

    Port and host are those of the core: addresses in messages name them, unless
    server.public_url does.
    """
    collector.rest()
    import uvloop

    from headwater.cli.logs import say_unfinished, say_what_is_left, saying_ends, set_up_logs
    from headwater.worker.run import run

    set_up_logs("worker")
    if supervised:
        end_with_parent()
    last_call = LastCall(say_unfinished, UNDELIVERED)
    config = configured(data, database, port=port, host=host)
    check_place(config)
    wait_for_store(config)
    with opened(config, role=True) as app:
        uvloop.run(saying_ends(run(app, on_stop=last_call.begin)))
        last_call.doing = UNWRITTEN
    say_what_is_left()
