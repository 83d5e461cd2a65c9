// SPDX-License-Identifier: MIT
// What a host is doing, as a word and a shape: colour only repeats it.
import { el, say, svg } from './dom.js';
import { now } from './time.js';

// In the order in which an operator wants to see them.
const STATES = {
  open: { word: 'Anomalous', path: 'M8 1.5 15 14H1Z' },
  flagged: { word: 'Flagged', path: 'M8 1.5 15 14H1Z' },
  silent: { word: 'Silent', path: 'M2 6h12v4H2Z' },
  normal: { word: 'Normal', path: 'M8 2a6 6 0 1 0 .01 0Z' },
  warming: { word: 'Warming up', path: 'M8 1.5a6.5 6.5 0 1 0 6.5 6.5H8Z' },
};
const ORDER = Object.keys(STATES);

// Intervals without a frame after which a host counts as silent, and at least
// so long: a frame closes late when one of its values does.
const SILENT_INTERVALS = 5;
const SILENT_AT_LEAST = 30_000;

export function stateOf(host) {
  if (host.run_id) return 'open';
  if (host.flagged) return 'flagged';
  if (now() - host.last_ts > Math.max(SILENT_AT_LEAST, SILENT_INTERVALS * (host.interval || 0))) return 'silent';
  return host.warming_up ? 'warming' : 'normal';
}

export const rank = (state) => ORDER.indexOf(state);

export function stateMark() {
  const path = svg('path');
  const word = el('span');
  return el('span', { class: 'state' }, svg('svg', { viewBox: '0 0 16 16', width: 12, height: 12, 'aria-hidden': 'true' }, path), word);
}

export function setState(mark, state) {
  const { word, path } = STATES[state];
  mark.dataset.state = state;
  mark.querySelector('path').setAttribute('d', path);
  say(mark.lastElementChild, word);
}
