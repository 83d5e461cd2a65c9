// SPDX-License-Identifier: MIT
// What is drawn into a chart beside its lines: the usual range as a band behind
// them, flagged spans as shaded columns with a triangle on top.

const styles = getComputedStyle(document.documentElement);

/** The value of a custom property of the style sheet, theme included. */
export const colour = (name) => styles.getPropertyValue(`--${name}`).trim();

function inside(u, draw) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox);
  ctx.restore();
}

export function drawUsual(u, usual) {
  if (!usual) return;
  inside(u, (ctx, bbox) => {
    const top = u.valToPos(usual.high, 'y', true);
    const bottom = u.valToPos(usual.low, 'y', true);
    ctx.fillStyle = colour('band');
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.fillStyle = colour('band-edge');
    for (const y of [top, bottom]) ctx.fillRect(bbox.left, Math.round(y), bbox.width, 1);
  });
}

export function drawSpans(u, spans) {
  inside(u, (ctx, bbox) => {
    const unit = devicePixelRatio;
    for (const span of spans) {
      const left = u.valToPos(span.from / 1000, 'x', true);
      const right = Math.max(u.valToPos(span.to / 1000, 'x', true), left + 2 * unit);
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = colour('flag-soft');
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.fillStyle = colour('flag');
      ctx.fillRect(left, bbox.top, right - left, 2 * unit);
      const middle = (Math.max(left, bbox.left) + Math.min(right, bbox.left + bbox.width)) / 2;
      ctx.beginPath();
      ctx.moveTo(middle - 5 * unit, bbox.top);
      ctx.lineTo(middle + 5 * unit, bbox.top);
      ctx.lineTo(middle, bbox.top + 8 * unit);
      ctx.fill();
    }
  });
}
