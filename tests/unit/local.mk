# Unit tests with cmocka: a program a module, TESTS += tests/unit/test_MODULE

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_simulator
TESTS += tests/unit/test_simulator
tests_unit_test_simulator_SOURCES = tests/unit/test_simulator.c \
	tests/unit/simulator_fixture.c tests/unit/simulator_fixture.h \
	plugin/collectd/simulator.h plugin/collectd/simulator.c \
	plugin/collectd/simulator_model.h plugin/collectd/simulator_model.c
tests_unit_test_simulator_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_simulator_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_simulator_LDADD = $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_simulator_incidents
TESTS += tests/unit/test_simulator_incidents
tests_unit_test_simulator_incidents_SOURCES = tests/unit/test_simulator_incidents.c \
	tests/unit/simulator_fixture.c tests/unit/simulator_fixture.h \
	plugin/collectd/simulator.h plugin/collectd/simulator.c \
	plugin/collectd/simulator_model.h plugin/collectd/simulator_model.c
tests_unit_test_simulator_incidents_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_simulator_incidents_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_simulator_incidents_LDADD = $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_simulator_ticks
TESTS += tests/unit/test_simulator_ticks
tests_unit_test_simulator_ticks_SOURCES = tests/unit/test_simulator_ticks.c \
	tests/unit/simulator_fixture.c tests/unit/simulator_fixture.h \
	plugin/collectd/simulator.h plugin/collectd/simulator.c \
	plugin/collectd/simulator_model.h plugin/collectd/simulator_model.c
tests_unit_test_simulator_ticks_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_simulator_ticks_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_simulator_ticks_LDADD = $(CMOCKA_LIBS) -lm
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_csv
TESTS += tests/unit/test_csv
tests_unit_test_csv_SOURCES = tests/unit/test_csv.c
tests_unit_test_csv_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_csv_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_queue
TESTS += tests/unit/test_queue
tests_unit_test_queue_SOURCES = tests/unit/test_queue.c
tests_unit_test_queue_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_queue_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_schema
TESTS += tests/unit/test_schema
tests_unit_test_schema_SOURCES = tests/unit/test_schema.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_schema_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_schema_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_storage
TESTS += tests/unit/test_storage
tests_unit_test_storage_SOURCES = tests/unit/test_storage.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_storage_lessons
TESTS += tests/unit/test_storage_lessons
tests_unit_test_storage_lessons_SOURCES = tests/unit/test_storage_lessons.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_lessons_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_lessons_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_storage_trouble
TESTS += tests/unit/test_storage_trouble
tests_unit_test_storage_trouble_SOURCES = tests/unit/test_storage_trouble.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_trouble_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_trouble_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_storage_threads
TESTS += tests/unit/test_storage_threads
tests_unit_test_storage_threads_SOURCES = tests/unit/test_storage_threads.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_threads_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_threads_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_size
TESTS += tests/unit/test_size
tests_unit_test_size_SOURCES = tests/unit/test_size.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_size_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_size_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_storage_faults
TESTS += tests/unit/test_storage_faults
tests_unit_test_storage_faults_SOURCES = tests/unit/test_storage_faults.c \
	tests/unit/fault_vfs.c tests/unit/fault_vfs.h \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_faults_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_faults_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_storage_notices
TESTS += tests/unit/test_storage_notices
tests_unit_test_storage_notices_SOURCES = tests/unit/test_storage_notices.c \
	tests/unit/fault_vfs.c tests/unit/fault_vfs.h \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_storage_notices_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_storage_notices_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_forget
