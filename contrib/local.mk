EXTRA_DIST += \
	.ci/run \
	contrib/install-deps contrib/demo contrib/check \
	contrib/examples/machine.conf contrib/examples/central.conf \
	contrib/examples/notify.conf contrib/examples/simulation.conf \
	contrib/examples/run.png
