"""A dask cluster that may fail at any time: opening one, asking whether it is well, and closing it.

``distributed`` is imported here only, and only when a cluster is opened, since that takes a third of a second.
"""

import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from experiments.execution.worker import ONE_THREAD
from sim.config import ConfigError

ANSWER_SECONDS = 8.0
"""How long a scheduler may take to answer."""

PATIENCE_SECONDS = 40.0
"""How long a worker may be silent, and a cluster idle or without workers, before it counts as lost."""

SETTINGS = {
    "distributed.worker.multiprocessing-method": "spawn",
    # imported before the first task comes
    "distributed.worker.preload": ["experiments.execution.worker"],
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.comm.timeouts.connect": f"{ANSWER_SECONDS}s",
    "distributed.nanny.pre-spawn-environ": ONE_THREAD,
}


class ClusterError(RuntimeError):
    """The cluster is lost: its scheduler does not answer, or it has no workers that work."""


@contextlib.contextmanager
def _main_not_imported() -> Iterator[None]:
    """New processes do not import this process's main module: it would cost them half a second, and they do not need it."""
    main = sys.modules["__main__"]
    before = getattr(main, "__spec__", None)
    main.__spec__ = ModuleSpec("__main__", None)
    try:
        yield
    finally:
        main.__spec__ = before


async def _state(dask_scheduler: Any) -> tuple[dict[str, tuple[float, int]], int]:
    """Runs in the scheduler: seconds of silence and tasks in hand of each worker, and the number of unfinished tasks."""
    now = time.time()
    unfinished = sum(task.state not in ("memory", "erred", "released", "forgotten") for task in dask_scheduler.tasks.values())
    return {name: (now - state.last_seen, len(state.processing)) for name, state in dask_scheduler.workers.items()}, unfinished


async def _restart(names: list[str], dask_scheduler: Any) -> None:
    """Runs in the scheduler: end workers that are silent, and start them again where they have somebody to do so."""
    await dask_scheduler.restart_workers(names, wait_for_workers=False, stimulus_id=f"silent-{uuid.uuid4().hex}")


class Cluster:
    """A client, and the cluster behind it when that is ours."""

    def __init__(self, client: Any, n_workers: int, address: str | None, stack: contextlib.ExitStack) -> None:
        self.client = client
        self.n_workers = n_workers
        self.address = address
        self.stack = stack
        self.well_since = self.checked = time.monotonic()

    def submit(self, function: Callable[..., Any], argument: Any, done: Callable[[Any], None]) -> Any:
        """Hand out a task; ``done`` is called with its future when there is something to say."""
        try:
            future = self.client.submit(function, argument, key=f"runs-{uuid.uuid4().hex}", pure=False)
            future.add_done_callback(done)
        except Exception as error:
            raise ClusterError(f"no task can be handed out: {error}") from error
        return future

    def check(self, busy: bool) -> None:
        """Raise ClusterError unless the scheduler answers, has workers, and works while there is work; ends silent workers."""
        now = time.monotonic()
        if now - self.checked > PATIENCE_SECONDS:
            # nobody asked between two rounds of runs, and a busy process may not have heard its workers
            self.well_since = now
        self.checked = now
        workers, unfinished = self._ask(_state)
        self.n_workers = max(1, len(workers))
        silent = [name for name, (seconds, _) in workers.items() if seconds > PATIENCE_SECONDS and self.well_since < now]
        if silent:
            self._ask(_restart, silent)
        if workers and len(silent) < len(workers) and (unfinished or not busy):
            self.well_since = now
        elif now - self.well_since > PATIENCE_SECONDS:
            place = self.address or "this machine"
            raise ClusterError(f"no workers at {place}" if not workers else f"the workers at {place} do nothing")

    def _ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        try:
            if self.client.status != "running":
                raise OSError(f"connection is {self.client.status}")
            return self.client.sync(self.client._run_on_scheduler, question, *arguments, callback_timeout=ANSWER_SECONDS)
        except Exception as error:
            place = f" at {self.address}" if self.address else ""
            raise ClusterError(f"the scheduler{place} does not answer: {error or type(error).__name__}") from error

    def close(self, futures: Sequence[Any] = ()) -> None:
        """Drop tasks and stop, however ill the cluster is."""

        def stop() -> None:
            with contextlib.suppress(Exception):
                if self.client.status == "running" and futures:
                    self.client.cancel(list(futures), force=True)
            self.stack.close()

        thread = threading.Thread(target=stop, daemon=True)
        thread.start()
        thread.join(15.0)


