// SPDX-License-Identifier: MIT
// Times in the viewer's zone, with UTC for whoever hovers; ages by the server's
// clock, since the viewer's may be minutes off.
import { el, say } from './dom.js';

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minuteFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const yearFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// A clock that is less off than this is not: answers take their time to come.
const RIGHT = 5000;
let ahead = 0; // ms that the server's clock is ahead of the viewer's

/** Milliseconds since the epoch where the samples come from. */
export const now = () => Date.now() + ahead;

/** `date`: what an answer says of when it was sent. */
export function serverSays(date) {
  const off = Date.parse(date) - Date.now();
  if (Number.isFinite(off)) ahead = Math.abs(off) < RIGHT ? 0 : off;
}

/** "UTC+1" */
export function zone(ts) {
  const minutes = -new Date(ts).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return 'UTC';
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

export const clock = (ts) => clockFormat.format(ts);
export const minutes = (ts) => minuteFormat.format(ts);

export function day(ts) {
  return (new Date(ts).getFullYear() === new Date(now()).getFullYear() ? dayFormat : yearFormat).format(ts);
}

/** "14:03:20" today, "20 Nov 14:03:20" else */
export function moment(ts) {
  if (new Date(ts).toDateString() === new Date(now()).toDateString()) return clock(ts);
  return `${day(ts)} ${clock(ts)}`;
}

export function utc(ts) {
  return `${new Date(ts).toISOString().replace('T', ' ').replace(/\.\d+Z/, '')} UTC`;
}

/** "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h" */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first < 0) return '0 s';
  let rest = seconds;
  const parts = [];
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}

/** "just now", "12 s ago" */
export function ago(ts) {
  const age = now() - ts;
  return age < 2000 ? 'just now' : `${duration(age)} ago`;
}

/** Makes a <time> say `text` of `ts`. */
export function setTime(node, ts, text = moment(ts)) {
  say(node, text);
  const iso = new Date(ts).toISOString();
  if (node.dateTime !== iso) {
    node.dateTime = iso;
    node.title = utc(ts);
  }
  return node;
}

export const timeElement = (ts, text) => setTime(el('time'), ts, text);
