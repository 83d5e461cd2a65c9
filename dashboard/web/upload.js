// SPDX-License-Identifier: MIT
// The upload of a CSV or JSON file: chosen or dropped, with progress, and what
// was found in it.
import * as api from './api.js';
import { announce, el, say } from './dom.js';
import { bytes, plural, score } from './format.js';
import { sentences } from './suspects.js';

const ROWS = 100;

function typeOf(file) {
  return /\.json$/i.test(file.name) || file.type === 'application/json' ? 'application/json' : 'text/csv';
}

function resultView(answer, name) {
  const { run_id: id, total_points: rows, anomalies_found: found, anomalies, units } = answer;
  const worst = [...anomalies].sort((a, b) => b.score - a.score).slice(0, ROWS);
  return [
    el('header', {},
      el('h2', { tabindex: '-1' }, `${name}: ${plural(found, 'anomaly', 'anomalies')} in ${plural(rows, 'row')}`),
      el('a', { class: 'button primary', href: `#/runs/${id}` }, 'See it as charts')),
    worst.length > 0 && el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Anomalies found' },
      el('table', {},
        el('thead', {}, el('tr', {}, ['Time', 'Score', 'Fields', 'Why'].map((head, i) => el('th', { scope: 'col', class: i > 1 && 'text' }, head)))),
        el('tbody', {}, worst.map((anomaly) => el('tr', {},
          el('th', { scope: 'row' }, String(anomaly.ts)), el('td', {}, score(anomaly.score)),
          el('td', { class: 'text' }, anomaly.fields.join(', ')),
          el('td', { class: 'text' }, sentences(anomaly.suspects, units) || anomaly.note || '')))))),
    found > worst.length && el('p', { class: 'hint' }, `The ${ROWS} with the highest scores; the rest is in the run.`),
  ].filter(Boolean);
}

/** {node, result, send(body, name, type)} */
export function uploadForm(signal) {
  let current = null;
  const result = el('section', { class: 'panel result', 'aria-label': 'Result', hidden: true });
  const bar = el('progress', { max: '1', value: '0', 'aria-label': 'Upload' });
  const what = el('span');
  const cancel = el('button', { type: 'button', class: 'quiet', onclick: () => current?.abort() }, 'Cancel');
  const progress = el('div', { class: 'progress', hidden: true }, bar, what, cancel);
  const failure = el('p', { class: 'alert', role: 'alert', hidden: true });
  const input = el('input', { type: 'file', id: 'file', accept: '.csv,.json,text/csv,application/json', onchange: () => {
    const [file] = input.files;
    if (file) send(file, file.name, typeOf(file));
    input.value = ''; // so that the same file can be chosen again
  } });
  const zone = el('label', { class: 'drop', for: 'file' },
    el('b', {}, 'Choose a file or drop it here'),
    el('span', { class: 'hint' }, 'CSV with a header: ts, then any columns of numbers'), input);
  const node = el('section', { class: 'panel', 'aria-labelledby': 'h-upload' },
    el('header', {}, el('h2', { id: 'h-upload' }, 'Your data')), zone, progress, failure);

  for (const kind of ['dragover', 'dragleave', 'drop']) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle('over', kind === 'dragover');
      const file = kind === 'drop' && event.dataTransfer.files[0];
      if (file) send(file, file.name, typeOf(file));
    });
  }

  async function send(body, name, type) {
    current?.abort();
    const mine = new AbortController();
    current = mine;
    failure.hidden = true;
    result.hidden = true;
    progress.hidden = false;
    const size = bytes(body.size ?? body.length);
    const sent = (part) => {
      bar.value = part;
      say(what, part < 1 ? `${name}: ${Math.round(part * 100)} % of ${size}` : `${name}: looking for anomalies…`);
    };
    sent(0);
    try {
      const answer = await api.detect(body, type, sent, mine.signal);
      result.replaceChildren(...resultView(answer, name));
      result.hidden = false;
      result.querySelector('h2').focus();
      announce(result.querySelector('h2').textContent);
    } catch (error) {
      failure.hidden = error.name === 'AbortError';
      say(failure, `${name}: ${error.message}`);
    }
    if (current === mine) progress.hidden = true;
  }

  signal.addEventListener('abort', () => current?.abort());
  return { node, result, send };
}
