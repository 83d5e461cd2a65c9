// SPDX-License-Identifier: MIT
// Lets the plugin learn a host anew, when what was usual will not come back.
import * as api from './api.js';
import { announce, el, say } from './dom.js';

const QUESTION = 'Forget what has been learned of this host? It warms up again, and nothing is flagged meanwhile. Samples and runs stay.';

/** A button; model() tells which {host, detector} is shown. */
export function forgetButton(model) {
  const state = el('span', { class: 'hint', role: 'status' });
  const button = el('button', { type: 'button', class: 'danger', onclick: async () => {
    if (!confirm(QUESTION)) return;
    const { host, detector } = model();
    button.disabled = true;
    try {
      await api.forgetModel(host, detector);
      say(state, 'It will be learned anew, within half a minute if collectd runs.');
      announce('Model forgotten');
    } catch (error) {
      say(state, `Not forgotten: ${error.message}`);
    }
    button.disabled = false;
  } }, 'Forget model');
  return el('div', { class: 'forget' }, button, state);
}
