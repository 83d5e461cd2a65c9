# SPDX-License-Identifier: MIT
# The dashboard over HTTP: each runs by itself or under pytest.
check_PROGRAMS += tests/http/make_database
tests_http_make_database_SOURCES = tests/http/make_database.c
tests_http_make_database_CFLAGS = $(AM_CFLAGS) -pthread
tests_http_make_database_LDADD = plugin/storage/libstorage.la -lm

# A module, since it is preloaded; -rpath, since libtool makes none without.
check_LTLIBRARIES += tests/http/count_crypt.la
tests_http_count_crypt_la_SOURCES = tests/http/count_crypt.c
tests_http_count_crypt_la_CFLAGS = $(AM_CFLAGS)
tests_http_count_crypt_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

http_tests = \
	tests/http/test_api.py tests/http/test_attack.py \
	tests/http/test_concurrent.py tests/http/test_detect.py \
	tests/http/test_login.py tests/http/test_routes.py
TESTS += $(http_tests)
# test_flat.py is not for sanitizers, which keep what is freed: pytest runs it.
EXTRA_DIST += $(http_tests) tests/http/test_flat.py tests/http/conftest.py \
	tests/http/dashboard_server.py tests/http/flood.py tests/http/ASVS.md
