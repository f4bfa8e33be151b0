"""The one place that knows Dask: its cluster as a standard executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from engine.errors import EngineError
from engine.program import installing
from engine.text import plain

_PATIENCE = 15.0
"""Seconds that a scheduler may take to answer."""

_RETRIES = 2
"""Times that a unit whose worker was lost is tried again, beyond what the scheduler does."""


@contextmanager
def cluster_at(address: str, patience: float = _PATIENCE) -> Iterator[tuple[Executor, int]]:
    """Connect to the Dask scheduler at ``address``: an executor, and how much it does at once.

    Raises
    ------
    EngineError
        When Dask is not installed, or nobody answers, or nobody works there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise EngineError(
            f"--cluster needs Dask; install it with: {installing('cluster')}"
        ) from error
    shown = plain(address)
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"no Dask scheduler answers at {shown} ({plain(str(error))}); "
            "start one with `dask scheduler`, and give its address, such as tcp://host:8786"
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise EngineError(
                f"the cluster at {shown} has no workers; start some with `dask worker {shown}`"
            )
        yield client.get_executor(retries=_RETRIES), threads
