// SPDX-License-Identifier: MIT
// The sample generator: the same seed gives the same file.
import * as api from './api.js';
import { el, say } from './dom.js';

const ROWS = 500;
const SEEDS = 1_000_000;

/** detect(text, name, type) looks for anomalies in what was made. */
export function sampleForm(detect) {
  const rows = el('input', { id: 'rows', type: 'number', min: '10', max: '200000', value: String(ROWS), required: true });
  const seed = el('input', { id: 'seed', type: 'number', min: '0', step: '1', placeholder: 'random' });
  const failure = el('p', { class: 'alert', role: 'alert', hidden: true });
  const preview = el('pre', { class: 'preview', tabindex: '0', 'aria-label': 'First rows of the sample' }, 'ts,cpu,ram,disk,latency_ms');
  const randomise = el('button', { type: 'button', onclick: () => { seed.value = String(Math.floor(Math.random() * SEEDS)); make(show); } }, 'Randomise');

  const nameOf = (made) => `sample-${made.seed}.csv`;

  function show(made) {
    say(preview, made.text.split('\n', 6).join('\n'));
  }

  function download(made) {
    const url = URL.createObjectURL(new Blob([made.text], { type: 'text/csv' }));
    el('a', { href: url, download: nameOf(made) }).click();
    URL.revokeObjectURL(url);
  }

  /** Makes the sample and hands it on; the seed that was drawn appears in its field. */
  async function make(use) {
    failure.hidden = true;
    if (!rows.reportValidity() || !seed.reportValidity()) return;
    try {
      const made = await api.sample(rows.value, seed.value);
      seed.value = made.seed;
      show(made);
      if (use !== show) use(made);
    } catch (error) {
      say(failure, error.message);
      failure.hidden = false;
    }
  }

  return el('section', { class: 'panel', 'aria-labelledby': 'h-sample' },
    el('header', {}, el('h2', { id: 'h-sample' }, 'A sample'), el('span', { class: 'hint' }, 'made up, with a few anomalies in it')),
    el('form', { class: 'sampleform', onsubmit: (event) => { event.preventDefault(); make((made) => detect(made.text, nameOf(made), 'text/csv')); } },
      el('label', { for: 'rows' }, 'Rows'), rows,
      el('label', { for: 'seed' }, 'Seed'), seed, randomise,
      el('div', { class: 'act' }, el('button', { class: 'primary' }, 'Detect on it'),
        el('button', { type: 'button', onclick: () => make(download) }, 'Download'))),
    failure, preview);
}
