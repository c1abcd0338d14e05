"""Coroutines without Tasks, for work that hardly ever waits."""

import asyncio
from collections.abc import Callable, Coroutine


async def gone(work: Coroutine[object, None, object]) -> None:
    """In place of a wait for a client that is not there any more."""
    work.close()
    raise asyncio.CancelledError


def run_eagerly(
    coroutine: Coroutine[object, None, None], done: Callable[[BaseException | None], None]
) -> None:
    """Run at once up to the first real wait, then go on whenever that is over.

    Most commands never wait; a Task for each would cost more than the command.
    """
    try:
        waited = coroutine.send(None)
    except StopIteration:
        return done(None)
    except BaseException as error:  # noqa: BLE001  handed on to `done`
        return done(error)
    if waited is None:
        asyncio.get_running_loop().call_soon(run_eagerly, coroutine, done)
        return None
    waited._asyncio_future_blocking = False
    waited.add_done_callback(lambda _: run_eagerly(coroutine, done))
    return None
