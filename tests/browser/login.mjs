// SPDX-License-Identifier: MIT
// In and out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USER, logIn, ready, withPage } from './world.mjs';

const UNAUTHORIZED = /401/;

export function loginTests(world) {
  test('without a session there is only the login', () => withPage(world(), { loggedIn: false }, async (page) => {
    await page.goto(world().base);
    await page.waitForSelector('#password');
    assert.match(page.url(), /\/login$/);
  }));

  test('a wrong password is said, and lets nobody in', () => withPage(world(), { loggedIn: false, expected: [UNAUTHORIZED] }, async (page) => {
    await logIn(page, world().base, 'wrong');
    await page.waitForSelector('.alert');
    assert.notEqual((await page.textContent('.alert')).trim(), '');
    assert.equal(await page.inputValue('#password'), '');
    await page.goto(world().base);
    await page.waitForSelector('#password');
  }));

  test('the right one shows the overview; logging out ends the session', () => withPage(world(), { loggedIn: false }, async (page, context) => {
    await page.goto(world().base);
    await page.fill('#username', USER);
    await logIn(page, world().base);
    assert.equal(await page.getAttribute('#content', 'data-view'), 'overview');
    const cookies = await context.cookies();
    assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === 'Strict'));
    await page.click('#logout');
    await page.waitForSelector('#password');
    assert.equal((await context.request.get(`${world().base}api/summary`)).status(), 401);
    // and the old cookie is worth nothing, even if it is sent again
    await context.addCookies(cookies);
    assert.equal((await context.request.get(`${world().base}api/summary`)).status(), 401);
  }));

  test('a session that ends meanwhile leads to the login', () => withPage(world(), { expected: [UNAUTHORIZED] }, async (page, context) => {
    await ready(page);
    await context.clearCookies();
    await page.waitForSelector('#password');
  }));
}
