# SPDX-License-Identifier: MIT
# What is built and installed, as a whole; contrib/check runs these.
EXTRA_DIST += \
	tests/install/i386 tests/install/in_container tests/install/packages \
	tests/install/reproducible tests/install/rpm \
	tests/install/test_binaries.py \
	tests/install/test_completion.py \
	tests/install/test_manuals.py tests/install/test_secrets.py \
	tests/install/test_service.py tests/install/under_filter.py
