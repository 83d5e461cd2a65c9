# SPDX-License-Identifier: MIT
# make eval [EVAL_DIR=...] [EVAL_FLAGS="--only JS2"]: how good the flags are on
# labelled series, see tests/eval/README.md. Not part of make check.
EVAL_DIR = $(srcdir)/../shared/eval
EVAL_FLAGS =

# what follows -- goes to the program
eval: plugin/replay/anomaly-replay
	$(AM_V_at)$(PYTHON3) $(srcdir)/tests/eval/run.py $(EVAL_FLAGS) \
	  plugin/replay/anomaly-replay "$(EVAL_DIR)" tests/eval/work -- $(REPLAY_FLAGS)

# make eval-budget: whether FalseAlarms is kept where nothing happens.
EXTRA_PROGRAMS += tests/eval/budget
CLEANFILES += tests/eval/budget$(EXEEXT)
tests_eval_budget_SOURCES = tests/eval/budget.c tests/unit/normal.h tests/unit/tally.h \
	tests/unit/series.h
tests_eval_budget_LDADD = plugin/detector/libdetector.la -lm

eval-budget: tests/eval/budget$(EXEEXT)
	$(AM_V_at)tests/eval/budget$(EXEEXT)

EXTRA_DIST += \
	tests/eval/run.py \
	tests/eval/references.py \
	tests/eval/recorded.csv \
	tests/eval/README.md \
	tests/eval/EXPERIMENTS.md
