// SPDX-License-Identifier: MIT
// Everything without a pointer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD, USER, ready, until, view, withPage } from './world.mjs';

/** Presses Tab until `matches` has the focus. */
async function tabTo(page, selector, limit = 60) {
  for (let i = 0; i < limit; i += 1) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
    if (there) return;
  }
  assert.fail(`${limit} times Tab do not lead to ${selector}`);
}

/** The focus can be seen: an outline on the element or what covers it. */
function focusShows(page) {
  return page.evaluate(() => ['', '::after'].some((part) => {
    const style = getComputedStyle(document.activeElement, part || null);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  }));
}

export function keyboardTests(world) {
  test('log in, open a host, read a chart, filter, log out: by keys alone', () => withPage(world(), { loggedIn: false }, async (page) => {
    await page.goto(world().base);
    await page.waitForSelector('#username:focus');
    await page.keyboard.type(USER);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await ready(page);

    await tabTo(page, '.skip');
    assert.ok(await focusShows(page));
    await page.keyboard.press('Enter');
    assert.ok(await page.evaluate(() => document.activeElement.id === 'content'));

    await tabTo(page, '.host .name');
    assert.ok(await focusShows(page));
    const name = await page.evaluate(() => document.activeElement.textContent);
    // a refresh does not take the focus away
    await page.waitForResponse(/api\/hosts/);
    await page.waitForResponse(/api\/series/); // after the hosts are drawn
    assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#content[data-view=host][data-ready]');
    assert.equal(await page.textContent('h1'), name);

    await tabTo(page, '[data-chart=cpu] .plot');
    assert.ok(await focusShows(page));
    await page.keyboard.press('ArrowLeft');
    assert.match(await page.textContent('#spoken'), /\d\d:\d\d:\d\d: cpu /);
    await page.keyboard.press('+');
    await until('a zoom', () => /from=/.test(page.url()));
    await page.keyboard.press('Backspace');
    await until('the way back', () => /last=3600/.test(page.url()));

    await tabTo(page, '[role=switch]');
    assert.ok(await focusShows(page));
    await page.keyboard.press('Space');
    assert.ok(await page.isChecked('[role=switch]'));
    await page.focus('body');
    await tabTo(page, '#logout');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#password');
  }));

  test('a verdict by keys alone', () => withPage(world(), {}, async (page) => {
    const id = world().sql("SELECT id FROM runs WHERE source = 'live' AND ended_at IS NOT NULL LIMIT 1");
    await view(page, world(), `#/runs/${id}`);
    await tabTo(page, 'input[name=verdict]');
    assert.ok(await focusShows(page));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A'); // another test may have left a note
    await page.keyboard.type('planned');
    await tabTo(page, '.verdictform .primary');
    await page.keyboard.press('Enter');
    await until('the verdict', () => world().sql(`SELECT verdict, note FROM runs WHERE id = ${id}`) === 'expected|planned');
  }));
}
