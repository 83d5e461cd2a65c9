// SPDX-License-Identifier: MIT
// All runs: open ones first, then newest first.
import * as api from './api.js';
import { announce, el, keep, say } from './dom.js';
import { count, plural } from './format.js';
import { repeat } from './refresh.js';
import { isOpen, makeRunItem, updateRunItem } from './runitem.js';

const REFRESH = 5000;
const PAGE = 100;

export const title = () => 'Runs';

const KINDS = {
  all: ['All', api.runsOpenFirst],
  open: ['Open', (query, signal) => api.runs({ ...query, open: 1 }, signal)],
  live: ['Live', (query, signal) => api.runsOpenFirst({ ...query, source: 'live' }, signal)],
  uploads: ['Uploads', api.uploads],
};

export function show(main, { query }, signal) {
  const host = query.get('host') ?? '';
  let kind = 'all';
  let told = kind; // what has been announced
  let limit = PAGE;
  const buttons = Object.entries(KINDS).map(([key, [label]]) => el('button', { type: 'button', 'aria-pressed': String(key === kind), 'data-kind': key, onclick: () => choose(key) }, label));
  const list = el('ol', { class: 'runs' });
  const none = el('p', { class: 'hint', hidden: true }, 'No such runs.');
  const total = el('span', { class: 'hint' });
  const more = el('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => { limit += PAGE; reload(); } }, 'Show older');
  main.append(
    el('div', { class: 'hosthead' }, el('h1', {}, host ? `Runs of ${host}` : 'Runs'), total),
    el('div', { class: 'timebar', role: 'group', 'aria-label': 'Which runs' }, el('div', { class: 'joined' }, buttons),
      host && el('a', { href: '#/runs' }, 'Runs of all hosts')),
    el('section', { class: 'panel', 'aria-label': 'Runs' }, list, none, more));

  function choose(key) {
    kind = key;
    limit = PAGE;
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.kind === key));
    reload();
  }

  async function load(aborted) {
    const asked = kind;
    const runs = await KINDS[asked][1]({ host, limit }, aborted);
    const open = runs.filter(isOpen).length;
    if (!host && asked !== 'uploads' && open < limit) dispatchEvent(new CustomEvent('openruns', { detail: open }));
    keep(list, runs, (run) => run.id, makeRunItem, updateRunItem);
    none.hidden = runs.length > 0;
    more.hidden = runs.length < limit;
    say(total, `${more.hidden ? '' : 'the newest '}${plural(runs.length, 'run')}, ${count(open)} open`);
    if (asked !== told) announce(`${total.textContent} shown`);
    told = asked;
    main.dataset.ready = 'true';
  }

  const reload = repeat(load, () => REFRESH, signal);
}
