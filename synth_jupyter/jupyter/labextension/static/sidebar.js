// The sidebar: `readAll` and the actions are the data, `draw` shows a state; what comes from the server is only ever text.

const EXAMPLE = `%%synth define shop
tables:
  customers:
    rows: 1_000
    columns:
      customer_id: {type: bigint, primary_key: true}
      name:        {type: varchar(80), faker: name}
  orders:
    rows: {per: customers, min: 0, max: 20, mean: 3}
    columns:
      order_id:    {type: bigint, primary_key: true}
      customer_id: {references: customers.customer_id}
      amount:      {type: "decimal(10,2)", min: 1, max: 500}`;
const MISSING = 'The server does not answer for Synth. In a terminal of the machine where Jupyter runs:';
const FIX = 'jupyter server extension enable synth_jupyter';
const NEWEST = 12;

// ---- data

class Refusal extends Error {
  constructor(message, status) { super(message); this.status = status; }
}

const query = given => { const text = new URLSearchParams(given).toString(); return text && `?${text}`; };

async function ask(host, method, path, given = {}) {
  const isGet = method === 'GET';
  const answer = await host.fetch(path + (isGet ? query(given) : ''), isGet ? { method }
    : { method, body: JSON.stringify(given), headers: { 'Content-Type': 'application/json' } });
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  throw new Refusal(error ? [error.message, error.hint].filter(Boolean).join('. ') : `status ${answer.status}`, answer.status);
}

const read = async (...words) => (await ask(...words)).json();

async function readAll(host) {
  const [{ experiments }, { runs }, { images }, { jobs }] = await Promise.all(
    ['list', 'runs', 'images', 'jobs'].map(path => read(host, 'GET', path)));
  const newest = runs.slice().reverse();
  const shown = [...newest.filter(run => run.status === 'running'), ...newest.filter(run => run.status !== 'running')];
  return { experiments, runs: shown.slice(0, NEWEST).map(run => withProgress(run, jobs)), more: runs.length - NEWEST,
    images, jobs: jobs.filter(job => job.status === 'running' || job.file).slice(-5) };
}

export function withProgress(run, jobs) {
  const job = run.status === 'running' && jobs.findLast(each => each.run === run.run && each.status === 'running');
  const sum = rows => Object.values(rows ?? {}).reduce((a, b) => a + b, 0);
  const total = sum(job?.progress?.totals);
  return { ...run, total: sum(run.rows), done: total ? sum(job.progress.rows) / total : null };
}

// ---- rendering

const SIGNS = { running: '●', partial: '◐', complete: '✓', failed: '✗', reset: '○' };

function h(tag, given = {}, ...inner) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given))
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  node.append(...inner.flat().filter(each => each != null && each !== false));
  return node;
}

const button = (text, name, onclick) =>
  h('button', { type: 'button', class: 'synth-button', title: name, 'aria-label': name, 'data-key': name, onclick }, text);

const section = (title, rows, empty) => h('section', { 'aria-label': title }, h('h2', {}, title),
  rows.length ? h('ul', {}, rows.map(row => h('li', {}, row))) : h('p', { class: 'synth-empty' }, empty));

const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;

function experimentRow({ experiment: name, version, tables, runs }, act) {
  return [h('div', { class: 'synth-title' }, name),
    h('div', {}, `version ${version}, ${count(tables, 'table')}, ${count(runs, 'run')}`),
    h('div', { class: 'synth-buttons' },
      button('Generate', `Generate ${name}`, () => act.generate(name)),
      button('Graph', `Graph of ${name}`, () => act.graph(name)),
      button('SQL cell', `Insert an SQL cell for ${name}`, () => act.insert(`%%synth sql ${name}\nSHOW TABLES`)),
      button('Show cell', `Insert a cell that shows ${name}`, () => act.insert(`%synth show ${name}`)))];
}

