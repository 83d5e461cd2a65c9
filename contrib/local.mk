include contrib/completion/local.mk
include contrib/debian/local.mk
include contrib/redhat/local.mk
include contrib/systemd/local.mk

EXTRA_DIST += \
	.ci/run \
	contrib/install-deps contrib/demo contrib/check \
	contrib/examples/run.png

# Complete configurations, and the data of anomaly-replay(1)'s worked example.
examplesdir = $(docdir)/examples
dist_examples_DATA = \
	contrib/examples/central.conf contrib/examples/machine.conf \
	contrib/examples/notify.conf contrib/examples/shard.conf \
	contrib/examples/simulation.conf \
	contrib/examples/sample.csv

prometheusdir = $(docdir)/prometheus
dist_prometheus_DATA = \
	contrib/prometheus/anomaly.rules.yml \
	contrib/prometheus/alerting.yml contrib/prometheus/alertmanager.yml

# An output each, and the server's side of it; dashboards for two of them.
grafanadir = $(docdir)/grafana
dist_grafana_DATA = \
	contrib/grafana/README.md contrib/grafana/influxdb-fleet.json \
	contrib/grafana/influxdb-host.json \
	contrib/grafana/prometheus-fleet.json \
	contrib/grafana/prometheus-host.json
outputsdir = $(docdir)/outputs
dist_outputs_DATA = \
	contrib/outputs/README.md contrib/outputs/anomaly.conf
outputs_csvdir = $(docdir)/outputs/csv
dist_outputs_csv_DATA = \
	contrib/outputs/csv/collectd.conf
outputs_graphitedir = $(docdir)/outputs/graphite
dist_outputs_graphite_DATA = \
	contrib/outputs/graphite/carbon.conf \
	contrib/outputs/graphite/collectd.conf \
	contrib/outputs/graphite/storage-aggregation.conf \
	contrib/outputs/graphite/storage-schemas.conf
outputs_influxdbdir = $(docdir)/outputs/influxdb
dist_outputs_influxdb_DATA = \
	contrib/outputs/influxdb/collectd.conf \
	contrib/outputs/influxdb/influxdb.conf
outputs_mqttdir = $(docdir)/outputs/mqtt
dist_outputs_mqtt_DATA = \
	contrib/outputs/mqtt/collectd.conf contrib/outputs/mqtt/mosquitto.conf
outputs_networkdir = $(docdir)/outputs/network
dist_outputs_network_DATA = \
	contrib/outputs/network/collectd.conf \
	contrib/outputs/network/collector.conf
outputs_prometheusdir = $(docdir)/outputs/prometheus
dist_outputs_prometheus_DATA = \
	contrib/outputs/prometheus/collectd.conf \
	contrib/outputs/prometheus/prometheus.yml
outputs_rrdtooldir = $(docdir)/outputs/rrdtool
dist_outputs_rrdtool_DATA = \
	contrib/outputs/rrdtool/collectd.conf
outputs_unixsockdir = $(docdir)/outputs/unixsock
dist_outputs_unixsock_DATA = \
	contrib/outputs/unixsock/collectd.conf

notifydir = $(docdir)/notify
dist_notify_DATA = \
	contrib/notify/email.conf contrib/notify/exec.conf \
	contrib/notify/http.conf
dist_notify_SCRIPTS = contrib/notify/anomaly-to-alertmanager
