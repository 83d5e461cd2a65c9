# SPDX-License-Identifier: MIT
EXTRA_DIST += contrib/redhat/collectd-anomaly.spec
