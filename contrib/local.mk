include contrib/completion/local.mk
include contrib/systemd/local.mk

EXTRA_DIST += \
	.ci/run \
	contrib/install-deps contrib/demo contrib/check \
	contrib/examples/run.png

# Complete configurations, and the data of anomaly-replay(1)'s worked example.
examplesdir = $(docdir)/examples
dist_examples_DATA = \
	contrib/examples/central.conf contrib/examples/machine.conf \
	contrib/examples/notify.conf contrib/examples/simulation.conf \
	contrib/examples/sample.csv

prometheusdir = $(docdir)/prometheus
dist_prometheus_DATA = \
	contrib/prometheus/anomaly.rules.yml \
	contrib/prometheus/alerting.yml contrib/prometheus/alertmanager.yml

# An output each, and the server's side of it; dashboards for two of them.
nobase_dist_doc_DATA = \
	contrib/grafana/README.md contrib/outputs/README.md \
	contrib/grafana/influxdb-fleet.json contrib/grafana/influxdb-host.json \
	contrib/grafana/prometheus-fleet.json \
	contrib/grafana/prometheus-host.json \
	contrib/outputs/anomaly.conf \
	contrib/outputs/csv/collectd.conf \
	contrib/outputs/graphite/carbon.conf \
	contrib/outputs/graphite/collectd.conf \
	contrib/outputs/graphite/storage-aggregation.conf \
	contrib/outputs/graphite/storage-schemas.conf \
	contrib/outputs/influxdb/collectd.conf \
	contrib/outputs/influxdb/influxdb.conf \
	contrib/outputs/mqtt/collectd.conf \
	contrib/outputs/mqtt/mosquitto.conf \
	contrib/outputs/network/collectd.conf \
	contrib/outputs/network/collector.conf \
	contrib/outputs/prometheus/collectd.conf \
	contrib/outputs/prometheus/prometheus.yml \
	contrib/outputs/rrdtool/collectd.conf \
	contrib/outputs/unixsock/collectd.conf

notifydir = $(docdir)/notify
dist_notify_DATA = \
	contrib/notify/email.conf contrib/notify/exec.conf \
	contrib/notify/http.conf
dist_notify_SCRIPTS = contrib/notify/anomaly-to-alertmanager
