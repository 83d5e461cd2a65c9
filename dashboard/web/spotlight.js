// SPDX-License-Identifier: MIT
// The last hour of the host that leads the overview, so that its charts are
// there without a click. A zoom opens the host's own view.
import * as api from './api.js';
import { ChartSet } from './chartset.js';
import { lately } from './suspects.js';
import { HOUR } from './time.js';

const POINTS = 240; // small charts, and the first view stays small

export class Spotlight {
  constructor(signal) {
    this.host = null;
    this.from = 0;
    this.to = 0;
    this.charts = new ChartSet(this, signal);
    this.node = this.charts.node;
  }

  span() {
    return [this.from, this.to];
  }

  zoom(from, to) {
    const { host, detector } = this.host;
    const query = new URLSearchParams({ detector, from: Math.round(from), to: Math.round(to) });
    location.hash = `#/host/${encodeURIComponent(host)}?${query}`;
  }

  scale(factor) {
    const middle = (this.from + this.to) / 2;
    this.zoom(middle - (HOUR * factor) / 2, middle + (HOUR * factor) / 2);
  }

  back() {}

  pointed() {}

  /** Shows the hour up to the newest interval of `host`, which is in it. */
  async show(host, signal) {
    const { host: name, detector, last_ts: last } = host;
    const to = last + 1;
    const [answer, runs] = await Promise.all([
      api.series({ host: name, detector, from: to - HOUR, to, points: POINTS }, signal),
      api.runs({ host: name, detector, limit: 1 }, signal)]);
    Object.assign(this, { host, from: to - HOUR, to });
    this.charts.set({ ...answer, detector }, lately(runs, to));
  }
}
