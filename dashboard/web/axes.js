// SPDX-License-Identifier: MIT
// Axes of the charts: times as the rest of the page writes them, and numbers
// with one prefix an axis.
import { prefixOf } from './format.js';
import { colour } from './marks.js';
import { clock, day, minutes } from './time.js';

const DAY_SECONDS = 86_400;

function timeLabels(_u, splits, _axis, _space, step) {
  let last = '';
  return splits.map((seconds) => {
    const ts = seconds * 1000;
    const date = day(ts);
    const changed = date !== last && last !== '';
    last = date;
    if (step >= DAY_SECONDS) return date;
    const time = step < 60 ? clock(ts) : minutes(ts);
    return changed ? `${time}\n${date}` : time;
  });
}

/** With as many decimals as a step has: 0.25 is neither 0.2 nor 0.3. */
function numberLabels(splits, unit, step) {
  const [factor, prefix] = prefixOf(Math.max(...splits.map(Math.abs)), unit);
  const whole = (decimals) => Math.abs(((step / factor) * 10 ** decimals) % 1 - 0.5) > 0.499;
  let decimals = 0;
  while (decimals < 6 && !whole(decimals)) decimals += 1;
  return splits.map((value) => (value / factor).toFixed(decimals) + prefix);
}

export function axes(unit, font) {
  const shared = {
    font,
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...shared, space: 66, size: 32, gap: 6, values: timeLabels },
    { ...shared, space: 24, size: 58, gap: 6, values: (_u, splits, _axis, _space, step) => numberLabels(splits, unit, step) },
  ];
}

/** A range of y with air above and below that holds all values and what is usual. */
export function airy(low, high, unit) {
  if (low === null || high === null) return [0, 1];
  const air = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
  const bottom = low >= 0 ? Math.max(0, low - air) : low - air;
  const top = high + air * 1.6; // room for the triangles of flagged spans
  return [bottom, unit === '%' && high <= 100 ? Math.max(high, Math.min(top, 108)) : top];
}
