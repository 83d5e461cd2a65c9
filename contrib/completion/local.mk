# SPDX-License-Identifier: MIT
# bash looks for a file of the program's name, so the same is there twice.
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = \
	contrib/completion/anomaly-dashboard contrib/completion/anomaly-replay
EXTRA_DIST += contrib/completion/anomaly.bash
CLEANFILES += $(bashcompletion_DATA)
$(bashcompletion_DATA): contrib/completion/anomaly.bash
	$(AM_V_GEN)$(MKDIR_P) contrib/completion && \
	cp -f $(srcdir)/contrib/completion/anomaly.bash $@
