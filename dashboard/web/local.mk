# SPDX-License-Identifier: MIT
# The page. It is served as it stands here, file by file; only uPlot comes from
# the npm registry. A tarball carries uPlot's files, so it needs no npm.
dashboard_web_UPLOT = \
	dashboard/web/uplot/uPlot.esm.js \
	dashboard/web/uplot/uPlot.min.css

# Built into the binary, each at web/ and its base name; but for index.html,
# which is GET /, and login.html, which is GET /login.
dashboard_web_FILES = \
	dashboard/web/index.html dashboard/web/login.html \
	dashboard/web/icon.svg \
	dashboard/web/base.css dashboard/web/views.css dashboard/web/charts.css \
	dashboard/web/api.js dashboard/web/axes.js dashboard/web/charts.js \
	dashboard/web/chartset.js dashboard/web/detect.js dashboard/web/dom.js \
	dashboard/web/forget.js dashboard/web/format.js dashboard/web/host.js \
	dashboard/web/main.js dashboard/web/marks.js \
	dashboard/web/overview.js dashboard/web/refresh.js \
	dashboard/web/run.js dashboard/web/runitem.js dashboard/web/runs.js \
	dashboard/web/sample.js dashboard/web/series.js dashboard/web/sparkline.js \
	dashboard/web/spotlight.js \
	dashboard/web/state.js dashboard/web/suspects.js dashboard/web/table.js \
	dashboard/web/theme.js dashboard/web/time.js dashboard/web/upload.js \
	dashboard/web/verdict.js dashboard/web/window.js \
	$(dashboard_web_UPLOT)

EXTRA_DIST += $(dashboard_web_FILES) \
	dashboard/web/package.json dashboard/web/package-lock.json \
	dashboard/web/.npmrc dashboard/web/uplot/LICENSE

# Like all that is made and distributed, they belong into the source tree: found
# there by VPATH, and by builds in other directories. Installed aside, since the
# source tree need not have room for node_modules, and moved at once, since two
# builds may do this at the same time.
NPM = npm
$(srcdir)/dashboard/web/uplot/uPlot.esm.js: $(srcdir)/dashboard/web/package-lock.json
	$(AM_V_GEN)tmp=`mktemp -d` && trap 'rm -rf "$$tmp"' 0 && \
	(cd $(srcdir)/dashboard/web && cp package.json package-lock.json .npmrc "$$tmp") && \
	(cd "$$tmp" && $(NPM) ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || \
	  { cat npm.log; echo "npm ci failed: uPlot, which draws the charts, cannot be had (apt-get install npm)"; exit 1; } >&2) && \
	$(MKDIR_P) $(srcdir)/dashboard/web/uplot && \
	cd "$$tmp/node_modules/uplot" && touch dist/uPlot.min.css dist/uPlot.esm.js && \
	mv -f LICENSE dist/uPlot.min.css dist/uPlot.esm.js $(abs_srcdir)/dashboard/web/uplot/
$(srcdir)/dashboard/web/uplot/uPlot.min.css $(srcdir)/dashboard/web/uplot/LICENSE: $(srcdir)/dashboard/web/uplot/uPlot.esm.js
