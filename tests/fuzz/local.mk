# SPDX-License-Identifier: MIT
# Harnesses: see fuzz.h. A tree configured with --enable-fuzzing links them with
# libFuzzer, for `make fuzz'; any other with replay.c, for `make check'.
fuzzers = \
	tests/fuzz/fuzz_collectd_conf \
	tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_database \
	tests/fuzz/fuzz_http \
	tests/fuzz/fuzz_image \
	tests/fuzz/fuzz_options \
	tests/fuzz/fuzz_session \
	tests/fuzz/fuzz_sql \
	tests/fuzz/fuzz_upload \
	tests/fuzz/fuzz_users
check_PROGRAMS += $(fuzzers)

check_LTLIBRARIES += tests/fuzz/libfuzzing.la
tests_fuzz_libfuzzing_la_SOURCES = tests/fuzz/support.c tests/fuzz/fuzz.h
if FUZZING
fuzzer_link = $(AM_LDFLAGS) -fsanitize=fuzzer
else
tests_fuzz_libfuzzing_la_SOURCES += tests/fuzz/replay.c
fuzzer_link = $(AM_LDFLAGS)
TESTS += $(fuzzers)
endif

tests_fuzz_fuzz_collectd_conf_SOURCES = tests/fuzz/fuzz_collectd_conf.c \
	plugin/replay/complain.c plugin/replay/config_file.c \
	plugin/replay/detectors.c plugin/replay/progress.c
tests_fuzz_fuzz_collectd_conf_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_collectd_conf_LDADD = tests/fuzz/libfuzzing.la \
	plugin/features/libfeatures.la -lm

tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c
tests_fuzz_fuzz_csv_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_csv_LDADD = tests/fuzz/libfuzzing.la \
	plugin/storage/libstorage.la -lm

tests_fuzz_fuzz_database_SOURCES = tests/fuzz/fuzz_database.c \
	tests/fuzz/fake_http.c tests/fuzz/fake_http.h \
	tests/fuzz/world.c tests/fuzz/world.h
tests_fuzz_fuzz_database_CFLAGS = $(dashboard_libdashboard_la_CFLAGS)
tests_fuzz_fuzz_database_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_database_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c \
	tests/fuzz/world.c tests/fuzz/world.h
tests_fuzz_fuzz_http_CFLAGS = $(dashboard_libdashboard_la_CFLAGS)
tests_fuzz_fuzz_http_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_http_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c
tests_fuzz_fuzz_image_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_image_LDADD = tests/fuzz/libfuzzing.la \
	plugin/detector/libdetector.la -lm

tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz_options.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_fuzz_fuzz_options_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_fuzz_fuzz_options_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_options_LDADD = tests/fuzz/libfuzzing.la \
	plugin/collectd/libcollectd_side.la -lm

tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz_session.c
tests_fuzz_fuzz_session_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_session_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

tests_fuzz_fuzz_sql_SOURCES = tests/fuzz/fuzz_sql.c \
	tests/fuzz/fake_http.c tests/fuzz/fake_http.h \
	tests/fuzz/world.c tests/fuzz/world.h
tests_fuzz_fuzz_sql_CFLAGS = $(dashboard_libdashboard_la_CFLAGS)
tests_fuzz_fuzz_sql_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_sql_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

tests_fuzz_fuzz_upload_SOURCES = tests/fuzz/fuzz_upload.c
tests_fuzz_fuzz_upload_CFLAGS = $(dashboard_libdashboard_la_CFLAGS)
tests_fuzz_fuzz_upload_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_upload_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

tests_fuzz_fuzz_users_SOURCES = tests/fuzz/fuzz_users.c
tests_fuzz_fuzz_users_LDFLAGS = $(fuzzer_link)
tests_fuzz_fuzz_users_LDADD = tests/fuzz/libfuzzing.la dashboard/libdashboard.la

EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus tests/fuzz/regressions

# ANOMALY_FUZZ_SECONDS=20 each
.PHONY: fuzz
fuzz: $(fuzzers)
if FUZZING
	$(srcdir)/tests/fuzz/run $(fuzzers:tests/fuzz/fuzz_%=%)
else
	@echo 'not configured for it: configure --enable-fuzzing CC=clang' >&2; exit 1
endif
