// SPDX-License-Identifier: MIT
// Numbers as people read them.

const plain = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3, useGrouping: false });
const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const PREFIXES = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

export const count = (n) => whole.format(n ?? 0);

/** "1 run", "2 runs", "3 anomalies" */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** As in a column: the decimals of a percentage stand below each other. */
export function inColumn(value, unit = '') {
  if (value === null || value === undefined) return '–';
  return unit === '%' ? value.toFixed(1) : quantity(value, unit);
}

export const score = (value) => (value === null || value === undefined ? '–' : value.toFixed(3));

// As in notifications: B/s takes prefixes, but nobody speaks of kms.
const PREFIXED = /^$|^\/|^(B|b|bit|Hz|Wh?|J|V)($|\/)/;

/** The prefix that makes `size` readable: [1e6, 'M']. Most units have none. */
export function prefixOf(size, unit) {
  if (!PREFIXED.test(unit)) return [1, ''];
  const limit = unit ? 1 : 10; // bare numbers stay bare below 10,000
  return PREFIXES.find(([factor]) => Math.abs(size) >= factor * limit) ?? [1, ''];
}

function scaled(value, [factor]) {
  const number = value / factor;
  return Math.abs(number) >= 1000 ? whole.format(number).replaceAll(',', '') : plain.format(number);
}

/** "MB/s", "%", "/s"; with the space that goes before it */
function behind([, prefix], unit) {
  const text = prefix + unit;
  return text && !text.startsWith('/') ? ` ${text}` : text;
}

/** quantity(97.13, '%') is "97.1 %"; quantity(12e6, 'B/s') is "12 MB/s" */
export function quantity(value, unit = '') {
  if (value === null || value === undefined) return '–';
  const prefix = prefixOf(value, unit);
  return scaled(value, prefix) + behind(prefix, unit);
}

/** range(12, 43, '%') is "12 to 43 %" */
export function range(low, high, unit = '') {
  const prefix = prefixOf(Math.max(Math.abs(low), Math.abs(high)), unit);
  const [from, to] = [scaled(low, prefix), scaled(high, prefix)];
  return (from === to ? from : `${from} to ${to}`) + behind(prefix, unit);
}

export function bytes(n) {
  return n < 1000 ? `${n} bytes` : quantity(n, 'B');
}
