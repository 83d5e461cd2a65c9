// SPDX-License-Identifier: MIT
// Turns an answer of api/series into what charts draw: columns over one time
// axis, with gaps where data is missing.

import { unitsOf } from './suspects.js';

// A step to the next bucket this much longer than usual is a gap.
const GAP = 1.9;

/** Values of `column` with null at each index of `gaps` (ascending, of the result). */
function spread(column, gaps) {
  const out = [];
  let next = 0;
  for (const value of column) {
    while (gaps[next] === out.length) {
      out.push(null);
      next += 1;
    }
    out.push(value);
  }
  return out;
}

/** [{from, to}] in ms: neighbouring flagged buckets as one. */
function flaggedSpans(ts, flagged, step) {
  const spans = [];
  ts.forEach((from, i) => {
    if (!flagged[i]) return;
    const last = spans.at(-1);
    if (last && from - last.to <= step * GAP) last.to = from + step;
    else spans.push({ from, to: from + step });
  });
  return spans;
}

function quantile(sorted, q) {
  return sorted[Math.round(q * (sorted.length - 1))];
}

/** The central 96 % of what is shown and not flagged, where it is not known what
 * the model held for usual. */
function usualHere(feature, flagged) {
  const values = [];
  feature.min.forEach((low, i) => {
    if (low !== null && !flagged[i]) values.push(low, feature.max[i]);
  });
  values.sort((a, b) => a - b);
  return values.length < 50 ? null : { low: quantile(values, 0.02), high: quantile(values, 0.98), learned: false };
}

/** What a run says of its suspects; else from the series. */
function usualOf(feature, flagged, suspects) {
  const suspect = suspects.find((one) => one.feature === feature.name);
  if (typeof suspect?.low !== 'number' || typeof suspect?.high !== 'number') return usualHere(feature, flagged);
  return { low: suspect.low, high: suspect.high, learned: true };
}

/**
 * {x: seconds[], features: [{name, unit, min[], max[], usual}], score: {min, max},
 *  threshold[], spans} of an answer; usual is {low, high, learned} or null.
 * `suspects`: of a run of that time.
 */
export function columnsOf(answer, suspects = []) {
  const { ts, flagged } = answer;
  const units = unitsOf(answer);
  const step = Math.max(answer.step || 0, answer.interval || 0);
  const x = [];
  const gaps = [];
  ts.forEach((t, i) => {
    if (i > 0 && t - ts[i - 1] > step * GAP) {
      gaps.push(x.length);
      x.push((ts[i - 1] + step) / 1000);
    }
    x.push(t / 1000);
  });
  return {
    x,
    features: answer.features.map((feature) => ({
      name: feature.name,
      unit: feature.unit ?? units[feature.name] ?? '',
      min: spread(feature.min, gaps),
      max: spread(feature.max, gaps),
      usual: usualOf(feature, flagged, suspects),
    })),
    score: { min: spread(answer.score.min, gaps), max: spread(answer.score.max, gaps) },
    threshold: spread(answer.threshold, gaps),
    spans: flaggedSpans(ts, flagged, step),
  };
}
