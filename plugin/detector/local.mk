noinst_LTLIBRARIES += plugin/detector/libdetector.la
plugin_detector_libdetector_la_SOURCES = \
	plugin/detector/batch.h plugin/detector/batch.c \
	plugin/detector/blame.h plugin/detector/blame.c \
	plugin/detector/columns.h plugin/detector/columns.c \
	plugin/detector/detector.h plugin/detector/detector.c \
	plugin/detector/dots.h plugin/detector/dots.c \
	plugin/detector/drift.h plugin/detector/drift.c \
	plugin/detector/expected.h plugin/detector/expected.c \
	plugin/detector/explain.h plugin/detector/explain.c \
	plugin/detector/fixed.h \
	plugin/detector/forest.h plugin/detector/forest.c \
	plugin/detector/forest_block.h plugin/detector/forest_block.c \
	plugin/detector/forest_nodes.h \
	plugin/detector/image.h plugin/detector/image.c \
	plugin/detector/lanes.h \
	plugin/detector/model.h \
	plugin/detector/persist.c \
	plugin/detector/random.h \
	plugin/detector/range.h plugin/detector/range.c \
	plugin/detector/rarity.h plugin/detector/rarity.c \
	plugin/detector/reservoir.h plugin/detector/reservoir.c \
	plugin/detector/residual.h plugin/detector/residual.c \
	plugin/detector/run.h plugin/detector/run.c \
	plugin/detector/scaler.h plugin/detector/scaler.c \
	plugin/detector/sort.h \
	plugin/detector/threshold.h plugin/detector/threshold.c
plugin_detector_libdetector_la_LIBADD = -lm
