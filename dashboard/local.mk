# SPDX-License-Identifier: MIT
# anomaly-dashboard: the page and the API over the plugin's database. All but
# main.c is a library that the unit tests link too.
include dashboard/web/local.mk

noinst_LTLIBRARIES += dashboard/libdashboard.la
dashboard_libdashboard_la_SOURCES = \
	dashboard/api/api.h \
	dashboard/api/buckets.c dashboard/api/buckets.h \
	dashboard/api/catalog.c dashboard/api/catalog.h \
	dashboard/api/detect.c \
	dashboard/api/forget.c \
	dashboard/api/hosts.c \
	dashboard/api/judge.c dashboard/api/judge.h \
	dashboard/api/live.c dashboard/api/live.h \
	dashboard/api/points.c dashboard/api/points.h \
	dashboard/api/query.c dashboard/api/query.h \
	dashboard/api/read_csv.c dashboard/api/read_csv.h \
	dashboard/api/read_json.c dashboard/api/read_json.h \
	dashboard/api/runs.c \
	dashboard/api/sample.c \
	dashboard/api/samples.c \
	dashboard/api/series.c \
	dashboard/api/series_reply.c dashboard/api/series_reply.h \
	dashboard/api/series_upload.c dashboard/api/series_upload.h \
	dashboard/api/summary.c \
	dashboard/api/table.c dashboard/api/table.h \
	dashboard/api/usual.c dashboard/api/usual.h \
	dashboard/api/verdict.c \
	dashboard/app.h \
	dashboard/http/assets.c dashboard/http/assets.h \
	dashboard/http/body.c dashboard/http/body.h \
	dashboard/http/cache.c dashboard/http/cache.h \
	dashboard/http/connections.c dashboard/http/connections.h \
	dashboard/http/dispatch.c dashboard/http/dispatch.h \
	dashboard/http/framing.c dashboard/http/framing.h \
	dashboard/http/listen.c dashboard/http/listen.h \
	dashboard/http/origin.c dashboard/http/origin.h \
	dashboard/http/request.c dashboard/http/request.h \
	dashboard/http/route.c dashboard/http/route.h \
	dashboard/http/server.c dashboard/http/server.h \
	dashboard/http/work.c dashboard/http/work.h \
	dashboard/json.c dashboard/json.h \
	dashboard/log.c dashboard/log.h \
	dashboard/options.c dashboard/options.h \
	dashboard/routes.c dashboard/routes.h \
	dashboard/session/access.c dashboard/session/access.h \
	dashboard/session/basic.c dashboard/session/basic.h \
	dashboard/session/credentials.c dashboard/session/credentials.h \
	dashboard/session/login.c dashboard/session/login.h \
	dashboard/session/password.c dashboard/session/password.h \
	dashboard/session/secret.c dashboard/session/secret.h \
	dashboard/session/session.c dashboard/session/session.h \
	dashboard/session/throttle.c dashboard/session/throttle.h \
	dashboard/session/user_name.c dashboard/session/user_name.h \
	dashboard/session/users.c dashboard/session/users.h \
	dashboard/session/users_file.c dashboard/session/users_file.h \
	dashboard/text.c dashboard/text.h
nodist_dashboard_libdashboard_la_SOURCES = dashboard/assets_table.c
dashboard_libdashboard_la_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS) \
	$(SQLITE_CFLAGS) $(CRYPT_CFLAGS) -pthread
dashboard_libdashboard_la_LIBADD = \
	plugin/detector/libdetector.la plugin/storage/libstorage.la \
	$(MICROHTTPD_LIBS) $(SQLITE_LIBS) $(CRYPT_LIBS) -lm

bin_PROGRAMS += dashboard/anomaly-dashboard
dashboard_anomaly_dashboard_SOURCES = dashboard/main.c
dashboard_anomaly_dashboard_CFLAGS = $(dashboard_libdashboard_la_CFLAGS)
dashboard_anomaly_dashboard_LDFLAGS = $(AM_LDFLAGS) $(program_LDFLAGS)
dashboard_anomaly_dashboard_LDADD = dashboard/libdashboard.la

dist_man_MANS += dashboard/anomaly-dashboard.1

EXTRA_DIST += dashboard/http/embed
CLEANFILES += dashboard/assets_table.c
dashboard/assets_table.c: $(dashboard_web_FILES) dashboard/http/embed
	$(AM_V_GEN)$(MKDIR_P) dashboard && \
	$(srcdir)/dashboard/http/embed $(srcdir) $(dashboard_web_FILES) >$@.tmp && \
	mv -f $@.tmp $@
