// SPDX-License-Identifier: MIT
// The first view: is anything wrong, where, and since when.
import * as api from './api.js';
import { announce, el, keep, say } from './dom.js';
import { count, plural, score } from './format.js';
import { repeat } from './refresh.js';
import { detectorOf, makeRunItem, updateRunItem } from './runitem.js';
import { drawSparkline, sparkline } from './sparkline.js';
import { rank, setState, stateMark, stateOf } from './state.js';
import { ago, setTime } from './time.js';

const REFRESH = 5000;
const RUNS_SHOWN = 6;
const HOSTS_AT_FIRST = 100;

export const title = () => 'Overview';

const TOTALS = [
  ['records', 'Records'],
  ['anomalies', 'Anomalies'],
  ['hosts', 'Hosts'],
  ['open_runs', 'Open runs'],
  ['warming_up', 'Warming up'],
  ['last', 'Last interval'],
];

function makeTotals() {
  return el('dl', { class: 'totals' }, TOTALS.map(([key, name]) => el('div', {}, el('dt', {}, name),
    el('dd', { 'data-total': key }, key === 'last' ? el('time') : '–'))));
}

function updateTotals(totals, summary, warming) {
  const values = { ...summary, warming_up: warming };
  for (const node of totals.querySelectorAll('dd')) {
    const key = node.dataset.total;
    if (key === 'last') {
      if (summary.last_ts) setTime(node.firstChild, summary.last_ts, ago(summary.last_ts));
    } else {
      say(node, key === 'warming_up' && !values[key] ? 'none' : count(values[key]));
    }
  }
}

const hostAddress = ({ host, detector }) => `#/host/${encodeURIComponent(host)}?${new URLSearchParams({ detector })}`;

function makeHost(host) {
  return el('li', { class: 'host' },
    stateMark(),
    el('a', { class: 'name stretched', href: hostAddress(host), title: host.host }, host.host),
    sparkline(),
    el('span', { class: 'score' }, el('b'), el('span', { class: 'of' })),
    el('span', { class: 'note' }),
    el('time'));
}

function noteOf(host, state) {
  const runs = host.runs_day ? `${plural(host.runs_day, 'run')} in 24 h` : 'no run in 24 h';
  return [detectorOf(host), state === 'warming' ? 'no flags yet' : runs].filter(Boolean).join(', ');
}

function updateHost(item, host) {
  const [mark, , line, numbers, note, seen] = item.children;
  setState(mark, host.state);
  drawSparkline(line, host.line ?? [], host.threshold);
  say(numbers.firstChild, score(host.score));
  say(numbers.lastChild, host.threshold === null ? '' : ` of ${score(host.threshold)}`);
  say(note, noteOf(host, host.state));
  note.title = note.textContent;
  setTime(seen, host.last_ts, ago(host.last_ts));
}

/** By state, then by how near to its threshold a host came within the last hour,
 * in quarters of it: else rows would change places under the pointer all the time. */
function ordered(hosts) {
  const peak = (host) => Math.round((4 * Math.max(0, ...(host.line ?? []))) / (host.threshold || 1));
  return hosts
    .map((host) => ({ ...host, state: stateOf(host), peak: peak(host) }))
    .sort((a, b) => rank(a.state) - rank(b.state) || b.peak - a.peak || a.host.localeCompare(b.host));
}

/** `models` in their order: a host that has several counts as its worst. */
function verdictOn(models) {
  const hosts = [...new Map([...models].reverse().map((model) => [model.host, model.state])).values()];
  const number = (...states) => hosts.filter((state) => states.includes(state)).length;
  const bad = number('open', 'flagged');
  const silent = number('silent');
  const learning = number('warming');
  const all = plural(hosts.length, 'host');
  const also = (...counts) => counts.map(([n, what]) => (n ? ` · ${n} ${what}` : '')).join('');
  if (bad) return ['open', `${bad} of ${all} anomalous${also([silent, 'silent'], [learning, 'warming up'])}`];
  if (silent) return ['silent', `${silent} of ${all} silent${also([learning, 'warming up'])}`];
  if (learning === hosts.length) return ['warming', 'Learning what is usual here'];
  return ['normal', `Nothing unusual on ${plural(hosts.length - learning, 'host')}${also([learning, 'warming up'])}`];
}

/** With a Retention of 0 there are runs and no hosts. */
function verdictWithoutSamples(open, live) {
  if (open) return ['open', `${plural(open, 'run')} open`];
  return live ? ['normal', 'No run is open'] : ['warming', 'Waiting for the first interval'];
}

