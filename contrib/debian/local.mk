# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	contrib/debian/anomaly.conf \
	contrib/debian/build \
	contrib/debian/changelog \
	contrib/debian/collectd-anomaly-dashboard.dirs \
	contrib/debian/collectd-anomaly-dashboard.install \
	contrib/debian/collectd-anomaly-dashboard.postinst \
	contrib/debian/collectd-anomaly-dashboard.postrm \
	contrib/debian/collectd-anomaly.docs \
	contrib/debian/collectd-anomaly.install \
	contrib/debian/collectd-anomaly.links \
	contrib/debian/collectd-anomaly.postinst \
	contrib/debian/collectd-anomaly.postrm \
	contrib/debian/control \
	contrib/debian/copyright \
	contrib/debian/not-installed \
	contrib/debian/rules \
	contrib/debian/source/format