def _close(part: Any) -> None:
    """Close a client or a cluster; worker processes that do not end are ended."""
    workers = [getattr(worker, "pid", None) for worker in getattr(part, "workers", {}).values()]
    try:
        part.close(timeout=5)
    except Exception:
        for pid in filter(None, workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _cores() -> int:
    """Cores that this process may use, which can be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _remove(folder: Path) -> None:
    """Delete a folder of workers, the last of which may still be writing there."""
    for _ in range(30):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _quiet() -> None:
    # what dask has to say about a dead worker is said by the driver, in the user's words
    for name in (*logging.root.manager.loggerDict, "distributed", "tornado", "asyncio"):
        if name.split(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def open_cluster(address: str | None, workers: int, again: bool = False) -> Cluster:
    """Workers of the scheduler at ``address``, or processes of our own, one a core unless ``workers`` says how many.

    Parameters
    ----------
    again
        Whether it was there before: then it is given some time to come back.

    Raises
    ------
    ConfigError
        Nobody answers at the address.
    ClusterError
        Nobody answers there any more, or the processes cannot be started.
    """
    import dask
    import distributed

    _quiet()
    stack = contextlib.ExitStack()
    try:
        stack.enter_context(dask.config.set(SETTINGS))
        if address is not None:
            client = _connect(distributed, address, PATIENCE_SECONDS if again else ANSWER_SECONDS)
            stack.callback(_close, client)
            return Cluster(client, max(1, len(client.scheduler_info(n_workers=-1)["workers"])), address, stack)
        folder = Path(tempfile.mkdtemp(prefix="mission-dispatch-"))
        stack.callback(_remove, folder)
        stack.enter_context(_main_not_imported())
        os.environ.update(ONE_THREAD)
        n_workers = workers or _cores()
        cluster = _without_interrupts(
            distributed.LocalCluster,
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            # its small web server stays, but on a free port that nobody else reaches
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,
            local_directory=str(folder),
            silence_logs=logging.CRITICAL + 1,
        )
        stack.callback(_close, cluster)
        client = distributed.Client(cluster, timeout=ANSWER_SECONDS, set_as_default=False)
        stack.callback(_close, client)
        return Cluster(client, n_workers, None, stack)
    except (ConfigError, ClusterError):
        stack.close()
        raise
    except Exception as error:
        stack.close()
        raise ClusterError(f"worker processes cannot be started: {error}") from error
    except BaseException:
        stack.close()
        raise


def _without_interrupts(build: Callable[..., Any], **options: Any) -> Any:
    """Build a cluster in a thread that blocks interrupts, as will the processes it starts, now and later: they are the driver's.

    An interrupt of this process meanwhile waits until the cluster is there, to be closed.
    """
    built: list[Any] = []

    def call() -> None:
        if hasattr(signal, "pthread_sigmask"):
            # starting it later would let interrupts through again
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            built.append(build(**options))
        except Exception as error:
            built.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:
        thread.join(30.0)
        if built and not isinstance(built[0], Exception):
            _close(built[0])
        raise
    if isinstance(built[0], Exception):
        raise built[0]
    return built[0]


def _connect(distributed: Any, address: str, seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _client(distributed, address, max(1.0, min(deadline - time.monotonic(), ANSWER_SECONDS)))
        except (OSError, TimeoutError) as error:
            if time.monotonic() < deadline - 1:
                time.sleep(1.0)
                continue
            if seconds > ANSWER_SECONDS:
                raise ClusterError(f"the scheduler at {address} no longer answers") from error
            raise ConfigError(f"executor.address = {address!r}, does not answer within {seconds:g} s") from None


def _client(distributed: Any, address: str, seconds: float) -> Any:
    """A client, or TimeoutError: dask itself waits for ever for somebody who takes the call and says nothing."""
    answer: list[Any] = []

    def call() -> None:
        try:
            answer.append(distributed.Client(address, timeout=seconds, set_as_default=False))
        except Exception as error:
            answer.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds + 1.0)
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]
