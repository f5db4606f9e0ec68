"""A program that ends without joining its process."""

from __future__ import annotations

import atexit
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def wait_for_last_statement(connection: Connection) -> None:
    """Wait until the main program is at its end, and print that."""
    connection.poll(30)
    print("process done", flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    # What is registered first is called last: after what multiprocessing, imported only now, does at the end.
    atexit.register(print, "main has ended", flush=True)
    import multiprocessing

    multiprocessing.set_start_method(sys.argv[1])
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=wait_for_last_statement, args=(receiver,))
    process.start()
    print("last statement of main", flush=True)  # noqa: T201 - it is a program
    sender.send("the main program is at its end")
