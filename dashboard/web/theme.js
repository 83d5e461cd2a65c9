// SPDX-License-Identifier: MIT
// Chooses the colours before the first paint: the viewer's choice, else what the
// system prefers, else dark. A plain script, since modules run too late for that.
(function () {
  const light = matchMedia('(prefers-color-scheme: light)');

  let chosen = 'system';
  try {
    chosen = localStorage.getItem('anomaly-theme') || chosen;
  } catch {
    // storage is forbidden to this page
  }

  function apply() {
    const theme = chosen === 'system' ? (light.matches ? 'light' : 'dark') : chosen;
    document.documentElement.dataset.theme = theme;
    // charts are drawn on canvas, where style sheets don't reach
    dispatchEvent(new CustomEvent('themechange'));
  }

  light.addEventListener('change', apply);
  apply();

  addEventListener('DOMContentLoaded', () => {
    const select = document.getElementById('theme');
    if (!select) return;
    select.value = chosen;
    select.addEventListener('change', () => {
      chosen = select.value;
      apply();
      try {
        localStorage.setItem('anomaly-theme', chosen);
      } catch {
        // then the choice lasts as long as the page
      }
    });
  });
})();
