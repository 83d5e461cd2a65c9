// SPDX-License-Identifier: MIT
// A host's score over the last hour in a line of text's height: the line, its
// threshold dashed, and a bar for each minute above it.
import { svg } from './dom.js';

const HEIGHT = 24;

export function sparkline() {
  return svg('svg', { class: 'sparkline', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { class: 'over' }), svg('path', { class: 'limit' }), svg('path', { class: 'line' }));
}

const y = (score) => (HEIGHT - 1 - Math.min(1, Math.max(0, score)) * (HEIGHT - 2)).toFixed(1);

/** `line`: one score 0..1 a minute, oldest first, null where there was none. */
export function drawSparkline(node, line, threshold) {
  const [over, limit, path] = node.children;
  node.setAttribute('viewBox', `0 0 ${line.length} ${HEIGHT}`);
  let d = '';
  let bars = '';
  line.forEach((score, i) => {
    if (score === null) return;
    const joined = i > 0 && line[i - 1] !== null;
    d += `${joined ? 'L' : 'M'}${i + 0.5} ${y(score)}`;
    if (!joined && (line[i + 1] ?? null) === null) d += 'h.4'; // a lone minute is seen too
    if (threshold !== null && score > threshold) bars += `M${i} 0h1v${HEIGHT}h-1Z`;
  });
  path.setAttribute('d', d);
  over.setAttribute('d', bars);
  limit.setAttribute('d', threshold === null ? '' : `M0 ${y(threshold)}H${line.length}`);
}
