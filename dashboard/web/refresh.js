// SPDX-License-Identifier: MIT
// Repeats a view's loading for as long as it is shown, and says on the page when
// that fails, with a retry.
import { el } from './dom.js';
import { clock } from './time.js';

const trouble = document.getElementById('trouble');

/** `good`: when what is still shown was loaded; 0: nothing has been. */
export function showTrouble(error, retry, good = 0) {
  trouble.replaceChildren(
    el('span', { class: 'mark', 'aria-hidden': 'true' }, '!'),
    el('span', {}, el('span', { class: 'what' }, error.message), good > 0 && ` What is shown is of ${clock(good)}.`),
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
  let good = 0;

  async function turn() {
    clearTimeout(timer);
    current?.abort();
    const mine = new AbortController();
    current = mine;
    try {
      await load(mine.signal);
      if (mine.signal.aborted || signal.aborted) return;
      failures = 0;
      good = Date.now();
      clearTrouble();
    } catch (error) {
      if (error.name === 'AbortError' || mine.signal.aborted || signal.aborted) return;
      failures += 1;
      showTrouble(error, turn, good);
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
