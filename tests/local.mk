include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

# Against a real collectd; contrib/check runs these.
EXTRA_DIST += \
	tests/collectd/conftest.py tests/collectd/collectd_fixtures.py \
	tests/collectd/collectd_app.py tests/collectd/collectd_daemon.py \
	tests/collectd/database_trouble.py tests/collectd/test_disk.py \
	tests/collectd/test_changed_options.py \
	tests/collectd/test_conventions.py tests/collectd/test_forget.py \
	tests/collectd/test_silence.py tests/collectd/test_statistics.py \
	tests/collectd/test_database.py tests/collectd/test_defaults.py \
	tests/collectd/test_examples.py tests/collectd/test_fleet.py \
	tests/collectd/test_hanging.py tests/collectd/test_kill.py \
	tests/collectd/test_metrics.py tests/collectd/test_notifications.py \
	tests/collectd/test_options.py \
	tests/collectd/test_restart.py tests/collectd/test_simulation.py \
	tests/collectd/test_valgrind.py tests/collectd/test_values.py \
	tests/collectd/test_verdict.py
include tests/outputs/local.mk
include tests/replay/local.mk
include tests/eval/local.mk
include tests/http/local.mk
include tests/browser/local.mk
include tests/alerting/local.mk
include tests/install/local.mk

# How much of plugin/ and dashboard/ the tests execute: `make coverage'; wants
# gcovr. The pages are left in tests/coverage/work/html/.
EXTRA_DIST += tests/coverage/run
coverage:
	$(AM_V_at)$(srcdir)/tests/coverage/run $(srcdir) tests/coverage/work
.PHONY: coverage
