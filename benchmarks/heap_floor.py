"""The floor: a compiled loop that takes a run's events from a binary heap in order and does nothing with them.

No engine that keeps its clients' events in a heap can be faster. An event is one integer, tick * 2**32 + client: a heap of tuples
(numba's ``heapq``) takes nearly thirty times as long.
"""

import numba
import numpy as np

from sim.arrays import Ints

Integers = Ints


@numba.njit(cache=True)
def push(heap: Integers, n: int, event: int) -> None:
    """Add an event to a heap of n."""
    i = n
    while i > 0 and heap[(i - 1) // 2] > event:
        heap[i] = heap[(i - 1) // 2]
        i = (i - 1) // 2
    heap[i] = event


@numba.njit(cache=True)
def pop(heap: Integers, n: int) -> int:
    """Take the first event from a heap of n and return it."""
    first, last, i = heap[0], heap[n - 1], 0
    while 2 * i + 1 < n - 1:
        child = 2 * i + 1
        if child + 1 < n - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = last
    return first


@numba.njit(cache=True)
def replay(ticks: Integers, starts: Integers) -> Integers:
    """Push and pop each event once; a client's next event is pushed when the one before it is popped.

    Parameters
    ----------
    ticks
        (n_events,) when each event is due, all events of a client together and in order.
    starts
        (n_clients + 1,) where each client's events begin; the last entry is n_events. Every client has an event.

    Returns
    -------
    Integers
        Number of events popped, and the sum of rank * tick over the order in which they came, modulo 2**64: proof of the order.
    """
    n_clients = len(starts) - 1
    heap = np.empty(n_clients, np.int64)
    following = starts[:-1] + 1
    for client in range(n_clients):
        push(heap, client, ticks[starts[client]] * 2**32 + client)
    waiting, popped, order = n_clients, 0, 0
    while waiting > 0:
        event = pop(heap, waiting)
        waiting -= 1
        tick, client = event >> 32, event & (2**32 - 1)
        popped += 1
        order += popped * tick
        if following[client] < starts[client + 1]:
            push(heap, waiting, ticks[following[client]] * 2**32 + client)
            following[client] += 1
            waiting += 1
    return np.array([popped, order])
