# SPDX-License-Identifier: MIT
# The plugin's values in real databases and brokers; contrib/check runs these.
EXTRA_DIST += \
	tests/outputs/conftest.py tests/outputs/dashboards.py \
	tests/outputs/judgements.py tests/outputs/machine.py \
	tests/outputs/servers.py tests/outputs/test_files.py \
	tests/outputs/test_grafana.py tests/outputs/test_grafana_schema.py \
	tests/outputs/grafana/.npmrc tests/outputs/grafana/package.json \
	tests/outputs/grafana/package-lock.json tests/outputs/grafana/schema.ts \
	tests/outputs/test_graphite.py \
	tests/outputs/test_influxdb.py tests/outputs/test_mqtt.py \
	tests/outputs/test_network.py \
	tests/outputs/test_prometheus.py
