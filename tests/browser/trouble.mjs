// SPDX-License-Identifier: MIT
// When the server is away, and when it is somewhere else.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { test } from 'node:test';
import { logIn, until, view, withPage } from './world.mjs';

const OFFLINE = /ERR_INTERNET_DISCONNECTED/;
const PREFIX = '/some/where/';

/** A reverse proxy that has the dashboard below a path. */
function proxy(world) {
  const target = new URL(world.base);
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url.startsWith(PREFIX)) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const path = incoming.url.slice(PREFIX.length - 1);
    incoming.pipe(request({ host: target.hostname, port: target.port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    }));
  });
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(server)); });
}

export function troubleTests(world) {
  for (const [name, hash] of [['overview', '#/'], ['host', '#/host/sim-1'], ['runs', '#/runs']]) {
    test(`a server that is away is said on the page, with a retry: ${name}`, () => withPage(world(), { expected: [OFFLINE] }, async (page, context) => {
      await view(page, world(), hash);
      if (name !== 'runs') await page.waitForSelector('.chart canvas'); // the last to come
      await context.setOffline(true);
      await page.waitForSelector('#trouble:not([hidden])', { timeout: 45_000 });
      assert.match(await page.textContent('#trouble'), /cannot be reached\. What is shown is of \d\d:\d\d:\d\d\./);
      await context.setOffline(false);
      await page.click('#trouble button');
      await page.waitForSelector('#trouble', { state: 'hidden' });
    }));
  }

  test('it works below any path of a reverse proxy', async () => {
    const server = await proxy(world());
    const base = `http://127.0.0.1:${server.address().port}${PREFIX}`;
    try {
      await withPage(world(), { loggedIn: false }, async (page) => {
        await logIn(page, base);
        assert.equal(new URL(page.url()).pathname, PREFIX);
        await page.click('.host .name');
        await page.waitForSelector('#content[data-view=host][data-ready]');
        assert.ok(await page.locator('.chart canvas').count() >= 2);
        const export_ = await page.getAttribute('.pager a', 'href');
        assert.ok(!export_.startsWith('/'), export_);
        await page.click('#logout');
        await until('the login', () => new URL(page.url()).pathname === `${PREFIX}login`);
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
