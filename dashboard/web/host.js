// SPDX-License-Identifier: MIT
// One host: its charts, its samples, its runs.
import * as api from './api.js';
import { ChartSet } from './chartset.js';
import { el, keep } from './dom.js';
import { forgetButton } from './forget.js';
import { repeat } from './refresh.js';
import { makeRunItem, updateRunItem } from './runitem.js';
import { setState, stateMark, stateOf } from './state.js';
import { lately } from './suspects.js';
import { SampleTable } from './table.js';
import { HOUR, ago, now, setTime } from './time.js';
import { TimeWindow } from './window.js';

const FASTEST = 2000; // ms between refreshes
const SLOWEST = 30_000;
const POINTS = 1000;
const RUNS_SHOWN = 8;

export const title = ({ name }) => name;

/** What the address says, else the last hour, followed. */
function windowOf(query, changed) {
  const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
  const fixed = from > 0 && to > from;
  const length = Number(query.get('last')) * 1000 || HOUR;
  const end = now();
  return new TimeWindow({ ...(fixed ? { from, to } : { from: end - length, to: end }), follow: !fixed, changed });
}

/** Puts what is shown into the address, to be sent to somebody or reloaded. */
function remember(name, detector, shown) {
  const query = new URLSearchParams({ detector });
  if (shown.follow) {
    query.set('last', Math.round(shown.length / 1000));
  } else {
    query.set('from', shown.from);
    query.set('to', shown.to);
  }
  history.replaceState(null, '', `#/host/${encodeURIComponent(name)}?${query}`);
}

function detectorChoice(name) {
  const select = el('select', {
    'aria-label': 'Detector',
    hidden: true,
    onchange: () => { location.hash = `#/host/${encodeURIComponent(name)}?detector=${encodeURIComponent(select.value)}`; },
  });
  return select;
}

export function show(main, { name, query }, signal) {
  let detector = query.get('detector') ?? '';
  let interval = 0;
  const mark = stateMark();
  const seen = el('time', { class: 'hint' });
  const choice = detectorChoice(name);
  const shown = windowOf(query, () => {
    remember(name, detector, shown);
    table.pages = [];
    reload();
  });
  const charts = new ChartSet(shown, signal);
  const table = new SampleTable({ host: name, detector });
  const runList = el('ol', { class: 'runs' });
  const noRuns = el('p', { class: 'hint' }, 'No runs of this host.');
  const bar = shown.bar(true);
  const noSamples = el('p', { class: 'panel', hidden: true }, 'No samples of this host are kept, only its runs: ',
    'it has been silent for longer than the plugin’s Retention, or that is 0.');
  main.append(
    el('div', { class: 'hosthead' }, el('h1', {}, name), mark, seen, choice),
    noSamples, bar, charts.node,
    el('div', { class: 'below' }, table.node,
      el('section', { class: 'panel', 'aria-labelledby': 'h-runs' },
        el('header', {}, el('h2', { id: 'h-runs' }, 'Runs of this host'), el('a', { href: `#/runs?host=${encodeURIComponent(name)}` }, 'All')),
        runList, noRuns,
        forgetButton(() => ({ host: name, detector })))));

  function showRuns(runs) {
    const recent = runs.slice(0, RUNS_SHOWN);
    keep(runList, recent, (run) => run.id, makeRunItem, updateRunItem);
    noRuns.hidden = recent.length > 0;
    main.dataset.ready = 'true';
  }

  /** Whether there are samples of it to show. */
  function setSampled(sampled) {
    noSamples.hidden = sampled;
    for (const node of [mark, seen, bar, charts.node, table.node]) node.hidden = !sampled;
  }

  async function showWithoutSamples(aborted) {
    const runs = await api.runsOpenFirst({ host: name, limit: RUNS_SHOWN }, aborted);
    if (!runs.length) throw new api.ApiError(404, `No host called “${name}” has been judged.`);
    detector ||= runs[0].detector;
    setSampled(false);
    showRuns(runs);
  }

  function showHost(mine) {
    const host = mine.find((one) => one.detector === detector) ?? mine[0];
    setSampled(true);
    detector = host.detector;
    table.query.detector = detector;
    interval = host.interval ?? 0;
    setState(mark, stateOf(host));
    setTime(seen, host.last_ts, `last interval ${ago(host.last_ts)}`);
    keep(choice, mine, (one) => one.detector, (one) => el('option', { value: one.detector }, one.detector));
    choice.value = detector;
    choice.hidden = mine.length < 2;
    // a host that went silent is followed to its end rather than into the void
    shown.end = (length) => (now() - host.last_ts > length / 2 ? host.last_ts + 1 : now());
  }

  async function load(aborted) {
    const mine = (await api.hosts(aborted)).filter((host) => host.host === name);
    if (!mine.length) {
      await showWithoutSamples(aborted);
      return;
    }
    showHost(mine);
    shown.advance();
    const [from, to] = shown.span();
    table.end = shown.follow ? null : to;
    const [series, runs] = await Promise.all([
      api.series({ host: name, detector, from, to, points: POINTS }, aborted),
      api.runsOpenFirst({ host: name, detector, limit: RUNS_SHOWN }, aborted),
      // a page of the past stays as it is
      (table.pages.length === 0 || table.stale) && table.load(aborted),
    ]);
    table.stale = false;
    charts.set({ ...series, detector }, lately(runs, to));
    showRuns(runs);
  }

  const pace = () => (shown.follow ? Math.min(SLOWEST, Math.max(FASTEST, interval, shown.length / POINTS)) : SLOWEST);
  const reload = repeat(load, pace, signal);
  table.reload = () => {
    table.stale = true;
    reload();
  };
}
