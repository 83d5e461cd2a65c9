// SPDX-License-Identifier: MIT
// All runs: open ones first, then newest first.
import * as api from './api.js';
import { announce, el, keep, say } from './dom.js';
import { plural } from './format.js';
import { repeat } from './refresh.js';
import { isOpen, makeRunItem, updateRunItem } from './runitem.js';

const REFRESH = 5000;
const PAGE = 100;

export const title = () => 'Runs';

const KINDS = {
  all: ['All', () => true],
  open: ['Open', isOpen],
  live: ['Live', (run) => run.source === 'live'],
  uploads: ['Uploads', (run) => run.source !== 'live'],
};

export function show(main, { query }, signal) {
  const host = query.get('host') ?? '';
  let kind = 'all';
  let runs = [];
  let limit = PAGE;
  const buttons = Object.entries(KINDS).map(([key, [label]]) => el('button', { type: 'button', 'aria-pressed': String(key === kind), 'data-kind': key, onclick: () => choose(key) }, label));
  const list = el('ol', { class: 'runs runs-all' });
  const none = el('p', { class: 'hint' }, 'No such runs.');
  const total = el('span', { class: 'hint' });
  const more = el('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => { limit += PAGE; reload(); } }, 'Show older');
  main.append(
    el('div', { class: 'hosthead' }, el('h1', {}, host ? `Runs of ${host}` : 'Runs'), total),
    el('div', { class: 'timebar', role: 'group', 'aria-label': 'Which runs' }, el('div', { class: 'joined' }, buttons),
      host && el('a', { href: '#/runs' }, 'Runs of all hosts')),
    el('section', { class: 'panel', 'aria-label': 'Runs' }, list, none, more));

  function choose(key) {
    kind = key;
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.kind === key));
    draw();
    announce(`${plural(list.children.length, 'run')} shown`);
  }

  function draw() {
    const wanted = runs.filter(KINDS[kind][1]);
    keep(list, wanted, (run) => run.id, makeRunItem, updateRunItem);
    none.hidden = wanted.length > 0;
    more.hidden = runs.length < limit;
    say(total, `${plural(wanted.length, 'run')}, ${wanted.filter(isOpen).length} open`);
  }

  async function load(aborted) {
    runs = await api.runsOpenFirst({ host, limit }, aborted);
    if (!host) dispatchEvent(new CustomEvent('openruns', { detail: runs.filter(isOpen).length }));
    draw();
    main.dataset.ready = 'true';
  }

  const reload = repeat(load, () => REFRESH, signal);
}
