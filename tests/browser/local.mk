# SPDX-License-Identifier: MIT
# The page in a browser: `make check-browser'; contrib/check runs it. Screenshots
# are left in tests/browser/screenshots/ of the build directory.
EXTRA_DIST += \
	tests/browser/.npmrc tests/browser/package.json \
	tests/browser/package-lock.json tests/browser/upload.csv \
	tests/browser/attack.mjs \
	tests/browser/detect.mjs tests/browser/host.mjs \
	tests/browser/keyboard.mjs tests/browser/login.mjs \
	tests/browser/look.mjs tests/browser/night.mjs \
	tests/browser/overview.mjs \
	tests/browser/page.test.mjs tests/browser/runs.mjs \
	tests/browser/trouble.mjs tests/browser/world.mjs

# Copied aside: the source tree may not be written to, and what the tests import
# is looked for beside them. Not to tests/browser itself, where `make dist' would
# take the copies for the files.
NODE = node
browser_test_copy = tests/browser/copy
browser_test_FILES = $(srcdir)/tests/browser/*.mjs $(srcdir)/tests/browser/*.json \
	$(srcdir)/tests/browser/upload.csv $(srcdir)/tests/browser/.npmrc
.PHONY: check-browser
check-browser: dashboard/anomaly-dashboard plugin/collectd/anomaly.la \
	tests/http/make_database$(EXEEXT)
	$(MKDIR_P) $(browser_test_copy) && cp $(browser_test_FILES) $(browser_test_copy)
	cd $(browser_test_copy) && $(NPM) ci --ignore-scripts --no-audit --no-fund
	ANOMALY_BUILD_DIR=$(abs_builddir) \
		$(NODE) --test --test-reporter=tap $(browser_test_copy)/page.test.mjs