TESTS += tests/unit/test_forget
tests_unit_test_forget_SOURCES = tests/unit/test_forget.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_forget_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_forget_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_scaler
TESTS += tests/unit/test_scaler
tests_unit_test_scaler_SOURCES = tests/unit/test_scaler.c
tests_unit_test_scaler_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scaler_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_blame
TESTS += tests/unit/test_blame
tests_unit_test_blame_SOURCES = tests/unit/test_blame.c tests/unit/series.h
tests_unit_test_blame_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_blame_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_range
TESTS += tests/unit/test_range
tests_unit_test_range_SOURCES = tests/unit/test_range.c
tests_unit_test_range_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_range_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_columns
TESTS += tests/unit/test_columns
tests_unit_test_columns_SOURCES = tests/unit/test_columns.c tests/unit/series.h
tests_unit_test_columns_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_columns_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_drift
TESTS += tests/unit/test_drift
tests_unit_test_drift_SOURCES = tests/unit/test_drift.c \
	tests/unit/drift_fixture.h tests/unit/series.h
tests_unit_test_drift_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_drift_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_drift_image
TESTS += tests/unit/test_drift_image
tests_unit_test_drift_image_SOURCES = tests/unit/test_drift_image.c \
	tests/unit/drift_fixture.h tests/unit/series.h
tests_unit_test_drift_image_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_drift_image_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_residual
TESTS += tests/unit/test_residual
tests_unit_test_residual_SOURCES = tests/unit/test_residual.c
tests_unit_test_residual_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_residual_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_dots
TESTS += tests/unit/test_dots
tests_unit_test_dots_SOURCES = tests/unit/test_dots.c
tests_unit_test_dots_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dots_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_work
TESTS += tests/unit/test_work
tests_unit_test_work_SOURCES = tests/unit/test_work.c tests/unit/series.h
tests_unit_test_work_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_work_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
tests_unit_test_work_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=forest_build,--wrap=dots
check_PROGRAMS += tests/unit/test_reservoir
TESTS += tests/unit/test_reservoir
tests_unit_test_reservoir_SOURCES = tests/unit/test_reservoir.c
tests_unit_test_reservoir_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_reservoir_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_rarity
TESTS += tests/unit/test_rarity
tests_unit_test_rarity_SOURCES = tests/unit/test_rarity.c
tests_unit_test_rarity_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rarity_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_forest
TESTS += tests/unit/test_forest
tests_unit_test_forest_SOURCES = tests/unit/test_forest.c
tests_unit_test_forest_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_forest_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_threshold
TESTS += tests/unit/test_threshold
tests_unit_test_threshold_SOURCES = tests/unit/test_threshold.c \
	tests/unit/threshold_fixture.h
tests_unit_test_threshold_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_threshold_offset
TESTS += tests/unit/test_threshold_offset
tests_unit_test_threshold_offset_SOURCES = tests/unit/test_threshold_offset.c \
	tests/unit/threshold_fixture.h
tests_unit_test_threshold_offset_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_offset_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_expected
TESTS += tests/unit/test_expected
tests_unit_test_expected_SOURCES = tests/unit/test_expected.c
tests_unit_test_expected_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_expected_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_run
TESTS += tests/unit/test_run
tests_unit_test_run_SOURCES = tests/unit/test_run.c
tests_unit_test_run_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_detector
TESTS += tests/unit/test_detector
tests_unit_test_detector_SOURCES = tests/unit/test_detector.c \
	tests/unit/host_fixture.c tests/unit/host_fixture.h tests/unit/series.h
tests_unit_test_detector_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_detector_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
tests_unit_test_detector_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
check_PROGRAMS += tests/unit/test_detector_silence
TESTS += tests/unit/test_detector_silence
tests_unit_test_detector_silence_SOURCES = tests/unit/test_detector_silence.c \
	tests/unit/host_fixture.c tests/unit/host_fixture.h tests/unit/series.h
tests_unit_test_detector_silence_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_detector_silence_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_invariance
TESTS += tests/unit/test_invariance
tests_unit_test_invariance_SOURCES = tests/unit/test_invariance.c \
	tests/unit/host_fixture.c tests/unit/host_fixture.h tests/unit/series.h
