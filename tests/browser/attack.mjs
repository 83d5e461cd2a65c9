// SPDX-License-Identifier: MIT
// Names that would be markup, script or a link, wherever a stranger can give
// one. What stays text is shown as it is; nothing is loaded, run, or kept from
// running by the Content-Security-Policy alone: that would be on the console.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { logIn, made, ready, until, view, withPage } from './world.mjs';

// out of an element, an attribute, a textarea, a script and a template
const MARK = '"\'><img src=x onerror=pwned=1></textarea></script><script>pwned=1</script>${pwned=1}';

/** What a browser has made of it all. */
async function harmless(page) {
  const made_ = await page.evaluate(() => ({
    pwned: typeof window.pwned,
    foreign: document.querySelectorAll('img[src="x"], iframe, object, embed, base, form[action^="http"], [onerror], [onload]').length,
    scripts: [...document.scripts].map((script) => script.src).filter((src) => !src.startsWith(location.origin)).length,
    links: [...document.links].map((link) => link.protocol).filter((protocol) => !['http:', 'blob:'].includes(protocol)),
    styles: [...document.querySelectorAll('style')].length,
  }));
  assert.deepEqual(made_, { pwned: 'undefined', foreign: 0, scripts: 0, links: [], styles: 0 });
}

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((node) => node.textContent));

/** Another dashboard, over a database all of whose names are such. */
async function withMarked(world, look) {
  const database = join(world.dir, 'marked.db');
  made(database, '--rows', '2500', '--mark', MARK);
  const { program, base } = await world.serve(database);
  const marked = { browser: world.browser, base };
  try {
    await withPage(marked, { loggedIn: false }, async (page) => {
      page.on('dialog', (dialog) => { throw new Error(dialog.message()); });
      await logIn(page, base);
      await look(page, marked);
    });
  } finally {
    await program.stop();
  }
}

/** A site of somebody else's: localhost is another one than 127.0.0.1. */
async function withForeign(world, look) {
  const server = createServer((_request, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end(`<!DOCTYPE html><title>Nice</title><iframe src="${world.base}"></iframe>`);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await look(`http://localhost:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export function attackTests(world) {
  test('host, detector, features, units and notes stay text in every view', () => withMarked(world(), async (page, marked) => {
    await until('the hosts', async () => (await texts(page, '.host .name')).length === 2);
    assert.ok((await texts(page, '.host .name')).every((name) => name.startsWith(MARK)));
    await harmless(page);

    await page.click('.host .name');
    await page.waitForSelector('#content[data-view=host][data-ready]');
    assert.ok((await page.textContent('h1')).startsWith(MARK));
    const charts = await page.$$eval('.chart', (all) => all.map((chart) => chart.dataset.chart));
    assert.deepEqual(charts, ['score:', ...['cpu', 'memory', 'disk', 'network', 'errors'].map((name) => MARK + name)]);
    assert.ok((await texts(page, '.samples th')).some((head) => head.includes(`${MARK}cpu`)));
    assert.ok(new URL(page.url()).hash.includes(encodeURIComponent('<img')));
    await harmless(page);
    await page.reload();
    await ready(page);
    await harmless(page);

    await view(page, marked, '#/runs');
    assert.ok((await texts(page, '.run .name')).every((name) => name.includes(MARK)));
    assert.ok((await texts(page, '.run .why')).every((why) => why.includes(`${MARK}cpu`)));
    await harmless(page);

    await page.locator('.run .name').last().click(); // closed, so that its verdict is its state
    await page.waitForSelector('#content[data-view=run][data-ready]');
    assert.ok((await texts(page, '.suspects li')).some((suspect) => suspect.includes(`${MARK}cpu`)));
    await page.fill('textarea', MARK);
    await page.check('input[value=incident]');
    await page.click('text="Save"');
    await until('the verdict', async () => (await page.textContent('.runstate')) === 'Incident');
    await page.reload();
    await ready(page);
    assert.equal(await page.inputValue('textarea'), MARK);
    await harmless(page);
  }));

  test('an upload’s name and its columns stay text', () => withPage(world(), {}, async (page) => {
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const names = [`${MARK}a`, `javascript:pwned=1//`, '__proto__', 'constructor', '<svg/onload=pwned=1>'];
    const rows = Array.from({ length: 100 }, (_, i) => [1_700_000_000 + 60 * i, ...names.map((_name, j) => (i === 70 ? 900 : 10 + ((i + j) % 7)))]);
    const csv = [['ts', ...names.map(quoted)], ...rows].map((row) => row.join(',')).join('\n');
    await view(page, world(), '#/detect');
    await page.setInputFiles('#file', { name: `${MARK.replaceAll('/', '')}.csv`, mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.waitForSelector('.result:not([hidden])');
    assert.ok((await page.textContent('.result h2')).includes('<img src=x'));
    assert.ok((await texts(page, '.result tbody tr')).some((row) => row.includes('<img src=x')));
    await harmless(page);
    await page.click('text="See it as charts"');
    await page.waitForSelector('#content[data-view=run][data-ready]');
    assert.deepEqual(await page.$$eval('.chart', (all) => all.map((chart) => chart.dataset.chart)), ['score:', ...names]);
    await harmless(page);
    await view(page, world(), '#/runs');
    await harmless(page);
    const id = world().sql("SELECT max(id) FROM runs WHERE source <> 'live'");
    await world().api(`runs/${id}`, { method: 'DELETE' });
  }));

  test('an address that somebody else has made shows what it says, or that it is wrong', () => withPage(world(), { expected: [/\b40[04]\b/] }, async (page) => {
    page.on('dialog', (dialog) => { throw new Error(dialog.message()); });
    const mark = encodeURIComponent(MARK);
    for (const hash of [
      `#/host/${mark}?detector=${mark}`,
      `#/runs/${mark}`,
      `#/${mark}`,
      '#javascript:pwned=1',
      '#/host/%E0%A4%A?detector=%',
      `#/host/sim-1?detector=system&from=${mark}&to=x&last=${mark}`,
      `#/runs?host=${mark}&source=${mark}&open=${mark}`,
    ]) {
      await page.goto('about:blank');
      await page.goto(world().base + hash);
      await page.waitForSelector('#content[data-ready], #trouble:not([hidden])');
      await harmless(page);
    }
  }));

  test('another site can neither show the page nor act through it', () => withForeign(world(), (foreign) => withPage(world(), { expected: [/CORS|ERR_|frame|favicon/i] }, async (page, context) => {
    const runs = world().sql('SELECT count(*) FROM runs');
    const other = await context.newPage();
    await other.goto(foreign);
    const answers = await other.evaluate(async (base) => {
      const ask = (path, options) => fetch(base + path, { credentials: 'include', ...options }).then((answer) => answer.type, () => 'refused');
      const json = { 'Content-Type': 'application/json' };
      return Promise.all([
        ask('api/summary'), ask('runs/1', { method: 'DELETE' }), ask('detect', { method: 'POST', headers: json, body: '{}' }),
        // these are sent without asking first
        ask('logout', { method: 'POST', mode: 'no-cors' }), ask('detect', { method: 'POST', mode: 'no-cors', body: 'ts,a\n1,1\n2,2\n' }),
      ]);
    }, world().base);
    assert.deepEqual(new Set(answers), new Set(['refused']));
    assert.equal(world().sql('SELECT count(*) FROM runs'), runs);
    const frame = await until('the frame', () => other.frames().find((one) => one !== other.mainFrame() && one.url() !== 'about:blank'));
    assert.ok(!frame.url().startsWith(world().base), frame.url());
    await other.close();
    await page.reload(); // still logged in
    await ready(page);
  })));
}
