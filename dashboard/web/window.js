// SPDX-License-Identifier: MIT
// The span of time that a view shows, and the bar of buttons that changes it.
import { el, say } from './dom.js';
import { DAY, HOUR, MINUTE, duration, moment, now, utc, zone } from './time.js';

const PRESETS = [
  [15 * MINUTE, '15 min'], [HOUR, '1 h'], [3 * HOUR, '3 h'], [12 * HOUR, '12 h'], [DAY, '1 d'], [3 * DAY, '3 d'], [7 * DAY, '7 d'],
];
const NARROWEST = 10_000;
const WIDEST = 366 * DAY;

/**
 * Follows the present, or stands still between two times.
 * changed() is called after each change by the viewer.
 */
export class TimeWindow {
  constructor({ from, to, follow, changed }) {
    this.from = from;
    this.to = to;
    this.length = to - from;
    this.grown = to;
    this.follow = follow;
    this.history = [];
    this.changed = changed;
    this.end = now;
    this.readout = el('output', { class: 'readout', 'aria-live': 'off' });
  }

  /** [from, to] in ms */
  span() {
    return [this.from, this.to];
  }

  /** Moves to the present, if it is followed. */
  advance() {
    if (!this.follow) return;
    this.to = this.end(this.length);
    this.from = this.to - this.length;
  }

  /** Moves the end on to `to`, unless the viewer has moved it. */
  grow(to) {
    if (this.to !== this.grown) return;
    this.to = to;
    this.grown = to;
    this.length = to - this.from;
    this.pointed(null);
  }

  remember() {
    this.history.push({ from: this.from, to: this.to, length: this.length, follow: this.follow });
  }

  set(from, to) {
    this.from = Math.round(from);
    this.to = Math.round(to);
    this.length = this.to - this.from;
    this.follow = false;
    this.update();
  }

  zoom(from, to) {
    this.remember();
    const middle = (from + to) / 2;
    const half = Math.min(WIDEST, Math.max(NARROWEST, to - from)) / 2;
    this.set(middle - half, middle + half);
  }

  scale(factor) {
    const middle = (this.from + this.to) / 2;
    const half = (this.length * factor) / 2;
    this.zoom(middle - half, middle + half);
  }

  move(part) {
    const by = this.length * part;
    this.set(this.from + by, this.to + by);
  }

  back() {
    const before = this.history.pop();
    if (!before) return;
    Object.assign(this, before);
    this.update();
  }

  preset(length) {
    this.history = [];
    this.length = length;
    this.follow = true;
    this.update();
  }

  setFollow(follow) {
    this.follow = follow;
    this.update();
  }

  update() {
    this.advance();
    this.refreshBar?.();
    this.changed();
  }

  /** A chart's cursor is at `ts`; null: it has left. */
  pointed(ts) {
    if (ts !== null) {
      say(this.readout, `${moment(ts)} ${zone(ts)}`);
      this.readout.title = utc(ts);
      return;
    }
    say(this.readout, this.follow ? `last ${duration(this.length)}, ${zone(this.to)}` : `${moment(this.from)} – ${moment(this.to)} ${zone(this.to)}`);
    this.readout.title = `${utc(this.from)} – ${utc(this.to)}`;
  }

  /** `follows`: whether the present is of interest. */
  bar(follows) {
    const button = (label, title, act) => el('button', { type: 'button', title, 'aria-label': title, onclick: act }, label);
    const presets = PRESETS.map(([length, label]) => el('button', { type: 'button', 'data-length': length, title: `The last ${duration(length)}`, onclick: () => this.preset(length) }, label));
    const follow = el('button', { type: 'button', class: 'follow', onclick: () => this.setFollow(!this.follow) }, 'Follow');
    const back = button('Back', 'Back to before the zoom', () => this.back());
    this.refreshBar = () => {
      for (const preset of presets) preset.setAttribute('aria-pressed', String(this.follow && this.length === Number(preset.dataset.length)));
      follow.setAttribute('aria-pressed', String(this.follow));
      back.disabled = this.history.length === 0;
      this.pointed(null);
    };
    this.refreshBar();
    return el('div', { class: 'timebar', role: 'group', 'aria-label': 'Span of time' },
      follows && [el('div', { class: 'joined' }, presets), follow],
      el('div', { class: 'joined' },
        button('◂', 'Earlier', () => this.move(-0.5)), button('▸', 'Later', () => this.move(0.5)),
        button('+', 'Zoom in', () => this.scale(0.5)), button('−', 'Zoom out', () => this.scale(2)), back),
      this.readout);
  }
}
