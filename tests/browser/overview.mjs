// SPDX-License-Identifier: MIT
// The first view, over the live simulation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ready, until, view, withPage } from './world.mjs';

const BUDGET = 150_000; // bytes
const REQUESTS = 32;

const number = (text) => Number(text.replaceAll(',', ''));
const total = (page, key) => page.textContent(`[data-total="${key}"]`);

/** What the browser has fetched, by the DevTools protocol: with headers, compressed. */
async function transfers(page, context) {
  const session = await context.newCDPSession(page);
  const seen = { bytes: 0, requests: 0 };
  await session.send('Network.enable');
  session.on('Network.responseReceived', () => { seen.requests += 1; });
  session.on('Network.loadingFinished', (event) => { seen.bytes += event.encodedDataLength; });
  return seen;
}

export function overviewTests(world) {
  test('totals are those of the database', () => withPage(world(), {}, async (page) => {
    const summary = await world().json('api/summary');
    assert.ok(summary.records > 0 && summary.anomalies > 0);
    await until('totals that have caught up', async () => number(await total(page, 'records')) >= summary.records);
    assert.equal(number(await total(page, 'hosts')), summary.hosts);
    assert.ok(number(await total(page, 'anomalies')) >= summary.anomalies);
    assert.ok(number(await total(page, 'open_runs')) >= 1);
    assert.match(await total(page, 'last'), /just now|ago/);
    assert.match(await page.getAttribute('[data-total="last"] time', 'title'), /UTC$/);
  }));

  test('every host has its state and its line, the anomalous first', () => withPage(world(), {}, async (page) => {
    const hosts = await world().json('api/hosts');
    assert.ok(hosts.length >= 6);
    const shown = await page.$$eval('.host', (rows) => rows.map((row) => ({
      name: row.querySelector('.name').textContent,
      state: row.querySelector('.state').textContent,
      line: row.querySelector('.sparkline .line').getAttribute('d'),
    })));
    assert.deepEqual(shown.map((row) => row.name).sort(), hosts.map((host) => host.host).sort());
    for (const row of shown) {
      assert.match(row.state, /^(Anomalous|Flagged|Silent|Normal|Warming up)$/);
      assert.ok(row.line.length > 20, `${row.name} has no line`);
    }
    const normal = shown.findIndex((row) => row.state === 'Normal');
    assert.ok(normal < 0 || shown.slice(normal).every((row) => row.state !== 'Anomalous'), JSON.stringify(shown));
    assert.ok((await page.textContent('.headline')).length > 10);
  }));

  test('it refreshes by itself, and nothing on it jumps', () => withPage(world(), {}, async (page) => {
    await ready(page);
    await page.evaluate(() => {
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shifts.push(entry.value);
      }).observe({ type: 'layout-shift' });
    });
    const before = number(await total(page, 'records'));
    await page.waitForResponse(/api\/hosts/);
    await until('more records', async () => number(await total(page, 'records')) > before);
    const shifts = await page.evaluate(() => window.shifts);
    const sum = shifts.reduce((all, shift) => all + shift, 0);
    // hosts may change places now and then, but no more than that
    assert.ok(sum < 0.05, `layout shifts ${shifts}`);
  }));

  test('the first view is small', (t) => withPage(world(), {}, async (page, context) => {
    // a browser that has nothing but the session
    const fresh = await context.newPage();
    const seen = await transfers(fresh, context);
    const session = await context.newCDPSession(fresh);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await fresh.addInitScript(() => {
      new MutationObserver(() => {
        if (document.getElementById('content')?.dataset.ready) window.filled ??= performance.now();
      }).observe(document, { attributes: true, childList: true, subtree: true });
    });
    await fresh.goto(world().base);
    await fresh.waitForSelector('.spotlight canvas'); // the last to come
    const filled = await fresh.evaluate(() => window.filled);
    t.diagnostic(`first view: ${seen.bytes} bytes in ${seen.requests} requests, filled after ${Math.round(filled)} ms`);
    assert.ok(seen.bytes < BUDGET, `${seen.bytes} bytes`);
    assert.ok(seen.requests <= REQUESTS, `${seen.requests} requests`);
  }));

  test('a host is found by a part of its name, and opened', () => withPage(world(), {}, async (page) => {
    await page.fill('input[type=search]', 'IM-3');
    assert.deepEqual(await page.$$eval('.host .name', (names) => names.map((name) => name.textContent)), ['sim-3']);
    await page.click('.host .name');
    await page.waitForSelector('#content[data-view=host][data-ready]');
    assert.equal(await page.textContent('h1'), 'sim-3');
    await page.goBack();
    await page.waitForSelector('#content[data-view=overview][data-ready]');
  }));

  test('an unknown view is the overview', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/no-such/%E0%A4%A');
    assert.equal(await page.getAttribute('#content', 'data-view'), 'overview');
  }));
}
