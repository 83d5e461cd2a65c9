# The only folder that sees collectd's headers. All but module.c is a library
# that the unit tests and the benchmarks link too.
noinst_LTLIBRARIES += plugin/collectd/libcollectd_side.la
plugin_collectd_libcollectd_side_la_SOURCES = \
	plugin/collectd/hash.h \
	plugin/collectd/intake.h plugin/collectd/intake.c \
	plugin/collectd/judge.h plugin/collectd/judge.c \
	plugin/collectd/notifier.h plugin/collectd/notifier.c \
	plugin/collectd/oconfig.h plugin/collectd/oconfig.c \
	plugin/collectd/options.h plugin/collectd/options.c \
	plugin/collectd/report.h plugin/collectd/report.c \
	plugin/collectd/series.h plugin/collectd/series.c \
	plugin/collectd/simulator.h plugin/collectd/simulator.c \
	plugin/collectd/simulator_model.h plugin/collectd/simulator_model.c \
	plugin/collectd/statistics.h plugin/collectd/statistics.c \
	plugin/collectd/watched.h plugin/collectd/watched.c
plugin_collectd_libcollectd_side_la_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
plugin_collectd_libcollectd_side_la_CFLAGS = $(AM_CFLAGS) -pthread
plugin_collectd_libcollectd_side_la_LIBADD = \
	plugin/features/libfeatures.la plugin/storage/libstorage.la

plugin_LTLIBRARIES = plugin/collectd/anomaly.la
plugin_collectd_anomaly_la_SOURCES = plugin/collectd/module.c
plugin_collectd_anomaly_la_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS) \
	-DANOMALY_VERSION='"$(PACKAGE_VERSION)"'
plugin_collectd_anomaly_la_CFLAGS = $(AM_CFLAGS) -pthread
plugin_collectd_anomaly_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-export-symbols-regex '^module_register$$'
plugin_collectd_anomaly_la_LIBADD = plugin/collectd/libcollectd_side.la

dist_man_MANS += plugin/collectd/collectd-anomaly.5
