"""The start of the process: `dlrecipe`, and `python -m dlrecipe`.

Signals are looked after before anything else is imported, so that one that comes at once causes no traceback.
"""

import gc
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line, and exit with its code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        from dlrecipe.cli.app import main as run_command

        run_command()
    finally:
        # All is done and said; what comes now could only break into the interpreter's own end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Nor need the interpreter search all that is left for what could be freed, before the system takes
        # everything: with matplotlib there, it takes a fifth of a second.
        gc.disable()
        gc.freeze()


def _stop(number: int, frame: FrameType | None) -> None:
    """End a process that has done nothing yet."""
    sys.stderr.write(f"{signal.Signals(number).name}: stopped\n")
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
