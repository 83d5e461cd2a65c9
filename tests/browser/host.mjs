// SPDX-License-Identifier: MIT
// One host: charts, zoom, table, export.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shots, until, view, withPage } from './world.mjs';

const FEATURES = ['cpu', 'memory', 'disk', 'network', 'errors'];

/** A host that has had a run in the window shown. */
const flaggedHost = (world) => world.sql('SELECT host FROM samples_system WHERE flagged = 1 GROUP BY host ORDER BY count(*) DESC LIMIT 1');
const open = (page, world, query = 'last=7200') => view(page, world, `#/host/${flaggedHost(world)}?detector=system&${query}`);

const pressed = (page) => page.$$eval('.timebar [aria-pressed=true]', (buttons) => buttons.map((button) => button.textContent));
const address = (page) => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
const rows = (page) => page.$$eval('.samples tbody tr', (all) => all.map((row) => ({ ts: Date.parse(row.querySelector('time').dateTime), flagged: /anomaly/.test(row.textContent) })));

/** Counts the pixels of a chart that are about as a custom property says. */
function painted(page, chart, property) {
  return page.$eval(`[data-chart="${chart}"] canvas`, (canvas, name) => {
    const probe = document.createElement('canvas').getContext('2d');
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    probe.fillRect(0, 0, 1, 1);
    const wanted = probe.getImageData(0, 0, 1, 1).data;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 200 && [0, 1, 2].every((c) => Math.abs(data[i + c] - wanted[c]) < 24)) count += 1;
    }
    return count;
  }, property);
}

async function drag(page, chart) {
  const box = await (await page.$(`[data-chart="${chart}"] .u-over`)).boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 });
  await page.mouse.up();
}

