# SPDX-License-Identifier: MIT
# The command line of anomaly-replay; runs by itself or under pytest.
TESTS += tests/replay/test_replay.py
EXTRA_DIST += tests/replay/test_replay.py

# What collectd itself has written; contrib/check runs it.
EXTRA_DIST += tests/replay/test_history.py
