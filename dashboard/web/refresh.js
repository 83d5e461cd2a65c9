// SPDX-License-Identifier: MIT
// Repeats a view's loading for as long as it is shown, and says on the page when
// that fails, with a retry.
import { el } from './dom.js';

const trouble = document.getElementById('trouble');

export function showTrouble(error, retry) {
  trouble.replaceChildren(
    el('span', { class: 'mark', 'aria-hidden': 'true' }, '!'),
    el('span', {}, error.message),
    el('button', { type: 'button', onclick: retry }, 'Try again'),
  );
  trouble.hidden = false;
}

function clearTrouble() {
  trouble.hidden = true;
}

/**
 * Calls load(signal) now and `pause()` milliseconds after each end of it, until
 * `signal` aborts; not while nobody looks at the page. Returns a function that
 * loads at once, giving up what is under way.
 */
export function repeat(load, pause, signal) {
  let timer = 0;
  let current = null;
  let failures = 0;

  async function turn() {
    clearTimeout(timer);
    current?.abort();
    const mine = new AbortController();
    current = mine;
    try {
      await load(mine.signal);
      if (mine.signal.aborted || signal.aborted) return;
      failures = 0;
      clearTrouble();
    } catch (error) {
      if (error.name === 'AbortError' || mine.signal.aborted || signal.aborted) return;
      failures += 1;
      showTrouble(error, turn);
    }
    // a server that is down is not asked ever more often by ever more pages
    timer = setTimeout(next, Math.min(pause() * 2 ** failures, 60_000));
  }

  function next() {
    if (document.hidden) document.addEventListener('visibilitychange', next, { once: true, signal });
    else turn();
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    current?.abort();
    clearTrouble();
  });
  turn();
  return turn;
}
