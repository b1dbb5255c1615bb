"""in_terminal.py FILE COMMAND…: runs the command in a terminal of its own, types Ctrl-C there as soon as FILE exists, and ends with its exit code."""

import os
import pty
import select
import sys
from pathlib import Path

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
typed = False
while True:
    if not typed and Path(sys.argv[1]).exists():
        os.write(terminal, b"\x03")
        typed = True
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            sys.stdout.buffer.write(os.read(terminal, 4096))
        except OSError:  # Nobody has the other end any more.
            break
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
