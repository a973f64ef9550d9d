"""A relay on the loopback that makes of it a long and narrow link: a delay each way, and a rate.

    python -m benchmarks.relay PORT [--delay SECONDS] [--mbit RATE] [--cut BYTES…]

It prints its own port, and forwards what comes to PORT. Each way has its own rate and its own queue, which holds as
much as is under way, so that a sender is slowed down as by a router with little memory. `--cut`: connections break
after so many bytes have come from the client, one number for each connection. On a line from its input it prints how
many bytes came from the client, and how many went to it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator

PIECE = 16 * 1024  # bytes that are forwarded at a time
LATE = 0.02  # seconds that we may wake up too late, and still keep the rate


class Link:
    """Both ways of all connections; `sent` and `received` are bytes from and to clients."""

    def __init__(self, port: int, delay: float, rate: float, cuts: list[int]) -> None:
        self._port, self._delay, self._rate = port, delay, rate
        self._cuts: Iterator[int] = iter(cuts)
        self.sent = self.received = 0

    async def accept(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_in, far_out = await asyncio.open_connection("127.0.0.1", self._port, limit=PIECE)
        left = [next(self._cuts, None)]

        def leaves(count: int) -> bool:
            self.sent += count
            if left[0] is not None:
                left[0] -= count
            return left[0] is None or left[0] > 0

        def comes(count: int) -> bool:
            self.received += count
            return True

        ways = [
            asyncio.create_task(self._forward(near_in, far_out, leaves)),
            asyncio.create_task(self._forward(far_in, near_out, comes)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (near_out, far_out):
            end.transport.abort()

    async def _forward(self, one: asyncio.StreamReader, other: asyncio.StreamWriter, count: object) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(self._room())
        arriving = asyncio.create_task(_arrive(under_way, other))
        free = 0.0  # when the link has sent what came before
        with contextlib.suppress(ConnectionError):
            while data := await one.read(PIECE):
                assert callable(count)  # noqa: S101
                if not count(len(data)):
                    break
                free = max(free, loop.time() - LATE) + len(data) / self._rate
                if free - loop.time() > 0.002:
                    await asyncio.sleep(free - loop.time())
                await under_way.put((loop.time() + self._delay, data))
        await under_way.put((loop.time() + self._delay, b""))
        await arriving

    def _room(self) -> int:
        """Pieces: what the link holds, and as much again in the router before it."""
        return max(16, int(2 * self._delay * self._rate / PIECE))


async def _arrive(under_way: asyncio.Queue[tuple[float, bytes]], other: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while True:
            when, data = await under_way.get()
            if not data:
                return
            if when - loop.time() > 0.0005:
                await asyncio.sleep(when - loop.time())
            other.write(data)
            await other.drain()


async def serve(link: Link) -> None:
    server = await asyncio.start_server(link.accept, "127.0.0.1", 0, limit=PIECE)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(link.sent, link.received, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--mbit", type=float, default=100)
    parser.add_argument("--cut", type=int, nargs="*", default=[])
    given = parser.parse_args()
    asyncio.run(serve(Link(given.port, given.delay, given.mbit * 1e6 / 8, given.cut)))


if __name__ == "__main__":
    main()
