// SPDX-License-Identifier: MIT
// The list of runs, one run, and its verdict.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVIL, until, view, withPage } from './world.mjs';

const STRANGE = '#/runs/1'; // see addStrangeRun()
const closedRun = (world) => world.sql("SELECT id FROM runs WHERE source = 'live' AND ended_at IS NOT NULL ORDER BY anomalies_found DESC LIMIT 1");

export function runTests(world) {
  test('open runs come first, with their suspects in a sentence', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/runs');
    const states = await page.$$eval('.run .status', (all) => all.map((status) => status.textContent));
    assert.ok(states.length >= 2);
    assert.deepEqual(states, [...states].sort((a, b) => (b === 'Open') - (a === 'Open')));
    assert.equal(states[0], 'Open');
    const why = await page.$$eval('.run .why', (all) => all.map((text) => text.textContent));
    assert.ok(why.includes('cpu 97.1 %, usual 12 to 43 %; network has fallen silent, usual 1 to 2 kB/s'), why.join('\n'));
    assert.ok(why.every((text) => /^[a-z]\w* (has fallen silent|[\d.-]+)/.test(text)), why.join('\n'));
    await page.click('text="Live"');
    await page.click('text="Open"');
    await until('open runs alone', async () => (await page.$$eval('.run .status', (all) => all.map((status) => status.textContent))).every((state) => state === 'Open'));
    assert.ok(await page.locator('.run').count() > 0);
  }));

  test('a host’s name stays text', () => withPage(world(), {}, async (page) => {
    await view(page, world(), '#/runs');
    assert.ok((await page.$$eval('.run .name', (all) => all.map((name) => name.textContent))).includes(EVIL));
    await view(page, world(), STRANGE);
    assert.ok((await page.textContent('h1')).startsWith(EVIL));
    assert.equal(await page.$('img[src=x]'), null);
  }));

  test('a run shows its facts, suspects, and charts with an hour each side', () => withPage(world(), {}, async (page) => {
    const id = closedRun(world());
    const [began, ended] = world().sql(`SELECT started_at, ended_at FROM runs WHERE id = ${id}`).split('|').map(Number);
    const queryOf = (request) => new URL(request.url()).searchParams;
    // the overview, where a page begins, asks too
    const asked = page.waitForRequest((request) => /api\/series/.test(request.url()) && queryOf(request).get('from') === String(began - 3_600_000));
    await view(page, world(), `#/runs/${id}`);
    const query = queryOf(await asked);
    assert.ok(Number(query.get('to')) <= ended + 3_600_000 && Number(query.get('to')) >= ended);
    const suspects = await page.$$eval('.suspects li', (all) => all.map((item) => item.textContent));
    assert.ok(suspects.length > 0 && suspects.every((text) => /^\d+ %/.test(text) && /usual/.test(text)), suspects.join('\n'));
    const shares = suspects.map((text) => parseInt(text, 10));
    assert.deepEqual(shares, [...shares].sort((a, b) => b - a));
    assert.ok(await page.locator('.chart').count() >= 2);
    assert.match(await page.getAttribute('[data-chart="score:"] .plot', 'aria-label'), /[1-9]\d* flagged span/);
    assert.ok(await page.locator('#h-anomalies').isVisible());
  }));

  test('a verdict and a note are kept', () => withPage(world(), {}, async (page) => {
    const id = closedRun(world());
    await view(page, world(), `#/runs/${id}`);
    const verdict = () => world().sql(`SELECT verdict, note FROM runs WHERE id = ${id}`);
    await page.check('input[value=incident]');
    await page.fill('textarea', 'The backup ran into the day.\n<b>Again</b>');
    assert.equal(await page.textContent('.verdictform [role=status]'), 'not saved yet');
    await page.click('text="Save"');
    await until('the verdict in the database', () => verdict() === 'incident|The backup ran into the day.\n<b>Again</b>');
    await until('the word beside the name', async () => (await page.textContent('.runstate')) === 'Incident');
    await view(page, world(), `#/runs/${id}`);
    assert.ok(await page.isChecked('input[value=incident]'));
    assert.equal(await page.inputValue('textarea'), 'The backup ran into the day.\n<b>Again</b>');
    await page.check('input[value=expected]');
    await page.click('text="Save"');
    await until('another verdict', () => verdict().startsWith('expected|'));
    await page.check('input[name=verdict][value=""]');
    await page.click('text="Save"');
    await until('no verdict', () => verdict().startsWith('|'));
  }));

  test('a run that is not there is said not to be', () => withPage(world(), { expected: [/404/] }, async (page) => {
    await page.goto(`${world().base}#/runs/424242`);
    await page.waitForSelector('#trouble:not([hidden])');
    await page.click('#trouble button');
  }));
}
