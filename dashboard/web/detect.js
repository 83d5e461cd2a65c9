// SPDX-License-Identifier: MIT
// Looks for anomalies in what the viewer brings, or in a made-up sample.
import { el } from './dom.js';
import { sampleForm } from './sample.js';
import { uploadForm } from './upload.js';

export const title = () => 'Detect';

function apiHint() {
  const base = new URL('detect', location.href).href;
  return el('details', { class: 'panel' },
    el('summary', {}, 'From a script'),
    el('p', { class: 'hint' }, 'With HTTP Basic; the answer is JSON, the run is kept.'),
    el('pre', {}, el('code', {}, `curl --user NAME -H 'Content-Type: text/csv' \\\n     --data-binary @metrics.csv ${base}`)));
}

export function show(main, _what, signal) {
  const upload = uploadForm(signal);
  main.append(
    el('div', { class: 'hosthead' }, el('h1', {}, 'Detect anomalies in a file')),
    el('div', { class: 'detect' }, upload.node, sampleForm(upload.send)),
    upload.result, apiHint());
  main.dataset.ready = 'true';
}
