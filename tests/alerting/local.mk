# SPDX-License-Identifier: MIT
# Alerts and notifications; contrib/check runs these.
EXTRA_DIST += \
	tests/alerting/rules.test.yml \
	tests/alerting/test_rules.py
