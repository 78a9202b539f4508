"""RTP over UDP through a relay that loses packets: it stands between the ports of camera and client."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

RTP_PORT_TRIES = 200


class Relay:
    """Two UDP ports, RTP and RTCP. What comes from the client goes to the camera, all else to the client."""

    def __init__(self, client_port: int, takes: Callable[[], bool]) -> None:
        self.client_port, self.camera_port, self.port = client_port, 0, 0
        self.n_passed = self.n_lost = 0
        self.transports: list[asyncio.DatagramTransport] = []
        self._takes = takes

    def pass_on(self, offset: int, came: bytes, sender_port: int) -> None:
        """offset: 0 for RTP, 1 for RTCP."""
        is_from_client = sender_port == self.client_port + offset
        if not is_from_client and not self._takes():
            self.n_lost += 1
            return
        self.n_passed += 1
        port = self.camera_port if is_from_client else self.client_port
        if port:
            self.transports[offset].sendto(came, ("127.0.0.1", port + offset))

    def close(self) -> None:
        for transport in self.transports:
            transport.close()


class _Port(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay, offset: int) -> None:
        self._relay, self._offset = relay, offset

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._relay.pass_on(self._offset, data, addr[1])


async def open_relay(client_port: int, takes: Callable[[], bool]) -> Relay:
    """A relay before a client's pair of ports, on a pair of its own: even for RTP, the next for RTCP (RFC 3550).

    takes: asked for each datagram of the camera's; where it says no the datagram is lost.
    """
    relay = Relay(client_port, takes)
    for _ in range(RTP_PORT_TRIES):
        port = 2 * random.randrange(10_000, 30_000)
        try:
            for offset in (0, 1):
                relay.transports.append(await _bind(relay, port + offset, offset))
        except OSError:
            relay.close()
            relay.transports.clear()
        else:
            relay.port = port
            return relay
    raise OSError("no free pair of UDP ports on 127.0.0.1")


async def _bind(relay: Relay, port: int, offset: int) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Port(relay, offset), local_addr=("127.0.0.1", port))
    return transport