function runRow({ run, status, total, done, reason }, act) {
  const percent = done == null ? null : Math.floor(done * 100);
  return [h('div', { class: 'synth-title' }, h('span', { 'aria-hidden': 'true' }, `${SIGNS[status]} `), run),
    h('div', {}, [`${status}${percent == null ? '' : ` ${percent} %`}`, `${['complete', 'reset'].includes(status) ? '' : 'of '}${total.toLocaleString('en')} rows`, reason].filter(Boolean).join(', ')),
    status === 'running' && h('progress', { 'aria-label': `Progress of ${run}`, max: 1, value: done }),
    h('div', { class: 'synth-buttons' },
      status === 'running' && button('Cancel', `Cancel ${run}`, () => act.cancel(run)),
      status === 'partial' && button('Resume', `Resume ${run}`, () => act.job('resume', run)),
      status === 'reset' && button('Restore', `Restore ${run}`, () => act.job('restore', run)),
      status === 'complete' && [button('Export', `Export ${run} as an image`, () => act.job('export', run)),
        button('Verify cell', `Insert a cell that verifies ${run}`, () => act.insert(`%synth verify ${run}`))])];
}

const imageRow = ({ image, experiment, at, run, file }, act) => {
  return [h('div', { class: 'synth-title' }, file ?? run ?? experiment),
    h('div', {}, [run ?? experiment, image, at.slice(0, 16).replace('T', ' ')].join(', ')),
    file && h('div', { class: 'synth-buttons' }, button('Inspect cell', `Insert a cell that inspects ${file}`,
      () => act.insert(`%synth inspect "${file}"`)))];
};

const jobRow = (job, act) => [h('div', {}, `${job.verb} ${job.run ?? ''}: ${job.status}`),
  job.file && h('a', { href: act.url(`jobs/${job.job}/file`), download: job.file, 'data-key': `file ${job.job}` }, `Download ${job.file}`)];

function trouble(error) {
  const isMissing = error.status === 404 || error.status === undefined;
  return h('section', { 'aria-label': 'What to do' }, h('p', {}, isMissing ? MISSING : error.message),
    isMissing && h('pre', {}, FIX), isMissing && h('p', {}, 'Then restart Jupyter and press Refresh.'));
}

function draw(body, state, act) {
  const key = body.contains(document.activeElement) && document.activeElement.dataset.key;
  body.replaceChildren(...(state.error ? [trouble(state.error)] : [
    section('Experiments', state.experiments.map(each => experimentRow(each, act)),
      'None yet. Press “Example” for a cell that defines one, and run it.'),
    section('Runs', state.runs.map(each => runRow(each, act)), 'None yet. Press “Generate” beside an experiment.'),
    state.more > 0 && h('p', {}, `${state.more} older ones: %synth runs`),
    section('Images', state.images.map(each => imageRow(each, act)), 'None yet. Press “Export” beside a complete run.'),
    state.jobs.length > 0 && section('Work in the background', state.jobs.map(each => jobRow(each, act)), ''),
  ].filter(Boolean)));
  if (key) [...body.querySelectorAll('[data-key]')].find(node => node.dataset.key === key)?.focus();
}

