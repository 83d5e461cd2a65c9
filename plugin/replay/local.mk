# SPDX-License-Identifier: MIT
# anomaly-replay: the same detector over a file.
bin_PROGRAMS += plugin/replay/anomaly-replay
plugin_replay_anomaly_replay_SOURCES = \
	plugin/replay/complain.c plugin/replay/complain.h \
	plugin/replay/config_file.c plugin/replay/config_file.h \
	plugin/replay/csv_series.c plugin/replay/csv_series.h \
	plugin/replay/detectors.c plugin/replay/detectors.h \
	plugin/replay/history.c plugin/replay/history.h \
	plugin/replay/hosts.c plugin/replay/hosts.h \
	plugin/replay/input.c plugin/replay/input.h \
	plugin/replay/main.c \
	plugin/replay/measures.c plugin/replay/measures.h \
	plugin/replay/options.c plugin/replay/options.h \
	plugin/replay/output.c plugin/replay/output.h \
	plugin/replay/plot.c plugin/replay/plot.h \
	plugin/replay/progress.c plugin/replay/progress.h \
	plugin/replay/rrd_series.c plugin/replay/rrd_series.h \
	plugin/replay/sample.h \
	plugin/replay/save.c plugin/replay/save.h \
	plugin/replay/summary.c plugin/replay/summary.h \
	plugin/replay/tree.c plugin/replay/tree.h \
	plugin/replay/types_db.c plugin/replay/types_db.h
plugin_replay_anomaly_replay_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS) $(RRD_CFLAGS) -pthread
plugin_replay_anomaly_replay_LDFLAGS = $(AM_LDFLAGS) $(program_LDFLAGS)
plugin_replay_anomaly_replay_LDADD = \
	plugin/features/libfeatures.la plugin/storage/libstorage.la \
	$(ZLIB_LIBS) $(RRD_LIBS)

dist_man_MANS += plugin/replay/anomaly-replay.1
