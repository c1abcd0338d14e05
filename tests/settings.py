"""The lab's settings for tests: a data folder of their own, made before anything reads one."""

import os
import tempfile

_data = tempfile.TemporaryDirectory(prefix="mailedu-test-")  # removed when the tests end
os.environ["MAILEDU_DATA_DIR"] = _data.name
# The processes that tests start are given a folder each.
os.environ["DJANGO_SETTINGS_MODULE"] = "mailedu.settings"

from mailedu.settings import *  # noqa: E402, F403
