"""The start of the process: `dlrecipe`, and `python -m dlrecipe`.

Signals are looked after before anything else is imported, so that one that comes at once causes no traceback.
"""

import signal
import sys

from dlrecipe.cli.signals import Stopped, stopping_by_signals


def main() -> None:
    """Run the command line, and exit with its code."""
    try:
        with stopping_by_signals():
            from dlrecipe.cli.app import main as run_command

            run_command()
    except Stopped as stop:
        print(f"{stop.signal}: stopped", file=sys.stderr)
        raise
    finally:
        # All is done and said; what comes now could only break into the interpreter's own end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
