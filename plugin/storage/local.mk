noinst_LTLIBRARIES += plugin/storage/libstorage.la
plugin_storage_libstorage_la_SOURCES = \
	plugin/storage/asks.c plugin/storage/asks.h \
	plugin/storage/change.c plugin/storage/change.h \
	plugin/storage/clock.h \
	plugin/storage/csv.c plugin/storage/csv.h \
	plugin/storage/csv_value.c plugin/storage/csv_value.h \
	plugin/storage/database.c plugin/storage/database.h \
	plugin/storage/description.c plugin/storage/description.h \
	plugin/storage/forget.c plugin/storage/forget.h \
	plugin/storage/hostname.c plugin/storage/hostname.h \
	plugin/storage/hosts.c plugin/storage/hosts.h \
	plugin/storage/keeper.c plugin/storage/keeper.h \
	plugin/storage/lessons.c plugin/storage/lessons.h \
	plugin/storage/outbox.c plugin/storage/outbox.h \
	plugin/storage/queue.c plugin/storage/queue.h \
	plugin/storage/reader.c plugin/storage/reader.h \
	plugin/storage/record.c plugin/storage/record.h \
	plugin/storage/retention.c plugin/storage/retention.h \
	plugin/storage/rollup.c plugin/storage/rollup.h \
	plugin/storage/run_id.c plugin/storage/run_id.h \
	plugin/storage/schema.c plugin/storage/schema.h \
	plugin/storage/storage.c plugin/storage/storage.h \
	plugin/storage/suspects.c plugin/storage/suspects.h \
	plugin/storage/untold.c plugin/storage/untold.h \
	plugin/storage/upload.c plugin/storage/upload.h \
	plugin/storage/utf8.c plugin/storage/utf8.h \
	plugin/storage/verdict.c plugin/storage/verdict.h \
	plugin/storage/writer.c plugin/storage/writer.h
plugin_storage_libstorage_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) -pthread
plugin_storage_libstorage_la_LIBADD = $(SQLITE_LIBS)
