"""``python -P -m tui.simulator``: the embedded world as a process (see ``process``)."""

from __future__ import annotations

import sys

from tui.simulator.process import main

sys.exit(main())
