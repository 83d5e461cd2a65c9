// SPDX-License-Identifier: MIT
// Suspects in words: "cpu 97.1 %, usual 12 to 43 %".
import { el, say } from './dom.js';
import { quantity, range } from './format.js';

// Less than this share of the blame is not worth a word, unless it leads.
const NOTICEABLE = 0.05;

// The database knows no units. Those of the built-in detector are in its manual.
const BUILT_IN = { cpu: '%', memory: '%', disk: '%', network: 'B/s', errors: '/s' };

/** Units of what was judged by `detector`, by feature; `units` if the server knows. */
export const unitsOf = ({ detector, units }) => units ?? (detector === 'system' ? BUILT_IN : {});

// What a run says was usual is shown as usual for so long after it.
const USUAL_FOR = 24 * 3600 * 1000;

/** The suspects of the newest of `runs` (of one host, newest first) that is not
 * too long before `ts`: their usual ranges are what the model had learned. */
export function lately(runs, ts) {
  const run = runs.find((one) => one.suspects?.length && Math.abs(ts - one.started_at) < USUAL_FOR);
  return run?.suspects ?? [];
}

const known = (value) => value !== null && value !== undefined;

function noticeable(suspects) {
  return suspects.filter((suspect, i) => i === 0 || suspect.share >= NOTICEABLE);
}

/** Unusual beside the others, or by how it moves. */
const isUsual = ({ value, low, high }) => known(value) && known(low) && known(high) && value >= low && value <= high;

function usual(suspect, unit) {
  if (!known(suspect.low) || !known(suspect.high)) return '';
  return `${isUsual(suspect) ? 'within its usual' : 'usual'} ${range(suspect.low, suspect.high, unit)}`;
}

function sentence(suspect, unit) {
  const now = known(suspect.value) ? quantity(suspect.value, unit) : 'has fallen silent';
  const compared = usual(suspect, unit);
  return `${suspect.feature} ${now}${compared && `, ${compared}`}`;
}

/** As in the notification: none within its usual range but the first. */
export function sentences(suspects, units = {}) {
  return noticeable(suspects ?? []).filter((suspect, i) => i === 0 || !isUsual(suspect))
    .map((suspect) => sentence(suspect, units[suspect.feature])).join('; ');
}

/** Higher or lower than usual, as an arrow that is also said. */
function direction(suspect) {
  if (!known(suspect.value)) return ['∅', 'missing'];
  if (known(suspect.high) && suspect.value > suspect.high) return ['↑', 'higher than usual'];
  if (known(suspect.low) && suspect.value < suspect.low) return ['↓', 'lower than usual'];
  return ['~', 'unusual together with others'];
}

/** A ranked list: share as a bar and in percent, direction, sentence. */
export function suspectList(suspects, units = {}) {
  return el('ol', { class: 'suspects' }, noticeable(suspects).map((suspect) => {
    const [arrow, meaning] = direction(suspect);
    const bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span'));
    bar.firstChild.style.width = `${Math.round(suspect.share * 100)}%`;
    const share = el('span', { class: 'share' });
    say(share, `${Math.round(suspect.share * 100)} %`);
    return el('li', {},
      share, bar,
      el('span', { class: 'arrow', title: meaning }, el('span', { 'aria-hidden': 'true' }, arrow), el('span', { class: 'sr' }, meaning)),
      el('span', {}, sentence(suspect, units[suspect.feature])));
  }));
}
