// SPDX-License-Identifier: MIT
// Samples as a table, newest first: all or anomalies only, page by page, and for
// taking home as CSV or JSON.
import * as api from './api.js';
import { announce, el, keep, say } from './dom.js';
import { inColumn, plural, score } from './format.js';
import { unitsOf } from './suspects.js';
import { moment, setTime } from './time.js';

const PAGE = 25;

const cell = (text, attributes) => el('td', attributes, text);

function makeRow(row, features, units) {
  return el('tr', { class: row.flagged ? 'flagged' : '' },
    el('th', { scope: 'row' }, setTime(el('time'), row.ts)),
    features.map((name) => cell(inColumn(row[name], units[name]))),
    cell(score(row.score)), cell(score(row.threshold), { class: 'hint' }),
    cell(row.flagged ? '▲ anomaly' : '', { class: 'mark' }));
}

export class SampleTable {
  /** query: {host, detector} or {run} */
  constructor(query) {
    this.query = query;
    this.end = null; // samples before this time; null: up to the newest
    this.pages = []; // the `before` of each page gone through; the last is shown
    this.flagged = false;
    this.columns = '';
    this.head = el('tr');
    this.body = el('tbody');
    const toggle = el('input', { type: 'checkbox', role: 'switch', onchange: () => this.only(toggle.checked) });
    this.older = el('button', { type: 'button', onclick: () => this.page(this.last) }, 'Older');
    this.newer = el('button', { type: 'button', onclick: () => this.page(null) }, 'Newer');
    this.where = el('span', { class: 'hint' });
    this.csv = el('a', { class: 'button', download: '' }, 'CSV');
    this.json = el('a', { class: 'button', download: '' }, 'JSON');
    this.node = el('section', { class: 'panel samples', 'aria-labelledby': 'h-samples' },
      el('header', {},
        el('h2', { id: 'h-samples' }, 'Samples'),
        el('label', { class: 'switch' }, toggle, 'Anomalies only'),
        el('div', { class: 'pager' }, this.where, this.newer, this.older,
          el('span', { class: 'label' }, 'Export'), this.csv, this.json)),
      el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of samples' },
        el('table', {}, el('thead', {}, this.head), this.body)));
  }

  ask(more = {}) {
    return { ...this.query, flagged: this.flagged ? 1 : '', limit: PAGE, before: this.pages.at(-1) ?? this.end, ...more };
  }

  only(flagged) {
    this.flagged = flagged;
    this.pages = [];
    this.reload(true);
  }

  /** To the page older than `before`; null: one page back. */
  page(before) {
    if (before === null) this.pages.pop();
    else this.pages.push(before);
    this.reload(true);
  }

  /** Loading is the view's: it says what went wrong and tries again. */
  reload() {}

  async load(signal) {
    const answer = await api.samples(this.ask(), signal);
    const rows = answer.rows.map((values) => Object.fromEntries(values.map((value, i) => [answer.columns[i], value])));
    const features = answer.columns.filter((name) => !['host', 'ts', 'score', 'threshold', 'flagged'].includes(name));
    const units = unitsOf({ ...this.query, units: answer.units });
    this.draw(rows, features, units);
  }

  draw(rows, features, units) {
    const columns = ['Time', ...features.map((name) => (units[name] === '%' ? `${name} %` : name)), 'Score', 'Threshold', 'Verdict'];
    if (columns.join() !== this.columns) {
      this.columns = columns.join();
      this.head.replaceChildren(...columns.map((name) => el('th', { scope: 'col' }, name)));
      this.body.replaceChildren();
    }
    keep(this.body, rows, (row) => row.ts, (row) => makeRow(row, features, units));
    this.body.parentElement.classList.toggle('none', rows.length === 0);
    this.last = rows.at(-1)?.ts;
    this.older.disabled = rows.length < PAGE;
    this.newer.disabled = this.pages.length === 0;
    say(this.where, rows.length ? `${moment(rows.at(-1).ts)} – ${moment(rows[0].ts)}` : 'no samples');
    this.csv.href = api.address('api/samples', this.ask({ format: 'csv' }));
    this.json.href = api.address('api/samples', this.ask());
  }

  announce() {
    announce(`${plural(this.body.children.length, 'row')}, ${this.where.textContent}`);
  }
}
