// SPDX-License-Identifier: MIT
// One run as a line of a list: which host, when, how bad, why, and what people
// said of it.
import { el, say } from './dom.js';
import { plural, score } from './format.js';
import { sentences, unitsOf } from './suspects.js';
import { duration, now, setTime } from './time.js';

const VERDICTS = { expected: 'Expected', incident: 'Incident' };

export const isOpen = (run) => run.source === 'live' && run.ended_at === null;

/** When a live run began, or an upload came: the times in it are its own. */
export const startOf = (run) => (run.source === 'live' ? run.started_at : new Date(run.timestamp).getTime());

export function nameOf(run) {
  if (run.source === 'live') return run.host;
  return run.host || (run.source === 'api' ? 'Sent to the API' : 'Upload');
}

/** "2,000 rows, 3 anomalies"; "3 min 20 s" */
export function extentOf(run) {
  if (run.source !== 'live') return `${plural(run.total_points, 'row')}, ${plural(run.anomalies_found, 'anomaly', 'anomalies')}`;
  if (isOpen(run)) return `for ${duration(now() - startOf(run))}`;
  // up to the end of the last interval, as in the notification
  return run.ended_at > startOf(run) ? duration(run.ended_at - startOf(run) + (run.interval ?? 0)) : 'one interval';
}

/** The detector, where it is not the one that is built in. */
export const detectorOf = ({ detector }) => (detector === 'system' ? '' : detector ?? '');

function statusOf(run) {
  if (run.silent) return 'Maintenance';
  if (isOpen(run)) return 'Open';
  return { live: 'Closed', upload: 'Upload', api: 'API' }[run.source] ?? run.source;
}

export function makeRunItem(run) {
  return el('li', { class: 'run' },
    el('span', { class: 'status' }),
    el('a', { class: 'name stretched', href: `#/runs/${run.id}`, title: nameOf(run) }, nameOf(run)),
    el('span', { class: 'why' }),
    el('span', { class: 'when' }, el('time'), ' · ', el('span')),
    el('span', { class: 'peak' }, el('span', { class: 'label' }, 'peak '), el('b')),
    el('span', { class: 'verdict' }));
}

export function updateRunItem(item, run) {
  const [status, , why, when, peak, verdict] = item.children;
  const open = isOpen(run);
  item.dataset.status = open ? 'open' : run.source;
  say(status, statusOf(run));
  say(why, sentences(run.suspects, unitsOf(run)) || run.note || (run.anomalies_found ? '' : 'Nothing unusual found'));
  setTime(when.firstElementChild, startOf(run));
  say(when.lastElementChild, [extentOf(run), detectorOf(run)].filter(Boolean).join(' · '));
  say(peak.lastElementChild, score(run.peak_score));
  verdict.dataset.verdict = run.verdict ?? '';
  say(verdict, VERDICTS[run.verdict] ?? '');
}
