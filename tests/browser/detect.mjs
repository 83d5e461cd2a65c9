// SPDX-License-Identifier: MIT
// Uploads, good, bad and huge, and the sample generator.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sampleCsv, until, view, withPage } from './world.mjs';

const ROWS_MAX = 200_000;

const uploads = (world) => Number(world.sql("SELECT count(*) FROM runs WHERE source <> 'live'"));
const file = (name, text, mimeType = 'text/csv') => ({ name, mimeType, buffer: Buffer.from(text) });
const result = (page) => page.textContent('.result h2');

async function refused(page, world, upload, pattern) {
  const before = uploads(world);
  await page.setInputFiles('#file', upload);
  await page.waitForSelector('.detect .alert:not([hidden])');
  const said = await page.locator('.detect .alert:visible').textContent();
  assert.match(said, pattern);
  assert.ok(await page.locator('.result').isHidden());
  assert.ok(await page.locator('progress').isHidden());
  assert.equal(uploads(world), before, 'nothing is saved');
}

async function saved(page, label) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text="${label}"`)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

export function detectTests(world) {
  test('a good upload is judged, kept, looked at as charts, and deleted', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/detect');
    const before = uploads(world());
    await page.setInputFiles('#file', file('good.csv', sampleCsv()));
    await page.waitForSelector('.result:not([hidden])');
    assert.match(await result(page), /^good\.csv: [1-9]\d* anomal(y|ies) in 240 rows$/);
    const found = await page.$$eval('.result tbody tr', (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
    // the five rows that were made strange are among them, as they were written
    assert.ok(found.some(([ts]) => ts === '2026-03-03T02:32:00Z'), JSON.stringify(found));
    assert.ok(found.some(([, , fields]) => /latency_ms/.test(fields)));
    assert.equal(uploads(world()), before + 1);
    await page.click('text="See it as charts"');
    await page.waitForSelector('#content[data-view=run][data-ready]');
    assert.deepEqual(await page.$$eval('.chart', (charts) => charts.map((chart) => chart.dataset.chart)), ['score:', 'cpu', 'ram', 'latency_ms']);
    assert.match(await page.getAttribute('[data-chart=latency_ms] .plot', 'aria-label'), /[1-9]\d* flagged span/);
    page.on('dialog', (dialog) => dialog.accept());
    await page.click('text="Delete upload"');
    await page.waitForSelector('#content[data-view=runs][data-ready]');
    assert.equal(uploads(world()), before);
  }));

  test('JSON is understood too', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/detect');
    const points = Array.from({ length: 100 }, (_, i) => ({ ts: 1_700_000_000 + i * 60, queue: i === 70 ? 900 : 10 + (i % 7) }));
    await page.setInputFiles('#file', file('good.json', JSON.stringify({ points }), 'application/json'));
    await page.waitForSelector('.result:not([hidden])');
    assert.match(await result(page), /in 100 rows$/);
  }));

  test('a bad upload is refused with its line', () => withPage(world(), { expected: [/400/] }, async (page) => {
    await view(page, world(), '#/detect');
    const lines = sampleCsv().split('\n');
    lines[9] = 'yesterday,1,2,3';
    await refused(page, world(), file('bad.csv', lines.join('\n')), /^bad\.csv: .*\b10\b/s);
    await refused(page, world(), file('empty.csv', ''), /^empty\.csv: .+/);
  }));

  test('too much is refused, and said', () => withPage(world(), { expected: [/400|413|ERR_/] }, async (page) => {
    await view(page, world(), '#/detect');
    const rows = Array.from({ length: ROWS_MAX + 1 }, (_, i) => `${1_700_000_000 + i},${i % 100}`);
    await refused(page, world(), file('huge.csv', `ts,x\n${rows.join('\n')}\n`), /^huge\.csv: .+/);
  }));

  test('a large upload shows its progress', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/detect');
    const rows = Array.from({ length: 20_000 }, (_, i) => `${1_700_000_000 + i},${(i * 7919) % 100},${i % 13}`);
    await page.evaluate(() => {
      window.told = [];
      const what = document.querySelector('.progress span');
      new MutationObserver(() => window.told.push(what.textContent)).observe(what, { childList: true, characterData: true, subtree: true });
    });
    await page.setInputFiles('#file', file('large.csv', `ts,a,b\n${rows.join('\n')}\n`));
    await page.waitForSelector('.result:not([hidden])');
    const told = await page.evaluate(() => window.told);
    assert.match(told[0], /^large\.csv: 0 % of .+ kB$/);
    assert.match(told.at(-1), /looking for anomalies/);
  }));

  test('the same seed gives the same sample, another seed another', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/detect');
    await page.fill('#rows', '50');
    await page.fill('#seed', '42');
    const first = await saved(page, 'Download');
    const again = await saved(page, 'Download');
    assert.equal(first.name, 'sample-42.csv');
    assert.equal(first.text, again.text);
    assert.match(first.text, /^ts,cpu,ram,disk,latency_ms\r?\n/);
    assert.equal(first.text.trim().split('\n').length, 51);
    await page.click('text="Randomise"');
    await until('a seed', async () => !['', '42'].includes(await page.inputValue('#seed')));
    const other = await saved(page, 'Download');
    assert.notEqual(other.text, first.text);
    // without a seed one is drawn and told
    await page.fill('#seed', '');
    const drawn = await saved(page, 'Download');
    assert.equal(drawn.name, `sample-${await page.inputValue('#seed')}.csv`);
    assert.match(await page.inputValue('#seed'), /^\d+$/);
  }));

  test('anomalies are found in a sample', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/detect');
    await page.fill('#rows', '400');
    await page.fill('#seed', '7');
    await page.click('text="Detect on it"');
    await page.waitForSelector('.result:not([hidden])');
    assert.match(await result(page), /^sample-7\.csv: [1-9]\d* anomal(y|ies) in 400 rows$/);
    assert.match(await page.textContent('.preview'), /^ts,cpu,ram,disk,latency_ms\n\S+,/);
    await page.fill('#rows', '1');
    await page.click('text="Detect on it"'); // the browser says what is wrong with it
    assert.ok(await page.$eval('#rows', (input) => !input.validity.valid));
  }));
}
