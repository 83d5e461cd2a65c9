# `make bench' prints NAME VALUE UNIT, a figure a line.
BENCHES = tests/bench/bench_intake$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/bench_intake
CLEANFILES += $(BENCHES)
tests_bench_bench_intake_SOURCES = tests/bench/bench_intake.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_bench_bench_intake_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_bench_bench_intake_CFLAGS = $(AM_CFLAGS) -pthread
tests_bench_bench_intake_LDADD = plugin/collectd/libcollectd_side.la -lm

bench: $(BENCHES)
	@for bench in $(BENCHES); do ./$$bench || exit 1; done

# Many hosts at once; tests/collectd/test_fleet.py sends with it too.
if HAVE_COLLECTDCLIENT
check_PROGRAMS += tests/bench/collectd_load
tests_bench_collectd_load_SOURCES = tests/bench/collectd_load.c
tests_bench_collectd_load_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTDCLIENT_CFLAGS)
tests_bench_collectd_load_LDADD = $(COLLECTDCLIENT_LIBS) -lm
endif

# The forest beside scikit-learn, and what a frame costs; wants python3-sklearn.
EXTRA_PROGRAMS += tests/bench/bench_detector
CLEANFILES += tests/bench/bench_detector$(EXEEXT)
tests_bench_bench_detector_SOURCES = tests/bench/bench_detector.c
tests_bench_bench_detector_LDADD = plugin/detector/libdetector.la -lm
EXTRA_DIST += tests/bench/bench_detector.py
bench: bench-detector
bench-detector: tests/bench/bench_detector$(EXEEXT) plugin/replay/anomaly-replay$(EXEEXT)
	@$(PYTHON3) $(srcdir)/tests/bench/bench_detector.py
.PHONY: bench-detector

# A collector of up to ten thousand hosts: 12 minutes, 3 GB of memory. On a busy
# machine `chrt -r 1 make bench-fleet` takes the processors that it needs.
EXTRA_DIST += tests/bench/bench_fleet.py
bench-fleet: plugin/collectd/anomaly.la tests/bench/collectd_load$(EXEEXT)
	@ANOMALY_BUILD_DIR=$(abs_builddir) $(PYTHON3) $(srcdir)/tests/bench/bench_fleet.py
.PHONY: bench-fleet

# The dashboard beside FastAPI and scikit-learn; wants wrk, python3-fastapi,
# uvicorn and python3-sklearn.
EXTRA_DIST += tests/bench/bench_dashboard.py
bench: bench-dashboard
bench-dashboard: dashboard/anomaly-dashboard$(EXEEXT) tests/http/make_database$(EXEEXT)
	@$(PYTHON3) $(srcdir)/tests/bench/bench_dashboard.py
.PHONY: bench-dashboard

# How soon the dashboard answers others while it is attacked.
EXTRA_DIST += tests/bench/bench_attack.py
bench: bench-attack
bench-attack: dashboard/anomaly-dashboard$(EXEEXT) tests/http/make_database$(EXEEXT)
	@ANOMALY_BUILD_DIR=$(abs_builddir) $(PYTHON3) $(srcdir)/tests/bench/bench_attack.py
.PHONY: bench-attack
