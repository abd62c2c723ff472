// What there is, live, with the buttons to act on it: the sidebar of JupyterLab and the panel below a cell both show this.
// `readAll` and `act` are the data, `draw` shows a state; whatever comes from a server or a kernel is only ever text.

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
const SETTLING = 15000;  // milliseconds in which what was asked for may begin

// ---- data: a host reads a document by GET, and does by POST

class Refusal extends Error {
  constructor(message, status) { super(message); this.status = status; }
}

const because = ({ message, hint }) => [message, hint].filter(Boolean).join('. ');
const query = given => { const text = new URLSearchParams(given).toString(); return text && `?${text}`; };

/** Ask the HTTP API, to which `fetch(path, options)` goes. */
export const overHttp = fetch => async (method, path, given = {}) => {
  const answer = await fetch(path + (method === 'GET' ? query(given) : ''), method === 'GET' ? { method }
    : { method, body: JSON.stringify(given), headers: { 'Content-Type': 'application/json' } });
  const isJson = answer.headers.get('Content-Type')?.includes('json');
  if (answer.ok) return isJson ? answer.json() : answer.text();
  const { error } = isJson ? await answer.json() : {};
  throw new Refusal(error ? because(error) : `status ${answer.status}`, answer.status);
};

/** Of a host without an experiment all there is, else the runs and images of that one. */
async function readAll({ ask, experiment }) {
  const paths = experiment ? ['runs', 'images'] : ['runs', 'images', 'list', 'jobs'];
  const [{ runs }, { images }, { experiments } = {}, { jobs } = { jobs: [] }] = await Promise.all(
    paths.map(path => ask('GET', path, experiment && path === 'runs' ? { name: experiment } : {})));
  const newest = runs.slice().reverse();
  const shown = [...newest.filter(run => run.status === 'running'), ...newest.filter(run => run.status !== 'running')];
  return { experiments, runs: shown.slice(0, NEWEST).map(withShare), more: runs.length - NEWEST,
    images: images.filter(image => !experiment || image.experiment === experiment),
    jobs: jobs.filter(job => job.status === 'running' || job.file).slice(-5) };
}