tests_unit_test_invariance_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_invariance_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_young
TESTS += tests/unit/test_young
tests_unit_test_young_SOURCES = tests/unit/test_young.c tests/unit/series.h
tests_unit_test_young_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_young_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_leak
TESTS += tests/unit/test_leak
tests_unit_test_leak_SOURCES = tests/unit/test_leak.c tests/unit/series.h
tests_unit_test_leak_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_leak_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_budget
TESTS += tests/unit/test_budget
tests_unit_test_budget_SOURCES = tests/unit/test_budget.c tests/unit/series.h \
	tests/unit/normal.h tests/unit/tally.h
tests_unit_test_budget_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_budget_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_behaviour
TESTS += tests/unit/test_behaviour
tests_unit_test_behaviour_SOURCES = tests/unit/test_behaviour.c tests/unit/series.h
tests_unit_test_behaviour_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_behaviour_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_image
TESTS += tests/unit/test_image
tests_unit_test_image_SOURCES = tests/unit/test_image.c tests/unit/series.h
tests_unit_test_image_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_image_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_explain
TESTS += tests/unit/test_explain
tests_unit_test_explain_SOURCES = tests/unit/test_explain.c
tests_unit_test_explain_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_explain_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_batch
TESTS += tests/unit/test_batch
tests_unit_test_batch_SOURCES = tests/unit/test_batch.c tests/unit/series.h
tests_unit_test_batch_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_batch_LDADD = plugin/detector/libdetector.la $(CMOCKA_LIBS) -lm
endif

# Values become features.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_selector
TESTS += tests/unit/test_selector
tests_unit_test_selector_SOURCES = tests/unit/test_selector.c
tests_unit_test_selector_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_selector_LDADD = plugin/features/libfeatures.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_aggregate
TESTS += tests/unit/test_aggregate
tests_unit_test_aggregate_SOURCES = tests/unit/test_aggregate.c
tests_unit_test_aggregate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_aggregate_LDADD = plugin/features/libfeatures.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_silence
TESTS += tests/unit/test_silence
tests_unit_test_silence_SOURCES = tests/unit/test_silence.c
tests_unit_test_silence_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_silence_LDADD = plugin/features/libfeatures.la $(CMOCKA_LIBS)
endif

# The forest beside scikit-learn's.
check_PROGRAMS += tests/unit/forest_scores
tests_unit_forest_scores_SOURCES = tests/unit/forest_scores.c
tests_unit_forest_scores_LDADD = plugin/detector/libdetector.la -lm
EXTRA_DIST += tests/unit/test_same_bits.py tests/unit/saved_scores.c
EXTRA_DIST += tests/unit/test_forest_beside_sklearn.py

# The collectd side, with a stand-in for the daemon.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_options
TESTS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_options_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_options_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_series
TESTS += tests/unit/test_series
tests_unit_test_series_SOURCES = tests/unit/test_series.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_series_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_series_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_series_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_frames
TESTS += tests/unit/test_frames
tests_unit_test_frames_SOURCES = tests/unit/test_frames.c \
	tests/unit/frames_fixture.c tests/unit/frames_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_frames_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_frames_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_frames_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_frames_clock
TESTS += tests/unit/test_frames_clock
tests_unit_test_frames_clock_SOURCES = tests/unit/test_frames_clock.c \
	tests/unit/frames_fixture.c tests/unit/frames_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_frames_clock_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_frames_clock_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_frames_clock_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_frames_bounds
TESTS += tests/unit/test_frames_bounds
tests_unit_test_frames_bounds_SOURCES = tests/unit/test_frames_bounds.c \
	tests/unit/frames_fixture.c tests/unit/frames_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_frames_bounds_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_frames_bounds_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_frames_bounds_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_intake
TESTS += tests/unit/test_intake
tests_unit_test_intake_SOURCES = tests/unit/test_intake.c \
	tests/unit/intake_fixture.c tests/unit/intake_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_intake_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_intake_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_intake_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_intake_builtin
