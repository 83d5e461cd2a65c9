# SPDX-License-Identifier: MIT
# From collectd's values to the features of frames, without collectd's headers.
noinst_LTLIBRARIES += plugin/features/libfeatures.la
plugin_features_libfeatures_la_SOURCES = \
	plugin/features/aggregate.h plugin/features/aggregate.c \
	plugin/features/builtin.h plugin/features/builtin.c \
	plugin/features/config_tree.h plugin/features/config_tree.c \
	plugin/features/detector_block.h plugin/features/detector_block.c \
	plugin/features/frame_queue.h plugin/features/frame_queue.c \
	plugin/features/frames.h plugin/features/frames.c \
	plugin/features/match.h plugin/features/match.c \
	plugin/features/option.h plugin/features/option.c \
	plugin/features/rate.h plugin/features/rate.c \
	plugin/features/selection.h plugin/features/selection.c \
	plugin/features/selector.h plugin/features/selector.c \
	plugin/features/silence.h plugin/features/silence.c \
	plugin/features/slots.h plugin/features/slots.c \
	plugin/features/value.h
plugin_features_libfeatures_la_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS)
plugin_features_libfeatures_la_LIBADD = plugin/detector/libdetector.la $(PCRE2_LIBS)
