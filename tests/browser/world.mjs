// SPDX-License-Identifier: MIT
// What the tests look at: a real collectd with made-up hosts, a real dashboard
// over its database, and a browser; all on loopback, in a directory that goes.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const USER = 'operator';
export const PASSWORD = 'correct horse battery staple';
// A name that a host may give itself, and that must never become markup.
export const EVIL = '<img src=x onerror=alert(1)>';
// Simulated hosts are judged by chance-free rules, but it takes a few of them
// until one has had a run in two hours.
const HOSTS = 6;
const DEADLINE = 60_000;
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const build = process.env.ANOMALY_BUILD_DIR;
if (!build) throw new Error('ANOMALY_BUILD_DIR must name the build directory');
const dashboard = join(build, 'dashboard/anomaly-dashboard');
export const made = (...options) => execFileSync(join(build, 'tests/http/make_database'), options, { stdio: 'ignore' });
export const shots = join(build, 'tests/browser/screenshots');

/** Asks until the answer is truthy, and returns it. */
export async function until(what, ask, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  let last;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error(`gave up waiting for ${what}${last ? `: ${last.message}` : ''}`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A process whose output is kept for the day it fails. */
class Program {
  constructor(command, args) {
    this.output = '';
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => { this.process.on('exit', resolve); });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (data) => { this.output += data; });
  }

  check() {
    if (this.process.exitCode !== null) throw new Error(`${this.process.spawnfile} ended with ${this.process.exitCode}:\n${this.output}`);
  }

  async stop() {
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    this.process.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }
}

function collectdConf(dir) {
  return `FQDNLookup false
Interval 1
BaseDir "${dir}"
PIDFile "${dir}/collectd.pid"
LoadPlugin logfile
<Plugin logfile>
  File "stderr"
</Plugin>
# collectd refuses a plugin that is a symbolic link, hence .libs
PluginDir "${build}/plugin/collectd/.libs"
LoadPlugin anomaly
<Plugin anomaly>
  Database "${dir}/anomaly.db"
  <Simulate>
    Hosts ${HOSTS}
    Backfill 7200
  </Simulate>
</Plugin>
`;
}

export class World {
  static async make() {
    const world = new World();
    try {
      await world.start();
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  async start() {
    this.dir = mkdtempSync(join(tmpdir(), 'anomaly-browser.'));
    this.database = join(this.dir, 'anomaly.db');
    mkdirSync(shots, { recursive: true });
    writeFileSync(join(this.dir, 'collectd.conf'), collectdConf(this.dir));
    this.collectd = new Program('/usr/sbin/collectd', ['-f', '-C', join(this.dir, 'collectd.conf')]);
    // the backfill has been judged once the samples reach the present
    await until('the backfill', () => {
      this.collectd.check();
      return this.sql(`SELECT count(*) FROM (SELECT host FROM samples_system GROUP BY host
        HAVING max(ts) > ${Date.now() - 20_000})`) === String(HOSTS)
        && Number(this.sql('SELECT count(*) FROM runs')) > 0;
    }, 2 * DEADLINE);
    this.addStrangeRun();
    await this.startDashboard();
    this.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM });
    // one session for most tests: yescrypt makes a login slow, on purpose
    const context = await this.browser.newContext();
    await logIn(await context.newPage(), this.base);
    this.cookies = await context.cookies();
    await context.close();
  }

  /** An open run of a host with a name that would be markup. */
  addStrangeRun() {
    const began = Date.now() - 90_000;
    this.sql(`INSERT INTO runs(id, source, host, detector, started_at, total_points, anomalies_found, peak_score, peak_at)
      VALUES (1, 'live', '${EVIL}', 'system', ${began}, 90, 90, 0.91, ${began});
      INSERT INTO anomalies(run_id, ts, score, threshold, suspects, note) VALUES (1, ${began}, 0.91, 0.5,
      '[{"feature":"cpu","share":0.8,"value":97.1,"low":12,"high":43},{"feature":"network","share":0.2,"value":null,"low":1000,"high":2000}]',
      'cpu 97.1 %, usual 12 to 43 %')`);
  }

  async startDashboard() {
    execFileSync(dashboard, ['--users', join(this.dir, 'users'), '--set-password', USER], { input: `${PASSWORD}\n${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'inherit'] });
    const { program, base } = await this.serve(this.database);
    this.dashboard = program;
    this.base = base;
  }

  /** A dashboard over a database, for the same user. */
  async serve(database) {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}/`;
    const program = new Program(dashboard, ['--database', database, '--users', join(this.dir, 'users'), '--listen', `127.0.0.1:${port}`]);
    await until('the dashboard', async () => {
      program.check();
      return (await fetch(`${base}healthz`)).ok;
    });
    return { program, base };
  }

  sql(text) {
    return execFileSync('sqlite3', ['-cmd', '.timeout 5000', this.database, text], { encoding: 'utf8' }).trim();
  }

  /** The API as a script sees it. */
  async api(path, options = {}) {
    const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    const response = await fetch(this.base + path, { ...options, headers: { authorization, ...options.headers } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  async json(path) {
    return (await this.api(path)).json();
  }

  async end() {
    await this.browser?.close();
    await this.dashboard?.stop();
    await this.collectd?.stop();
    if (this.dir) rmSync(this.dir, { recursive: true, force: true });
  }
}

/**
 * A page of its own for a test, whose console must stay silent. What the browser
 * says by itself of an answer that the test wants (401, 400) goes into `expected`.
 */
export async function withPage(world, options, look) {
  const { loggedIn = true, expected = [], ...more } = options;
  const context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...more });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints = [];
  const complain = (text) => expected.some((pattern) => pattern.test(text)) || complaints.push(text);
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complain(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', (error) => complain(String(error.stack)));
  try {
    if (loggedIn) {
      await context.addCookies(world.cookies);
      await page.goto(world.base);
      await ready(page);
    }
    await look(page, context);
    if (complaints.length) throw new Error(`the console is not silent:\n${complaints.join('\n')}`);
  } finally {
    await context.close();
  }
}

export async function logIn(page, base, password = PASSWORD) {
  await page.goto(`${base}login`);
  await page.fill('#username', USER);
  await page.fill('#password', password);
  await page.click('button.primary');
  if (password === PASSWORD) await ready(page);
}

/** The view has been filled. */
export const ready = (page) => page.waitForSelector('#content[data-ready]');

/** Loads a view afresh, whatever was shown before. */
export async function view(page, world, hash) {
  await page.goto('about:blank'); // an address that differs in its hash alone loads nothing
  await page.goto(world.base + hash);
  await ready(page);
}

export const sampleCsv = () => readFileSync(new URL('upload.csv', import.meta.url), 'utf8');
