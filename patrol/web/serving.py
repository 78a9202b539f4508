"""Serves the web until it is told to stop, and then ends soon: live feeds are closed, not waited for."""

import socket
from threading import Event, Thread

import structlog
import uvicorn
from fastapi import FastAPI

from patrol.web.feed import Feed

GRACE_S = 5  # what an upload or a hash in progress may still take
BACKLOG = 512

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Ends the live feeds before it waits for open connections, since they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self.feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.feed.close()
        await super().shutdown(sockets)


def make_server(app: FastAPI, host: str, port: int) -> Server:
    """No access log: the path of a group's page holds a secret, and LastHandler says what is needed."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        lifespan="on",
        ws="none",
    )
    return Server(config, app.state.feed)


def serve(app: FastAPI, host: str, port: int, stop: Event | None = None) -> None:
    """Serve until a signal comes or `stop` is set."""
    server = make_server(app, host, port)
    if stop is not None:
        Thread(target=_exit_when_set, args=(server, stop), name="stop", daemon=True).start()
    log.info("serving", host=host, port=port)
    server.run()


def _exit_when_set(server: Server, stop: Event) -> None:
    stop.wait()
    server.should_exit = True