TESTS += tests/unit/test_intake_builtin
tests_unit_test_intake_builtin_SOURCES = tests/unit/test_intake_builtin.c \
	tests/unit/intake_fixture.c tests/unit/intake_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_intake_builtin_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_intake_builtin_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_intake_builtin_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_intake_hostile
TESTS += tests/unit/test_intake_hostile
tests_unit_test_intake_hostile_SOURCES = tests/unit/test_intake_hostile.c \
	tests/unit/intake_fixture.c tests/unit/intake_fixture.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_intake_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_intake_hostile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_intake_hostile_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_intake_threads
TESTS += tests/unit/test_intake_threads
tests_unit_test_intake_threads_SOURCES = tests/unit/test_intake_threads.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_intake_threads_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_intake_threads_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -pthread
tests_unit_test_intake_threads_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_report
TESTS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_report_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_report_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_report_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_hostile
TESTS += tests/unit/test_hostile
tests_unit_test_hostile_SOURCES = tests/unit/test_hostile.c \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_hostile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_hostile_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_judge_threads
TESTS += tests/unit/test_judge_threads
tests_unit_test_judge_threads_SOURCES = tests/unit/test_judge_threads.c \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_judge_threads_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_judge_threads_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_judge_threads_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_notifier
TESTS += tests/unit/test_notifier
tests_unit_test_notifier_SOURCES = tests/unit/test_notifier.c \
	tests/unit/judge_fixture.c tests/unit/judge_fixture.h \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_notifier_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_notifier_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_notifier_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_soak
TESTS += tests/unit/test_soak
tests_unit_test_soak_SOURCES = tests/unit/test_soak.c \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_soak_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_soak_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_soak_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_judge
TESTS += tests/unit/test_judge
tests_unit_test_judge_SOURCES = tests/unit/test_judge.c \
	tests/unit/judge_fixture.c tests/unit/judge_fixture.h \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_judge_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_judge_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_judge_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_judge_runs
TESTS += tests/unit/test_judge_runs
tests_unit_test_judge_runs_SOURCES = tests/unit/test_judge_runs.c \
	tests/unit/judge_fixture.c tests/unit/judge_fixture.h \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_judge_runs_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_judge_runs_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_judge_runs_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
check_PROGRAMS += tests/unit/test_judge_restart
TESTS += tests/unit/test_judge_restart
tests_unit_test_judge_restart_SOURCES = tests/unit/test_judge_restart.c \
	tests/unit/judge_fixture.c tests/unit/judge_fixture.h \
	tests/unit/rig.c tests/unit/rig.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/fake_collectd.c tests/unit/fake_collectd.h
tests_unit_test_judge_restart_CPPFLAGS = $(AM_CPPFLAGS) $(COLLECTD_CPPFLAGS)
tests_unit_test_judge_restart_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_judge_restart_LDADD = plugin/collectd/libcollectd_side.la $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm
endif

# The dashboard, and what it adds to the storage.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_rollup
TESTS += tests/unit/test_rollup
tests_unit_test_rollup_SOURCES = tests/unit/test_rollup.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_rollup_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_rollup_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_upload
TESTS += tests/unit/test_upload
tests_unit_test_upload_SOURCES = tests/unit/test_upload.c \
	tests/unit/storage_fixture.c tests/unit/storage_fixture.h \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_upload_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) -pthread
tests_unit_test_upload_LDADD = plugin/storage/libstorage.la \
	plugin/detector/libdetector.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_session
TESTS += tests/unit/test_session
tests_unit_test_session_SOURCES = tests/unit/test_session.c
tests_unit_test_session_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_session_LDADD = dashboard/libdashboard.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_dashboard
TESTS += tests/unit/test_dashboard
tests_unit_test_dashboard_SOURCES = tests/unit/test_dashboard.c
tests_unit_test_dashboard_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_dashboard_LDADD = dashboard/libdashboard.la $(CMOCKA_LIBS) -lm
endif
