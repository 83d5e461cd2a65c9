// SPDX-License-Identifier: MIT
// Which view is shown. The part of the address behind # says so: it never reaches
// the server, so the page works below any path.
import * as api from './api.js';
import { say } from './dom.js';
import { count } from './format.js';
import { showTrouble } from './refresh.js';
import { zone } from './time.js';
import * as overview from './overview.js';

// Each has title(parameters) and show(main, parameters, signal). What the first
// view does not need is loaded when it is wanted.
const VIEWS = {
  overview: async () => overview,
  host: () => import('./host.js'),
  runs: () => import('./runs.js'),
  run: () => import('./run.js'),
  detect: () => import('./detect.js'),
};

const main = document.getElementById('content');
let shown = null; // AbortController of the view that is shown

/** #/host/web-1?detector=system becomes {view: 'host', name: 'web-1', query} */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, name] = path.split('/');
  let what = { view: view || 'overview', name: '', query: new URLSearchParams(query) };
  try {
    what.name = decodeURIComponent(name ?? '');
  } catch {
    what = null; // a broken escape
  }
  if (what?.view === 'runs' && what.name) what.view = 'run';
  return what && VIEWS[what.view] ? what : { view: 'overview', name: '', query: new URLSearchParams() };
}

async function show() {
  if (location.hash === '#content') return; // the skip link
  const what = route();
  shown?.abort();
  const mine = new AbortController();
  shown = mine;
  for (const link of document.querySelectorAll('nav [data-view]')) {
    const current = link.dataset.view === what.view || (link.dataset.view === 'runs' && what.view === 'run');
    if (current) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  try {
    const view = await api.part(VIEWS[what.view]());
    if (mine.signal.aborted) return;
    document.title = `${view.title(what)} · collectd-anomaly`;
    main.replaceChildren();
    main.dataset.view = what.view;
    delete main.dataset.ready;
    view.show(main, what, mine.signal);
    scrollTo(0, 0);
  } catch (error) {
    if (!mine.signal.aborted) showTrouble(error, show);
  }
}

/** The number of open runs, beside "Runs" whatever view is shown. */
function showOpenRuns(event) {
  const badge = document.getElementById('open-runs');
  badge.hidden = !event.detail;
  say(badge, `${count(event.detail)} open`);
}

document.getElementById('logout').addEventListener('click', async () => {
  try {
    await api.logout();
    api.toLogin();
  } catch (error) {
    showTrouble(error, () => document.getElementById('logout').click());
  }
});
say(document.getElementById('zone'), zone(Date.now()));
addEventListener('openruns', showOpenRuns);
addEventListener('hashchange', () => {
  show();
  // after a change of view the keyboard starts at its content
  main.focus({ preventScroll: true });
});
show();