export function hostTests(world) {
  test('a chart a feature and the score, flagged spans and usual ranges marked', () => withPage(world(), { expected: [/willReadFrequently/] }, async (page) => {
    await open(page, world());
    const charts = await page.$$eval('.chart', (all) => all.map((chart) => chart.dataset.chart));
    assert.deepEqual(charts, ['score:', ...FEATURES]);
    for (const chart of charts) {
      assert.ok(await painted(page, chart, '--series') > 100, `${chart} has no line`);
      assert.ok(await painted(page, chart, '--flag') > 20, `${chart} has no mark of what is flagged`);
      assert.match(await page.getAttribute(`[data-chart="${chart}"] .plot`, 'aria-label'), /[1-9]\d* flagged span/);
    }
    assert.match(await page.textContent('[data-chart=cpu] .usual'), /^usual [\d.]+( to [\d.]+)? %$/);
    assert.match(await page.textContent('[data-chart=cpu] output'), /%$/);
  }));

  test('drag zooms all charts, double-click goes back', () => withPage(world(), {}, async (page) => {
    await open(page, world());
    assert.deepEqual(await pressed(page), ['Follow']);
    const lengthOf = (query) => query.get('to') - query.get('from');
    const asked = page.waitForRequest((request) => {
      const url = new URL(request.url());
      return /api\/series$/.test(url.pathname) && lengthOf(url.searchParams) < 2_400_000;
    });
    await drag(page, 'cpu');
    await asked;
    const length = lengthOf(address(page));
    assert.ok(length > 600_000 && length < 2_400_000, `zoomed to ${length} ms`);
    assert.deepEqual(await pressed(page), []);
    await page.dblclick('[data-chart=memory] .u-over');
    await until('the way back', () => address(page).get('last') === '7200');
    assert.deepEqual(await pressed(page), ['Follow']);
  }));

  test('cursors are joined', () => withPage(world(), {}, async (page) => {
    await open(page, world());
    const last = await page.textContent('[data-chart=network] output');
    const box = await (await page.$('[data-chart=cpu] .u-over')).boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await until('the cursor in another chart', async () => (await page.textContent('[data-chart=network] output')) !== last);
    const at = await page.$eval('[data-chart=network] .u-cursor-x', (cursor) => cursor.getBoundingClientRect().left - cursor.parentElement.getBoundingClientRect().left);
    const width = await page.$eval('[data-chart=network] .u-over', (over) => over.clientWidth);
    assert.ok(Math.abs(at / width - 0.3) < 0.02, `at ${at} of ${width}`);
    assert.match(await page.getAttribute('.readout', 'title'), /UTC$/);
  }));

  test('presets, earlier, and following', () => withPage(world(), {}, async (page) => {
    await open(page, world());
    for (const [label, seconds] of [['15 min', '900'], ['7 d', '604800'], ['1 h', '3600']]) {
      await page.click(`.timebar button:text-is("${label}")`);
      await until(label, () => address(page).get('last') === seconds);
      assert.deepEqual(await pressed(page), [label, 'Follow']);
    }
    await page.click('.timebar [title=Earlier]');
    await until('an earlier time', () => address(page).has('to'));
    const to = Number(address(page).get('to'));
    assert.ok(to < Date.now() - 1_700_000);
    await page.click('.follow');
    await until('the present', () => !address(page).has('to'));
    // what is followed grows by itself
    const newest = (await rows(page))[0].ts;
    await until('a newer sample', async () => (await rows(page))[0].ts > newest);
  }));

  test('the address shows the same again', () => withPage(world(), {}, async (page) => {
    await open(page, world());
    await page.click('.timebar [title="Zoom in"]');
    await until('the zoom', () => address(page).has('from'));
    const before = page.url();
    await page.reload();
    await page.waitForSelector('#content[data-ready]');
    assert.equal(page.url(), before);
    assert.deepEqual(await pressed(page), []);
  }));

  test('anomalies only, page by page', () => withPage(world(), {}, async (page) => {
    await open(page, world());
    assert.equal((await rows(page)).length, 25);
    await page.check('[role=switch]');
    await until('anomalies alone', async () => (await rows(page)).every((row) => row.flagged));
    const first = await rows(page);
    assert.ok(first.length > 0);
    assert.ok(first.every((row, i) => i === 0 || row.ts < first[i - 1].ts), 'newest first');
    if (await page.isEnabled('text="Older"')) {
      // in one go: the newest page goes on with time until it is left
      const last = await page.evaluate(() => {
        const { dateTime } = [...document.querySelectorAll('.samples tbody time')].at(-1);
        [...document.querySelectorAll('.pager button')].find((button) => button.textContent === 'Older').click();
        return dateTime;
      });
      await until('the next page', async () => (await rows(page))[0].ts < Date.parse(last));
      await page.click('text="Newer"');
      await until('the first page', async () => (await rows(page))[0].ts >= first[0].ts);
    }
    await page.uncheck('[role=switch]');
    await until('all samples', async () => (await rows(page)).some((row) => !row.flagged));
  }));

  test('what is shown can be taken home as CSV and JSON', () => withPage(world(), {}, async (page) => {
    // stands still, so that it is the same in all three
    const to = Date.now() - 600_000;
    await open(page, world(), `from=${to - 3_600_000}&to=${to}`);
    await page.check('[role=switch]');
    await until('anomalies alone', async () => (await rows(page)).every((row) => row.flagged));
    const shown = (await rows(page)).map((row) => row.ts);
    const download = async (label) => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click(`.pager a:text-is("${label}")`)]);
      return readFileSync(await file.path(), 'utf8');
    };
    const [head, ...lines] = (await download('CSV')).trim().split(/\r?\n/);
    assert.match(head, /^ts,host,cpu,memory,disk,network,errors,score,threshold,flagged$/);
    assert.equal(lines.length, shown.length);
    const json = JSON.parse(await download('JSON'));
    assert.equal(json.rows.length, shown.length);
  }));

  test('a model is forgotten, once that has been confirmed', () => withPage(world(), {}, async (page) => {
    const host = flaggedHost(world());
    const wishes = () => world().sql('SELECT count(*) FROM forget');
    await view(page, world(), `#/host/${host}?detector=system`);
    const state = () => page.textContent('.forget [role=status]');
    page.once('dialog', (dialog) => dialog.dismiss());
    await page.click('text="Forget model"');
    assert.equal(await state(), '');
    assert.equal(wishes(), '0');
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('text="Forget model"');
    await until('the answer', async () => /learned anew/.test(await state()));
    await page.locator('.forget').scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, 'forget.png') });
    await until('the plugin', () => world().collectd.output.includes(`the model of ${host} for the detector "system" has been forgotten`));
    await until('an image of the new model', () => wishes() === '0');
  }));

  test('a host that nobody has judged is said to be unknown', () => withPage(world(), {}, async (page) => {
    await page.goto(`${world().base}#/host/nobody`);
    await page.waitForSelector('#trouble:not([hidden])');
    assert.match(await page.textContent('#trouble'), /nobody/);
  }));
}