const STYLE = `
.synth-sidebar { height: 100%; overflow-y: auto; padding: 8px; box-sizing: border-box; background: var(--jp-layout-color1, Canvas);
  color: var(--jp-ui-font-color1, CanvasText); font: var(--jp-ui-font-size1, 13px)/1.45 var(--jp-ui-font-family, sans-serif); }
.synth-sidebar h2 { font-size: inherit; margin: 12px 0 4px; border-bottom: 1px solid var(--jp-border-color1, GrayText); }
.synth-sidebar ul { list-style: none; margin: 0; padding: 0; }
.synth-sidebar li { padding: 4px 0 6px; overflow-wrap: anywhere; }
.synth-sidebar pre { white-space: pre-wrap; user-select: all; font-family: var(--jp-code-font-family, monospace);
  background: var(--jp-layout-color2, Canvas); padding: 4px; }
.synth-sidebar progress { width: 100%; accent-color: var(--jp-brand-color1, Highlight); }
.synth-sidebar a { color: var(--jp-content-link-color, LinkText); }
.synth-title { font-weight: 600; }
.synth-buttons { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 3px; }
.synth-button { font: inherit; color: inherit; background: var(--jp-layout-color2, ButtonFace); padding: 1px 7px; cursor: pointer;
  border: 1px solid var(--jp-border-color0, GrayText); border-radius: 3px; }
.synth-button:hover { background: var(--jp-layout-color3, ButtonFace); }
.synth-button:focus-visible, .synth-sidebar a:focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: 1px; }
.synth-picture { height: 100%; overflow: auto; padding: 12px; box-sizing: border-box; background: #fff; }
.synth-status { min-height: 1.4em; margin: 6px 0 0; }`;

// ---- both together

/** Show the sidebar in `root`; `host` is how to fetch, open a tab, and insert a cell. */
export function createSidebar(root, host) {
  const body = h('div');
  const status = h('p', { role: 'status', class: 'synth-status' });
  let timer, state, drawn = '', isStopped = false;
  const say = text => { if (status.textContent !== text) status.textContent = text; };

  async function refresh() {
    clearTimeout(timer);
    try { state = await readAll(host); } catch (error) { state = { error }; }
    const text = JSON.stringify(state.error ? [state.error.message] : state);
    if (text !== drawn) draw(body, state, act);
    drawn = text;
    const isBusy = state.runs?.some(run => run.status === 'running') || state.jobs?.some(job => job.status === 'running');
    if (!isStopped) timer = setTimeout(tick, isBusy ? 1000 : 10000);
  }
  const tick = () => (host.isVisible() ? refresh() : (timer = setTimeout(tick, 1000)));

  const doing = action => async (...words) => {
    try { say(await action(...words) ?? ''); } catch (error) { say(error.message); }
    await refresh();
  };
  const act = {
    url: host.url,
    generate: doing(async name => { await ask(host, 'POST', 'generate', { name }); return `${name}: under way`; }),
    job: doing(async (verb, name) => { await ask(host, 'POST', verb, { name }); return `${verb} ${name}: under way`; }),
    cancel: doing(async name => { await ask(host, 'POST', 'cancel', { name }); return `${name}: cancelled, what it has is kept`; }),
    insert: doing(async text => { await host.insert(text); return 'A cell was inserted'; }),
    graph: doing(async name => {
      const svg = await (await ask(host, 'GET', 'lineage', { name, format: 'svg' })).text();
      const picture = h('img', { alt: `Graph of the tables of ${name}`, src: `data:image/svg+xml;utf8,${encodeURIComponent(svg)}` });
      host.open(`Graph of ${name}`, h('div', { class: 'synth-picture', tabindex: 0 }, picture));
    }),
  };
  const insertExample = () => act.insert(EXAMPLE);
  const doctor = doing(async () => {
    const { ok, checks } = await read(host, 'GET', 'doctor');
    const row = each => h('li', {}, `${each.ok ? '✓' : '✗'} ${each.what}: ${each.found}${each.hint && !each.ok ? `. ${each.hint}` : ''}`);
    host.open('Synth doctor', h('div', { class: 'synth-sidebar', tabindex: 0 }, h('ul', {}, checks.map(row))));
    return ok ? 'All is as it should be' : 'Something is not as it should be';
  });

  root.classList.add('synth-sidebar');
  root.append(h('style', {}, STYLE), h('div', { class: 'synth-buttons' }, button('Refresh', 'Refresh the list', refresh),
    button('Example', 'Insert an example experiment', insertExample)), status, body);
  tick();
  return { refresh, insertExample, doctor, stop: () => { isStopped = true; clearTimeout(timer); } };
}
