// SPDX-License-Identifier: MIT
// What must not mislead who is woken by a notification: clocks, zones, an end
// that is left out, a database without samples.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { logIn, made, until, view, withPage } from './world.mjs';

const OPEN = '#/runs/1'; // see addStrangeRun()
const text = (page, selector) => page.textContent(selector);

/** look(page, served) with a dashboard of its own over a database of `options`, changed by `sql`. */
async function withDatabase(world, name, options, sql, look) {
  const database = join(world.dir, `${name}.db`);
  made(database, ...options);
  execFileSync('sqlite3', [database, sql]);
  const served = await world.serve(database);
  try {
    await withPage(world, { loggedIn: false }, async (page) => {
      await logIn(page, served.base);
      await look(page, served);
    });
  } finally {
    await served.program.stop();
  }
}

const LONG = 'database-replica-0042.eu-central-1.production.example.com';
const LATENCY = 'latency_of_frontends';
/** Long names, a run of a maintenance window, and a second detector. */
const CROWDED = `
  ${['samples', 'minutes', 'hours'].map((table) => `UPDATE ${table}_system SET host = '${LONG}' WHERE host = 'host-2';
    CREATE TABLE ${table}_${LATENCY} AS SELECT * FROM ${table}_system;
    CREATE UNIQUE INDEX by_${table} ON ${table}_${LATENCY}(host, ts);`).join('')}
  UPDATE runs SET host = '${LONG}' WHERE host = 'host-2';
  INSERT INTO silent_runs SELECT max(id) FROM runs WHERE ended_at IS NOT NULL;
  UPDATE runs SET detector = '${LATENCY}' WHERE id = (SELECT min(id) FROM runs)`;

