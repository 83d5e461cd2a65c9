// SPDX-License-Identifier: MIT
// One chart: a line (or, where a pixel holds several intervals, the span from
// their least to their greatest), what is usual, and what is flagged.
import uPlot from './uPlot.esm.js';
import { airy, axes } from './axes.js';
import { announce, el, say } from './dom.js';
import { plural, quantity, range } from './format.js';
import { colour, drawSpans, drawUsual } from './marks.js';
import { moment } from './time.js';

// What charts tell each other: where the pointer is, but not that something was
// selected, which each would take for a zoom.
const JOINED = new Set(['mousemove', 'mouseleave']);

const font = () => `${Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.78)}px system-ui, sans-serif`;

const line = (stroke, more) => ({ stroke: () => colour(stroke), width: 1.4, points: { show: false }, ...more });

/**
 * what: {name, label, unit, kind: 'feature' | 'score', height}
 * window: {span(): [from, to] in ms, zoom(from, to), back()}
 */
export class Chart {
  constructor(what, window, joined) {
    this.what = what;
    this.window = window;
    this.columns = null;
    this.value = el('output', { 'aria-live': 'off' });
    this.usual = el('span', { class: 'usual' });
    this.plotted = el('div', { class: 'plot', tabindex: '0', role: 'img', onkeydown: (event) => this.key(event) });
    this.node = el('figure', { class: `panel chart ${what.kind}`, 'data-chart': what.name },
      el('figcaption', {}, el('h3', {}, what.label), this.value, this.usual), this.plotted);
    this.joined = joined;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.plotted);
  }

  options() {
    const { unit, kind } = this.what;
    const score = kind === 'score';
    const series = [{}, line('series', { width: 1 }), line('series')];
    if (score) series.push(line('flag', { dash: [5, 4], width: 1.2 }));
    return {
      ...this.size(),
      legend: { show: false },
      series,
      bands: [{ series: [2, 1], fill: () => colour('series-soft') }],
      axes: axes(unit, font()),
      scales: {
        x: { time: true, range: () => this.window.span().map((ts) => ts / 1000) },
        y: { range: (_u, low, high) => (score ? [0, 1] : this.rangeOf(low, high)) },
      },
      cursor: {
        sync: { key: this.joined, filters: { pub: (type) => JOINED.has(type) } },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        points: { size: 7 },
        bind: { dblclick: () => () => this.window.back() },
      },
      hooks: {
        drawClear: [(u) => { drawUsual(u, this.columns.usual); drawSpans(u, this.columns.spans); }],
        setSelect: [(u) => this.selected(u)],
        setCursor: [(u) => this.read(u.cursor.idx)],
      },
    };
  }

  rangeOf(low, high) {
    const { usual } = this.columns;
    if (!usual) return airy(low, high, this.what.unit);
    return airy(Math.min(low ?? usual.low, usual.low), Math.max(high ?? usual.high, usual.high), this.what.unit);
  }

  size() {
    return { width: Math.max(this.plotted.clientWidth, 50), height: this.plotted.clientHeight };
  }

  resize() {
    if (this.plot && this.plotted.clientWidth) this.plot.setSize(this.size());
  }

  /** columns: {x, min, max, threshold?, usual, spans} */
  set(columns) {
    this.columns = columns;
    const data = [columns.x, columns.min, columns.max];
    if (columns.threshold) data.push(columns.threshold);
    if (this.plot) {
      this.plot.setData(data);
    } else {
      this.plot = new uPlot(this.options(), data, this.plotted);
    }
    this.describe();
    this.read(this.plot.cursor.idx);
  }

  describe() {
    const { usual, spans, max } = this.columns;
    const { label, unit, kind } = this.what;
    say(this.usual, usual ? `usual ${range(usual.low, usual.high, unit)}` : '');
    this.usual.title = usual?.learned ? 'the central 96 % of what the model had learned before the latest run' : 'the central 96 % of what is shown and not flagged';
    const last = max.findLast((value) => value !== null);
    const parts = [label, last === undefined ? 'no data' : `last ${quantity(last, unit)}`, this.usual.textContent,
      plural(spans.length, 'flagged span'), kind === 'score' ? 'against its threshold' : ''];
    this.plotted.setAttribute('aria-label', `${parts.filter(Boolean).join(', ')}. Arrow keys read values, plus and minus zoom.`);
  }

  /** Shows the value under the cursor, else the last one. */
  read(index) {
    const { x, min, max, threshold } = this.columns;
    const at = index ?? max.findLastIndex((value) => value !== null);
    const known = at >= 0 && max[at] !== null && max[at] !== undefined;
    const value = (v) => (this.what.kind === 'score' ? v.toFixed(3) : quantity(v, this.what.unit));
    let text = known ? value(max[at]) : 'no data';
    if (known && at === index && min[at] !== max[at]) text = this.what.kind === 'score' ? value(max[at]) : range(min[at], max[at], this.what.unit);
    if (known && threshold?.[at] != null) text += ` of ${value(threshold[at])}`;
    say(this.value, text);
    this.window.pointed(index === null || index === undefined ? null : x[index] * 1000);
    return text;
  }

  selected(u) {
    const { left, width } = u.select;
    if (width < 4) return;
    const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.window.zoom(from * 1000, to * 1000);
  }

  /** What the pointer can do, by keys. */
  key(event) {
    const { x } = this.columns ?? { x: [] };
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (step && x.length) {
      const now = this.plot.cursor.idx ?? x.length - 1;
      const next = Math.min(x.length - 1, Math.max(0, now + step));
      this.plot.setCursor({ left: this.plot.valToPos(x[next], 'x'), top: 10 }, true, true);
      announce(`${moment(x[next] * 1000)}: ${this.what.label} ${this.read(next)}`);
    } else if (event.key === '+') this.window.scale(0.5);
    else if (event.key === '-') this.window.scale(2);
    else if (event.key === 'Backspace') this.window.back();
    else return;
    event.preventDefault();
  }

  repaint() {
    this.plot?.redraw(true, true);
  }

  destroy() {
    this.observer.disconnect();
    this.plot?.destroy();
  }
}
