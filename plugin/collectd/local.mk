# The only folder that sees collectd's headers.
plugin_LTLIBRARIES = plugin/collectd/anomaly.la
plugin_collectd_anomaly_la_SOURCES = \
	plugin/collectd/module.c
plugin_collectd_anomaly_la_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS) \
	-DANOMALY_VERSION='"$(PACKAGE_VERSION)"' -DANOMALY_LOCALSTATEDIR='"$(localstatedir)"'
plugin_collectd_anomaly_la_CFLAGS = $(AM_CFLAGS) -pthread
plugin_collectd_anomaly_la_LDFLAGS = -module -avoid-version \
	-export-symbols-regex '^module_register$$'
plugin_collectd_anomaly_la_LIBADD = \
	plugin/detector/libdetector.la plugin/storage/libstorage.la
