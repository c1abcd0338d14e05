"""Where the bench does not run, its tests do not either."""

from pathlib import Path

collect_ignore = [] if Path("/proc/self/schedstat").exists() else ["test_bench.py"]
