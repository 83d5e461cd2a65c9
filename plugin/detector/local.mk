noinst_LTLIBRARIES += plugin/detector/libdetector.la
plugin_detector_libdetector_la_SOURCES = \
	plugin/detector/detector.h plugin/detector/detector.c
plugin_detector_libdetector_la_LIBADD = -lm
