// SPDX-License-Identifier: MIT
// All of the browser tests, in one world: a collectd and a browser each would
// take longer than the tests.
import { after, before, describe } from 'node:test';
import { World } from './world.mjs';
import { loginTests } from './login.mjs';
import { overviewTests } from './overview.mjs';
import { hostTests } from './host.mjs';
import { runTests } from './runs.mjs';
import { detectTests } from './detect.mjs';
import { keyboardTests } from './keyboard.mjs';
import { lookTests } from './look.mjs';
import { troubleTests } from './trouble.mjs';
import { nightTests } from './night.mjs';
import { attackTests } from './attack.mjs';

describe('the dashboard in a browser', () => {
  let world;
  before(async () => { world = await World.make(); });
  after(async () => { await world?.end(); });

  const get = () => world;
  loginTests(get);
  overviewTests(get);
  hostTests(get);
  runTests(get);
  detectTests(get);
  keyboardTests(get);
  lookTests(get);
  troubleTests(get);
  nightTests(get);
  attackTests(get);
});
