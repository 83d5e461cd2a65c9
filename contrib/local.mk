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
