// SPDX-License-Identifier: MIT
// One run: what happened, who is to blame, and what people said of it.
import * as api from './api.js';
import { ChartSet } from './chartset.js';
import { announce, el, keep, say } from './dom.js';
import { plural, score } from './format.js';
import { repeat } from './refresh.js';
import { extentOf, isOpen, nameOf, startOf } from './runitem.js';
import { sentences, suspectList, unitsOf } from './suspects.js';
import { HOUR, moment, now, timeElement, utc, zone } from './time.js';
import { verdictForm } from './verdict.js';
import { TimeWindow } from './window.js';

const REFRESH_OPEN = 3000;
const REFRESH_CLOSED = 60_000;
const POINTS = 1000;
const ROWS = 100;

export const title = ({ name }) => `Run ${name}`;

function fact(name, ...values) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, values));
}

/** "17:59:17 UTC", as in the notification, where the page's times are others. */
function inUtc(ts) {
  return zone(ts) === 'UTC' ? 'UTC' : utc(ts).split(' ').slice(1).join(' ');
}

function facts(run) {
  const live = run.source === 'live';
  return [
    live && fact('Host', el('a', { href: `#/host/${encodeURIComponent(run.host)}?detector=${encodeURIComponent(run.detector)}` }, run.host)),
    live && fact('Detector', run.detector),
    fact(live ? 'Began' : 'Uploaded', timeElement(startOf(run)), el('span', { class: 'hint' }, ` ${inUtc(startOf(run))}`)),
    live && fact('Ended', isOpen(run) ? 'still open' : timeElement(run.ended_at)),
    live && fact('Lasted', extentOf(run).replace(/^for /, '')),
    run.silent && fact('Notified', 'no, in a maintenance window'),
    fact('Peak score', score(run.peak_score), ...(live && run.peak_at ? [' at ', timeElement(run.peak_at)] : [])),
    fact('Anomalous', `${run.anomalies_found} of ${plural(run.total_points, live ? 'interval' : 'row')}`),
  ].filter(Boolean);
}

/** What each anomalous row was blamed on. */
function anomalyTable() {
  const body = el('tbody');
  const more = el('p', { class: 'hint' });
  const node = el('section', { class: 'panel', 'aria-labelledby': 'h-anomalies' },
    el('header', {}, el('h2', { id: 'h-anomalies' }, 'Anomalous rows'), more),
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of anomalies' },
      el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Time'), el('th', { scope: 'col' }, 'Score'),
        el('th', { scope: 'col', class: 'text' }, 'Why'))), body)));
  const row = (units) => (anomaly) => el('tr', {},
    el('th', { scope: 'row' }, typeof anomaly.ts === 'number' ? timeElement(anomaly.ts) : anomaly.ts),
    el('td', {}, score(anomaly.score)),
    el('td', { class: 'text' }, sentences(anomaly.suspects, units) || anomaly.note || ''));
  return {
    node,
    set(anomalies, units) {
      const worst = anomalies.length > ROWS ? [...anomalies].sort((a, b) => b.score - a.score).slice(0, ROWS) : anomalies;
      keep(body, worst, (anomaly) => anomaly.ts, row(units));
      say(more, worst.length < anomalies.length ? `the ${ROWS} with the highest scores` : plural(anomalies.length, 'row'));
      node.hidden = anomalies.length === 0;
    },
  };
}

/** An hour after a live run, as far as it has passed. */
const endOf = (run) => Math.min((run.ended_at ?? now()) + HOUR, now());

/** A live run with an hour on each side; an upload from its first row to its last. */
function spanOf(run) {
  if (run.source === 'live') return { from: startOf(run) - HOUR, to: endOf(run) };
  const margin = Math.max(1000, (run.ended_at - run.started_at) * 0.01);
  return { from: run.started_at - margin, to: run.ended_at + margin };
}

function seriesQuery(run, [from, to]) {
  const range = { from, to, points: POINTS };
  return run.source === 'live' ? { host: run.host, detector: run.detector, ...range } : { run: run.id, ...range };
}

function deleteButton(run) {
  return el('button', { type: 'button', class: 'danger', onclick: async (event) => {
    if (!confirm('Delete this upload and its data?')) return;
    try {
      await api.deleteRun(run.id);
      announce('Deleted');
      location.hash = '#/runs';
    } catch (error) {
      event.target.textContent = `Not deleted: ${error.message}`;
    }
  } }, 'Delete upload');
}

export function show(main, { name: id }, signal) {
  const heading = el('h1', {}, `Run ${id}`);
  const status = el('span', { class: 'runstate' });
  const list = el('dl', { class: 'facts' });
  const blame = el('div');
  const aside = el('div', { class: 'panel' });
  const anomalies = anomalyTable();
  const below = el('div', { class: 'rundata' });
  const noSamples = el('p', { class: 'hint', hidden: true }, 'No samples of this time are kept.');
  main.append(
    el('div', { class: 'hosthead' }, heading, status),
    el('div', { class: 'runtop' },
      el('section', { class: 'panel', 'aria-label': 'What happened' }, list, el('h2', {}, 'Suspects, at the peak'), blame), aside),
    below, anomalies.node);
  let shown = null;
  let charts = null;
  let open = true;

  /** Once the run is known: the form must not be taken away from who types into it. */
  function begin(run) {
    aside.append(verdictForm(run, () => reload()), ...(run.source === 'live' ? [] : [deleteButton(run)]));
    shown = new TimeWindow({ ...spanOf(run), follow: false, changed: () => reload() });
    charts = new ChartSet(shown, signal);
    below.append(shown.bar(false), noSamples, charts.node);
  }

  function draw(run) {
    open = isOpen(run);
    say(heading, `${nameOf(run)}, ${moment(startOf(run))}`);
    say(status, open ? '▲ Open' : { expected: 'Expected', incident: 'Incident' }[run.verdict] ?? (run.source === 'live' ? 'Closed' : ''));
    status.dataset.status = open ? 'open' : run.verdict ?? '';
    list.replaceChildren(...facts(run));
    blame.replaceChildren(run.suspects?.length ? suspectList(run.suspects, unitsOf(run))
      : el('p', { class: 'hint' }, 'Nothing stood out.'));
    anomalies.set(run.anomalies, unitsOf(run));
  }

  async function load(aborted) {
    const run = await api.run(id, aborted);
    if (!shown) begin(run);
    if (run.source === 'live') shown.grow(endOf(run));
    draw(run);
    const series = await api.series(seriesQuery(run, shown.span()), aborted);
    charts.set({ ...series, detector: run.detector }, run.suspects ?? []);
    noSamples.hidden = series.ts.length > 0;
    main.dataset.ready = 'true';
  }

  const reload = repeat(load, () => (open ? REFRESH_OPEN : REFRESH_CLOSED), signal);
}
