"""What the servers cost, beside a floor in the same run: `python3 lab.py bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
