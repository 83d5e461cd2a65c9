noinst_LTLIBRARIES += plugin/storage/libstorage.la
plugin_storage_libstorage_la_SOURCES = \
	plugin/storage/storage.h plugin/storage/storage.c
plugin_storage_libstorage_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) -pthread
plugin_storage_libstorage_la_LIBADD = $(SQLITE_LIBS)
