# SPDX-License-Identifier: MIT
# The dashboard's service, the group that it and the plugin share, and the
# database's directory.
systemdunitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_sysusers_DATA = \
	contrib/systemd/sysusers.d/anomaly-dashboard.conf \
	contrib/systemd/sysusers.d/collectd-anomaly.conf
dist_tmpfiles_DATA = contrib/systemd/tmpfiles.d/collectd-anomaly.conf

systemdunit_DATA = contrib/systemd/anomaly-dashboard.service
EXTRA_DIST += contrib/systemd/anomaly-dashboard.service.in
CLEANFILES += $(systemdunit_DATA)
contrib/systemd/anomaly-dashboard.service: contrib/systemd/anomaly-dashboard.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	sed -e 's|@[b]indir@|$(bindir)|g' -e 's|@[s]ysconfdir@|$(sysconfdir)|g' \
	  $(srcdir)/contrib/systemd/anomaly-dashboard.service.in >$@.tmp && \
	mv -f $@.tmp $@
