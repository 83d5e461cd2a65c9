// SPDX-License-Identifier: MIT
// The charts of one host or upload: the score against its threshold, then one a
// feature, cursors joined.
import { Chart } from './charts.js';
import { el } from './dom.js';
import { columnsOf } from './series.js';

let sets = 0;

export class ChartSet {
  constructor(window, signal) {
    sets += 1;
    this.joined = `set-${sets}`;
    this.window = window;
    this.node = el('div', { class: 'charts' });
    this.charts = new Map();
    signal.addEventListener('abort', () => this.clear());
    addEventListener('themechange', () => this.charts.forEach((chart) => chart.repaint()), { signal });
  }

  clear() {
    this.charts.forEach((chart) => chart.destroy());
    this.charts.clear();
    this.node.replaceChildren();
  }

  chart(what) {
    let chart = this.charts.get(what.name);
    if (!chart) {
      chart = new Chart(what, this.window, this.joined);
      this.charts.set(what.name, chart);
      this.node.append(chart.node);
    }
    return chart;
  }

  /** Shows an answer of api/series; what is usual of `suspects` is known. */
  set(answer, suspects) {
    const { x, features, score, threshold, spans } = columnsOf(answer, suspects);
    const names = ['score:', ...features.map((feature) => feature.name)];
    if ([...this.charts.keys()].some((name) => !names.includes(name))) this.clear();
    this.chart({ name: 'score:', label: 'Score', unit: '', kind: 'score' }).set({ x, ...score, threshold, usual: null, spans });
    for (const feature of features) {
      this.chart({ name: feature.name, label: feature.name, unit: feature.unit, kind: 'feature' })
        .set({ x, min: feature.min, max: feature.max, usual: feature.usual, spans });
    }
  }
}
