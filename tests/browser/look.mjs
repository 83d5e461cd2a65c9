// SPDX-License-Identifier: MIT
// How each view looks: axe-core finds nothing serious, nothing is wider than the
// screen, and screenshots for people.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { logIn, ready, shots, view, withPage } from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = {
  dark: [[1440, 900], [390, 844], [360, 740], [3840, 2160]],
  light: [[1440, 900], [390, 844]],
};

const views = (world) => ({
  overview: '#/',
  host: `#/host/${world.sql("SELECT host FROM runs WHERE source = 'live' AND ended_at IS NOT NULL ORDER BY anomalies_found DESC LIMIT 1")}?detector=system&last=7200`,
  runs: '#/runs',
  run: `#/runs/${world.sql("SELECT id FROM runs WHERE source = 'live' AND ended_at IS NOT NULL ORDER BY anomalies_found DESC LIMIT 1")}`,
  detect: '#/detect',
});

async function faults(page) {
  // by the DevTools protocol: the page's policy forbids foreign scripts, as it should
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`);
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

export function lookTests(world) {
  for (const theme of ['dark', 'light']) {
    test(`the login, ${theme}`, () => withPage(world(), { loggedIn: false, colorScheme: theme, expected: [/401/] }, async (page) => {
      await logIn(page, world().base, 'wrong');
      await page.waitForSelector('.alert');
      assert.deepEqual(await faults(page), []);
      await shot(page, `login-1440-${theme}`);
    }));

    for (const name of ['overview', 'host', 'runs', 'run', 'detect']) {
      test(`${name}, ${theme}`, () => withPage(world(), { colorScheme: theme }, async (page) => {
        const hash = views(world())[name];
        for (const [width, height] of SIZES[theme]) {
          await page.setViewportSize({ width, height });
          await view(page, world(), hash);
          assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
          assert.ok(await overflow(page) <= 0, `${await overflow(page)} px too wide at ${width}`);
          if (width === 1440 || width === 390) assert.deepEqual(await faults(page), [], `at ${width}`);
          if (width !== 360) await shot(page, `${name}-${width}-${theme}`);
        }
      }));
    }
  }

  test('the colours are the viewer’s choice, and stay', () => withPage(world(), { colorScheme: 'light' }, async (page) => {
    await ready(page);
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.selectOption('#theme', 'dark');
    assert.notEqual(await background(), light);
    await page.reload();
    await ready(page);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.selectOption('#theme', 'system');
    assert.equal(await background(), light);
  }));
}