function withShare(run) {
  const [total, made] = [run.rows, run.made].map(rows => Object.values(rows ?? {}).reduce((a, b) => a + b, 0));
  return { ...run, total, share: total && ['running', 'partial'].includes(run.status) ? made / total : null };
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

function runRow({ run, status, total, share, reason }, act) {
  const percent = share == null ? null : Math.floor(share * 100);
  return [h('div', { class: 'synth-title' }, h('span', { 'aria-hidden': 'true' }, `${SIGNS[status]} `), run),
    h('div', {}, [`${status}${percent == null ? '' : ` ${percent} %`}`, `${['complete', 'reset'].includes(status) ? '' : 'of '}${total.toLocaleString('en')} rows`, reason].filter(Boolean).join(', ')),
    status === 'running' && h('progress', { 'aria-label': `Progress of ${run}`, max: 1, value: share }),
    h('div', { class: 'synth-buttons' },
      status === 'running' && button('Cancel', `Cancel ${run}`, () => act.cancel(run)),
      status === 'partial' && button('Resume', `Resume ${run}`, () => act.resume(run)),
      status === 'reset' && button('Restore', `Restore ${run}`, () => act.restore(run)),
      status === 'complete' && [act.export && button('Export', `Export ${run} as an image`, () => act.export(run)),
        act.insert && button('Verify cell', `Insert a cell that verifies ${run}`, () => act.insert(`%synth verify ${run}`))])];
}

const imageRow = ({ image, experiment, at, run, file }, act) => {
  return [h('div', { class: 'synth-title' }, file ?? run ?? experiment),
    h('div', {}, [run ?? experiment, image, at.slice(0, 16).replace('T', ' ')].join(', ')),
    file && act.insert && h('div', { class: 'synth-buttons' }, button('Inspect cell', `Insert a cell that inspects ${file}`,
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
    state.experiments && section('Experiments', state.experiments.map(each => experimentRow(each, act)),
      'None yet. Press “Example” for a cell that defines one, and run it.'),
    section('Runs', state.runs.map(each => runRow(each, act)), act.generate ? 'None yet. Press “Generate” beside an experiment.' : 'None yet. Press “Generate”.'),
    state.more > 0 && h('p', {}, `${state.more} older ones: %synth runs`),
    section('Images', state.images.map(each => imageRow(each, act)), act.export ? 'None yet. Press “Export” beside a complete run.' : 'None yet.'),
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

/** Show it in `root`, by a host that can `ask`; one that can `insert` cells, `open` tabs and tell a `url` is offered more. */
export function show(root, host) {
  const body = h('div', {}, h('p', {}, 'Looking…'));
  const status = h('p', { role: 'status', class: 'synth-status' });
  let timer, state, drawn = '', isStopped = false, acted = -SETTLING;
  const say = text => { if (status.textContent !== text) status.textContent = text; };

  async function refresh(isNews = false) {
    clearTimeout(timer);
    if (isNews === true) acted = performance.now();
    try { state = await readAll(host); } catch (error) { state = { error }; }
    const text = JSON.stringify(state.error ? [state.error.message] : state);
    if (text !== drawn) draw(body, state, act);
    drawn = text;
    const isBusy = [...state.runs ?? [], ...state.jobs ?? []].some(each => each.status === 'running') || performance.now() < acted + SETTLING;
    clearTimeout(timer);  // another one may have been reading meanwhile
    if (!isStopped) timer = setTimeout(tick, isBusy ? 1000 : 10000);
  }
  const tick = () => (root.offsetParent && !document.hidden ? refresh() : (timer = setTimeout(tick, 1000)));

  const doing = action => async (...words) => {
    try { say(await action(...words) ?? ''); } catch (error) { say(error.message); }
    await refresh(true);
  };
  const start = verb => async name => { await host.ask('POST', verb, { name }); return `${verb} ${name}: under way`; };
  const act = {
    resume: doing(start('resume')),
    restore: doing(start('restore')),
    cancel: doing(async name => { await host.ask('POST', 'cancel', { name }); return `${name}: cancelled, what it has is kept`; }),
    ...(host.insert && { insert: doing(async text => { await host.insert(text); return 'A cell was inserted'; }) }),
    ...(host.open && {
      url: host.url,
      generate: doing(start('generate')),
      export: doing(start('export')),
      graph: doing(async name => {
        const svg = await host.ask('GET', 'lineage', { name, format: 'svg' });
        const picture = h('img', { alt: `Graph of the tables of ${name}`, src: `data:image/svg+xml;utf8,${encodeURIComponent(svg)}` });
        host.open(`Graph of ${name}`, h('div', { class: 'synth-picture', tabindex: 0 }, picture));
      }),
    }),
  };
  const insertExample = () => act.insert(EXAMPLE);
  const doctor = doing(async () => {
    const { ok, checks } = await host.ask('GET', 'doctor');
    const row = each => h('li', {}, `${each.ok ? '✓' : '✗'} ${each.what}: ${each.found}${each.hint && !each.ok ? `. ${each.hint}` : ''}`);
    host.open('Synth doctor', h('div', { class: 'synth-sidebar', tabindex: 0 }, h('ul', {}, checks.map(row))));
    return ok ? 'All is as it should be' : 'Something is not as it should be';
  });

  root.classList.add('synth-sidebar');
  root.append(h('style', {}, STYLE), h('div', { class: 'synth-buttons' }, button('Refresh', 'Refresh the list', refresh),
    act.insert && button('Example', 'Insert an example experiment', insertExample)), status, body);
  tick();
  return { refresh, insertExample, doctor, stop: () => { isStopped = true; clearTimeout(timer); } };
}

// ---- in the panel

const LATE = 1500;  // milliseconds after which a kernel is busy with a cell

const overKernel = model => {
  const waiting = new Map();
  model.on('msg:custom', ({ id, document: answer, error }) => {
    const [resolve, reject] = waiting.get(id) ?? [];
    waiting.delete(id);
    if (error) reject?.(new Refusal(because(error), 422)); else resolve?.(answer);
  });
  return (method, path, given = {}) => new Promise((...settle) => {
    const id = `${Math.random()}`;
    waiting.set(id, settle);
    model.send({ id, method, path, given });
  });
};

/** Jupyter's server, where the page is one of its pages. */
function overPage() {
  const { baseUrl, token } = JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}');
  const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1];
  return baseUrl && overHttp((path, { headers, ...options }) => fetch(`${baseUrl}synth/api/${path}`, { ...options,
    cache: 'no-cache', headers: { ...headers, ...(xsrf && { 'X-XSRFToken': xsrf }), ...(token && { Authorization: `token ${token}` }) } }));
}

/** The kernel answers; but between cells only, so that the server does where it has the very same runs. */
function panelHost(model) {
  const kernel = overKernel(model), server = overPage(), experiment = model.get('experiment'), reading = {};
  let known = new Set();
  const name = run => `${run.run} ${run.created_at}`;
  const isShared = async () => Boolean(server) && (await server('GET', 'runs', { name: experiment }).catch(() => ({ runs: [] })))
    .runs.some(run => known.has(name(run)));
  const read = async (path, given) => {
    const asked = reading[path] ??= kernel('GET', path, given).finally(() => delete reading[path]);
    const soon = await Promise.race([asked, new Promise(done => setTimeout(done, LATE))]);
    const found = soon ?? await (await isShared() ? server('GET', path, given) : asked);
    if (soon && path === 'runs') known = new Set(soon.runs.map(name));
    return found;
  };
  return { experiment, ask: async (method, path, given) => (method === 'GET' ? read(path, given)
    : (await isShared() ? server : kernel)(method, path, given)) };
}

export default {
  render({ model, el }) {
    const { refresh, stop } = show(el, panelHost(model));
    model.on('msg:custom', ({ changed }) => changed && refresh(true));
    return stop;
  },
};