function welcome() {
  return el('section', { class: 'panel empty' },
    el('h2', {}, 'Nothing has been judged yet'),
    el('p', {}, 'As soon as collectd runs with the plugin and writes to this dashboard’s database, its hosts appear here by themselves:'),
    el('pre', {}, el('code', {}, 'LoadPlugin cpu\nLoadPlugin memory\nLoadPlugin df\nLoadPlugin interface\nLoadPlugin anomaly')),
    el('p', {}, 'Until then you can ', el('a', { href: '#/detect' }, 'look for anomalies in a file'), '.'));
}

export function show(main, _what, signal) {
  const mark = stateMark();
  const headline = el('h1', { class: 'headline' }, mark, el('span', {}, 'Loading…'));
  const totals = makeTotals();
  const hostList = el('ol', { class: 'hosts' });
  const filter = el('input', { type: 'search', placeholder: 'Find a host', 'aria-label': 'Find a host', oninput: () => draw() });
  const more = el('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => { limit = Infinity; draw(); } });
  const runList = el('ol', { class: 'runs' });
  const noRuns = el('p', { class: 'hint', hidden: true }, 'No runs so far: nothing has stayed above its threshold.');
  const spotName = el('a', { href: '#/' });
  const spotCharts = el('div', { class: 'charts' });
  const noSamples = el('p', { class: 'hint', hidden: true }, 'No samples are kept, so hosts are known by their runs alone.');
  const spotlight = el('section', { class: 'panel spotlight', 'aria-labelledby': 'h-spot' },
    el('header', {}, el('h2', { id: 'h-spot' }, spotName), el('span', { class: 'hint' }, 'the last hour; drag to look closer')),
    spotCharts);
  const lists = el('div', { class: 'overview' },
    el('section', { class: 'panel', 'aria-labelledby': 'h-hosts' },
      el('header', {}, el('h2', { id: 'h-hosts' }, 'Hosts'), el('span', { class: 'hint' }, 'score over the last hour'), filter),
      hostList, noSamples, more),
    el('section', { class: 'panel', 'aria-labelledby': 'h-runs' },
      el('header', {}, el('h2', { id: 'h-runs' }, 'Latest runs'), el('a', { href: '#/runs' }, 'All runs')),
      runList, noRuns),
    spotlight);
  const empty = welcome();
  empty.hidden = true;
  main.append(el('div', { class: 'hero' }, headline, totals), empty, lists);

  let hosts = [];
  let limit = HOSTS_AT_FIRST;
  let spot = null;

  function draw() {
    const wanted = hosts.filter((host) => host.host.toLowerCase().includes(filter.value.trim().toLowerCase()));
    keep(hostList, wanted.slice(0, limit), (host) => `${host.host}/${host.detector}`, makeHost, updateHost);
    more.hidden = wanted.length <= limit;
    say(more, `Show all ${count(wanted.length)}`);
  }

  /** After everything else, since it needs the library that draws charts. */
  async function drawSpot(aborted) {
    const [host] = hosts;
    if (!host) return;
    say(spotName, [host.host, detectorOf(host)].filter(Boolean).join(', '));
    if (!spot) {
      const { Spotlight } = await api.part(import('./spotlight.js'));
      if (signal.aborted) return;
      spot = new Spotlight(signal);
      spotCharts.replaceWith(spot.node);
    }
    spotName.href = hostAddress(host);
    await spot.show(host, aborted);
  }

  async function load(aborted) {
    const [summary, answer, runs] = await Promise.all([
      api.summary(aborted), api.hosts(aborted), api.runsOpenFirst({ limit: RUNS_SHOWN }, aborted)]);
    hosts = ordered(answer);
    const live = runs.some((run) => run.source === 'live');
    empty.hidden = hosts.length > 0 || live;
    noSamples.hidden = hosts.length > 0 || !live;
    spotlight.hidden = hosts.length === 0;
    lists.hidden = hosts.length === 0 && runs.length === 0;
    const [state, text] = hosts.length ? verdictOn(hosts) : verdictWithoutSamples(summary.open_runs, live);
    if (headline.lastChild.textContent !== text) announce(text);
    setState(mark, state);
    say(headline.lastChild, text);
    updateTotals(totals, summary, summary.warming_up ?? new Set(hosts.filter((host) => host.warming_up).map((host) => host.host)).size);
    draw();
    keep(runList, runs.slice(0, RUNS_SHOWN), (run) => run.id, makeRunItem, updateRunItem);
    noRuns.hidden = runs.length > 0;
    dispatchEvent(new CustomEvent('openruns', { detail: summary.open_runs }));
    main.dataset.ready = 'true'; // for who waits for a filled page
    await drawSpot(aborted);
  }

  repeat(load, () => REFRESH, signal);
}
