# SPDX-License-Identifier: MIT
# What is built and installed, as a whole; contrib/check runs these.
EXTRA_DIST += tests/install/test_binaries.py
