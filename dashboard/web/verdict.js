// SPDX-License-Identifier: MIT
// What people say of a run, and the plugin learns from.
import * as api from './api.js';
import { announce, el, say } from './dom.js';

const choices = (live) => [
  ['', 'Undecided', 'nobody has looked yet'],
  ['expected', 'Expected', live ? 'the model learns it as normal' : 'nothing is wrong with it'],
  ['incident', 'Incident', 'it was right to be flagged'],
];

/** A form for `run`; saved() is called after each change. */
export function verdictForm(run, saved) {
  const note = el('textarea', { name: 'note', rows: '3', maxlength: '2000', placeholder: 'What was it?' });
  const state = el('span', { class: 'hint', role: 'status' });
  const save = el('button', { class: 'primary' }, 'Save');
  const form = el('form', { class: 'verdictform' },
    el('fieldset', {}, el('legend', {}, 'Verdict'),
      choices(run.source === 'live').map(([value, label, meaning]) => el('label', { title: meaning },
        el('input', { type: 'radio', name: 'verdict', value, checked: (run.verdict ?? '') === value }), label,
        el('span', { class: 'hint' }, meaning)))),
    el('label', { class: 'note' }, el('span', { class: 'label' }, 'Note'), note),
    el('div', { class: 'act' }, save, state));
  note.value = run.note ?? '';
  form.addEventListener('input', () => say(state, 'not saved yet'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      await api.giveVerdict(run.id, form.elements.verdict.value || null, note.value.trim() || null);
      say(state, 'saved');
      announce('Verdict saved');
      saved();
    } catch (error) {
      say(state, `Not saved: ${error.message}`);
    }
    save.disabled = false;
  });
  return form;
}
