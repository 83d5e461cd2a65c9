# SPDX-License-Identifier: MIT
# Alerts and notifications; contrib/check runs these.
EXTRA_DIST += \
	tests/alerting/conftest.py tests/alerting/rules.test.yml \
	tests/alerting/test_alertmanager.py tests/alerting/test_rules.py