/** What reaches out of its panel, or into its neighbour in the same row. */
const collisions = (page) => page.$$eval('.host, .run', (rows) => rows.flatMap((row) => {
  const panel = row.closest('.panel').getBoundingClientRect();
  const boxes = [...row.children].filter((child) => child.getClientRects().length).map((child) => {
    const range = document.createRange();
    range.selectNodeContents(child);
    const cut = getComputedStyle(child).overflow === 'hidden';
    return { name: child.className || child.tagName, ...(cut ? child : range).getBoundingClientRect().toJSON() };
  });
  const out = boxes.filter((box) => box.right > panel.right).map((box) => `${box.name} of ${row.textContent}`);
  const over = boxes.flatMap((a, i) => boxes.slice(i + 1)
    .filter((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map((b) => `${a.name} over ${b.name} of ${row.textContent}`));
  return [...out, ...over];
}));

export function nightTests(world) {
  test('long names and a second detector have room, and a host counts once', () => withDatabase(
    world(),
    'crowded',
    ['--hosts', '2', '--rows', '2000'],
    CROWDED,
    async (page, served) => {
      for (const [width, height] of [[1440, 900], [1000, 800], [390, 844]]) {
        await page.setViewportSize({ width, height });
        for (const hash of ['#/', '#/runs', `#/host/${LONG}`]) {
          await view(page, served, hash);
          assert.deepEqual(await collisions(page), [], `${hash} at ${width}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok(wide <= 0, `${hash} is ${wide} px too wide at ${width}`);
        }
      }
      await view(page, served, '#/');
      assert.match(await text(page, '.headline > span:last-child'), /^2 of 2 hosts anomalous/);
      assert.equal(await page.locator('.host').count(), 4);
      assert.equal(await page.locator(`.host .name[title="${LONG}"]`).count(), 2);
      assert.ok((await page.$$eval('.run .when', (all) => all.map((when) => when.textContent))).some((when) => when.endsWith(`· ${LATENCY}`)));
    },
  ));

  test('the newest interval is in the charts', () => withDatabase(world(), 'newest', ['--hosts', '1', '--rows', '2000'], '', async (page, served) => {
    // it is flagged, and the only one of that height
    await until('the chart', async () => (await text(page, '.spotlight [data-chart="score:"] output')) === '0.900 of 0.600');
    await view(page, served, '#/host/host-1');
    assert.equal(await text(page, '[data-chart="score:"] output'), '0.900 of 0.600');
  }));

  test('it is there too when the host has been silent since', () => withDatabase(world(), 'silent', ['--hosts', '1', '--rows', '2000', '--end', String(Date.now() - 7_200_000)], '', async (page, served) => {
    await until('the state', async () => (await text(page, '.host .state')) === 'Flagged' || (await text(page, '.host .state')) === 'Anomalous');
    await view(page, served, '#/host/host-1');
    assert.equal(await text(page, '[data-chart="score:"] output'), '0.900 of 0.600');
  }));

  for (const minutes of [-20, 20]) {
    test(`a viewer’s clock that is ${minutes} minutes off makes no host silent`, () => withPage(world(), {}, async (page) => {
      await page.addInitScript((ms) => {
        const real = Date.now;
        Date.now = () => real() + ms;
      }, minutes * 60_000);
      await view(page, world(), '#/');
      const states = await page.$$eval('.host .state', (all) => all.map((state) => state.textContent));
      assert.ok(states.length > 0 && !states.includes('Silent'), states.join());
      assert.match(await text(page, '[data-total="last"]'), /^(just now|\d+ s ago)$/);
      await view(page, world(), '#/host/sim-2?detector=system&last=900');
      assert.match(await text(page, '[data-chart=cpu] output'), /%$/);
    }));
  }

  test('the zone of the times is said, and a run’s beginning as in the notification', () => withPage(world(), { timezoneId: 'Asia/Kolkata' }, async (page) => {
    await view(page, world(), OPEN);
    assert.equal(await text(page, '#zone'), 'UTC+5:30');
    assert.match(await text(page, '.readout'), /^.+ – .+ UTC\+5:30$/);
    const began = new Date(Number(world().sql('SELECT started_at FROM runs WHERE id = 1'))).toISOString();
    assert.ok((await text(page, '.facts')).includes(`${began.slice(11, 19)} UTC`), await text(page, '.facts'));
    await page.setViewportSize({ width: 390, height: 844 });
    assert.match(await text(page, '.readout'), /UTC\+5:30$/);
  }));

  test('the charts of an open run grow with it, until somebody zooms', () => withPage(world(), {}, async (page) => {
    await view(page, world(), OPEN);
    const first = await text(page, '.readout');
    await until('a later end', async () => (await text(page, '.readout')) !== first, 20_000);
    await page.click('.timebar [title="Zoom in"]');
    const zoomed = await text(page, '.readout');
    await page.waitForResponse(/runs\/1$/);
    await page.waitForResponse(/api\/series/);
    assert.equal(await text(page, '.readout'), zoomed);
  }));

  test('a run lasts as long as its notification says', () => withPage(world(), {}, async (page) => {
    const told = [...world().collectd.output.matchAll(/message = (\S+) back to normal; was unusual for ([^,]+),/g)].filter(([, , lasted]) => lasted !== '1 s');
    assert.ok(told.length > 0);
    const [, host, lasted] = told[0];
    await view(page, world(), `#/runs?host=${host}`);
    const shown = await page.$$eval('.run .when', (all) => all.map((when) => when.textContent));
    assert.ok(shown.some((when) => when.endsWith(` · ${lasted}`)), `${lasted} is not among ${shown.join('\n')}`);
  }));

  test('a kind of runs is looked for among all of them', () => withDatabase(
    world(),
    'kinds',
    ['--hosts', '1', '--rows', '1000'], // of which one is a run, and open
    `INSERT INTO runs(id, source, started_at, ended_at, total_points) VALUES (1, 'upload', 0, 1000, 2), (2, 'api', 0, 1000, 2);
     WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 130)
     INSERT INTO runs(id, source, host, detector, started_at, ended_at, total_points) SELECT i, 'live', 'host-1', 'system', i, i, 1 FROM n`,
    async (page, served) => {
      await view(page, served, '#/runs');
      assert.match(await text(page, '.hosthead'), /the newest 100 runs, 1 open$/);
      for (const [kind, count] of [['Uploads', 2], ['Open', 1], ['Live', 100], ['All', 100]]) {
        await page.click(`.joined button:text-is("${kind}")`);
        await until(`${count} of ${kind}`, async () => (await page.locator('.run').count()) === count);
      }
      await page.click('text="Show older"');
      await until('all', async () => (await page.locator('.run').count()) === 124);
    },
  ));

  test('without samples the runs are shown, and what is open is said', () => withDatabase(
    world(),
    'retention0',
    ['--hosts', '2', '--rows', '2000'],
    'DELETE FROM samples_system; DELETE FROM minutes_system; DELETE FROM hours_system',
    async (page, served) => {
      assert.equal(await text(page, '.headline > span:last-child'), '1 run open');
      assert.ok(await page.isHidden('.empty'));
      assert.equal(await page.locator('.run').count(), 4);
      await view(page, served, '#/host/host-1');
      assert.match(await text(page, '#content > p'), /^No samples of this host are kept/);
      assert.ok(await page.isHidden('.samples') && await page.isHidden('.timebar'));
      assert.equal(await page.locator('.run').count(), 2);
      await page.click('.run .name');
      await page.waitForSelector('#content[data-view=run][data-ready]');
      assert.ok(await page.isVisible('text="No samples of this time are kept."'));
      execFileSync('sqlite3', [join(world().dir, 'retention0.db'), 'UPDATE runs SET ended_at = started_at']);
      await until('what the server remembers is out of date', async () => {
        await view(page, served, '#/');
        return await text(page, '.headline > span:last-child') === 'No run is open';
      });
    },
  ));

  test('reasons are read without scrolling aside on a phone', () => withPage(world(), { viewport: { width: 390, height: 844 } }, async (page) => {
    const readable = async (section) => {
      const [hidden, width] = await page.$eval(`${section} .scroll`, (table) => [table.scrollWidth - table.clientWidth, table.querySelector('td:last-child').clientWidth]);
      assert.ok(hidden <= 0 && width >= 80, `${hidden} px are hidden, ${width} px wide`);
    };
    await view(page, world(), `#/runs/${world().sql("SELECT id FROM runs WHERE source = 'live' AND ended_at IS NOT NULL LIMIT 1")}`);
    await readable('[aria-labelledby=h-anomalies]');
    await view(page, world(), '#/detect');
    await page.fill('#seed', '5');
    await page.click('text="Detect on it"');
    await page.waitForSelector('.result:not([hidden])');
    await readable('.result');
  }));

  test('a suspect within its usual range is said to be, and named if it leads', () => withPage(world(), {}, async (page) => {
    const said = await page.evaluate(() => import('./web/suspects.js').then(({ sentences }) => sentences([
      { feature: 'cpu', share: 0.6, value: 20, low: 12, high: 43 },
      { feature: 'errors', share: 0.2, value: 0, low: 0, high: 1 },
      { feature: 'memory', share: 0.2, value: 90, low: 30, high: 40 },
    ], { cpu: '%', memory: '%' })));
    assert.equal(said, 'cpu 20 %, within its usual 12 to 43 %; memory 90 %, usual 30 to 40 %');
  }));

  test('bytes take prefixes, milliseconds and words do not', () => withPage(world(), {}, async (page) => {
    const said = await page.evaluate(() => import('./web/format.js').then(({ quantity, range }) => [
      quantity(12.5e6, 'B/s'), quantity(9e9, 'bit'), quantity(12_500), quantity(5187, 'ms'), quantity(4978.2, 'rpm'), range(820, 15_017, 'connections'), range(900, 20_000, 'B'), quantity(97.13, '%'),
    ]));
    assert.deepEqual(said, ['12.5 MB/s', '9 Gbit', '12.5 k', '5187 ms', '4978 rpm', '820 to 15017 connections', '0.9 to 20 kB', '97.1 %']);
  }));

  test('an axis says its values as they are', () => withPage(world(), {}, async (page) => {
    const labels = (values, unit, step) => page.evaluate(
      ([...all]) => import('./web/axes.js').then(({ axes }) => axes(all[1], '')[1].values(null, all[0], 0, 0, all[2])),
      [values, unit, step],
    );
    assert.deepEqual(await labels([0, 0.25, 0.5, 0.75, 1], '', 0.25), ['0.00', '0.25', '0.50', '0.75', '1.00']);
    assert.deepEqual(await labels([1e6, 1.25e6, 1.5e6], 'B/s', 0.25e6), ['1.00M', '1.25M', '1.50M']);
    assert.deepEqual(await labels([61.16, 61.18, 61.2], '%', 0.02), ['61.16', '61.18', '61.20']);
    assert.deepEqual(await labels([0, 50, 100], '%', 50), ['0', '50', '100']);
  }));
}
